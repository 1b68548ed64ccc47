import Files
import Foundation
import Testing

/// Folders as they are.
struct FolderTests {
    @Test func onlyPlainFilesWithoutALeadingDotAreListedInOrder() throws {
        let folder = try TemporaryFolder()
        for name in ["b.JPG", "a.png", "._a.png", ".png", "notes.txt", "c.png.bak"] { folder.write(name) }
        try FileManager.default.createDirectory(atPath: folder.path + "/d.png", withIntermediateDirectories: true)
        #expect(mkfifo(folder.path + "/pipe.png", 0o600) == 0)
        #expect(symlink("nowhere", folder.path + "/gone.png") == 0 && symlink("a.png", folder.path + "/link.png") == 0)
        let listing = try Folder(folder.path, endings: ["png", "jpg"])
        #expect(listing.names == ["a.png", "b.JPG", "link.png"])
        #expect(
            listing.leftOut == [
                "\(folder.path)/gone.png: left out: no such file or folder",
                "\(folder.path)/pipe.png: left out: it is no plain file",
            ])
    }

    @Test func foldersInsideAreGoneIntoInOrderAndNamesKeptApart() throws {
        let folder = try TemporaryFolder()
        for inside in ["night", "day/early", "day.png", ".hidden"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(inside)", withIntermediateDirectories: true)
        }
        for name in [
            "b.png", "night/a.png", "day/a.png", "day/early/z.JPG", "day.png/c.png", ".hidden/h.png", "day/n.txt",
        ] {
            folder.write(name)
        }
        // A circle.
        #expect(symlink("..", folder.path + "/day/up") == 0)
        let listing = try Folder(folder.path, endings: ["png", "jpg"], recursive: true)
        #expect(listing.names == ["b.png", "day.png/c.png", "day/a.png", "day/early/z.JPG", "night/a.png"])
        #expect(listing.leftOut.isEmpty)
        #expect(listing.links == ["\(folder.path)/day/up: not followed: it is a link to a folder"])
        #expect(Set(distinctNames(listing.paths)).count == 5)
        #expect(try Folder(folder.path, endings: ["png", "jpg"]).names == ["b.png"])
    }

    @Test func aNameThatIsNotUTF8IsToldAndEndsNothing() throws {
        let folder = try TemporaryFolder()
        folder.write("a.png")
        let path =
            Array("\(folder.path)/na".utf8CString.dropLast()) + [CChar(bitPattern: 0xef)] + Array("ve.png".utf8CString)
        let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
        #expect(descriptor >= 0)
        close(descriptor)
        let listing = try Folder(folder.path, endings: ["png"])
        #expect(listing.names == ["a.png"])
        #expect(listing.leftOut == ["\(folder.path)/na\\xefve.png: left out: its name is not UTF-8; rename it"])
    }

    @Test func whatIsNoFolderIsNamed() throws {
        let folder = try TemporaryFolder()
        folder.write("a")
        #expect(throws: FileFailure.unreadable(path: folder.path + "/a", reason: "not a folder")) {
            try Folder(folder.path + "/a", endings: [])
        }
        #expect(throws: FileFailure.unreadable(path: "/nowhere", reason: "no such file or folder")) {
            try Folder("/nowhere", endings: [])
        }
    }

    @Test func namesStayDistinctWhereStemsDoNot() {
        #expect(distinctNames(["p/a.png", "p/a.jpg", "p/b.png"]) == ["a-png", "a-jpg", "b"])
        #expect(Set(distinctNames(["p/e\u{301}.png", "p/\u{e9}.png"])).count == 2)
    }

    @Test func picturesOfOneStemKeepTheirPartners() throws {
        let folders = ("a", "b")
        let both = try PicturePairs(["a.jpg", "a.png"], ["a.jpg", "a.png"], in: folders)
        #expect(both.matched.map(\.received) == ["a.jpg", "a.png"] && both.unmatched == 0)
        let one = try PicturePairs(["a.jpg", "a.png"], ["a.png"], in: folders)
        #expect(one.matched == [.init(original: "a.png", received: "a.png")] && one.unmatched == 1)
        #expect(try PicturePairs(["x.jpg"], ["x.png"], in: folders).matched.count == 1)
        #expect(throws: FileFailure.self) { try PicturePairs(["a.jpg", "a.jpeg"], ["a.png"], in: folders) }
    }

    @Test func unicodeFormsPairExactlyFirstAndEquivalentlyElse() throws {
        let (composed, decomposed) = ("\u{e9}.png", "e\u{301}.png")
        let both = try PicturePairs([composed, decomposed], [decomposed, composed], in: ("a", "b"))
        #expect(
            both.matched.count == 2 && both.matched.allSatisfy { Array($0.original.utf8) == Array($0.received.utf8) })
        #expect(try PicturePairs([composed], [decomposed], in: ("a", "b")).matched.count == 1)
    }
}
