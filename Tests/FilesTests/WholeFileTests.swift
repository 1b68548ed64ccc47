import Files
import Foundation
import Testing

/// Files that stand whole or not at all.
struct WholeFileTests {
    @Test func aFileIsReplacedAndALinkGoesOnPointing() throws {
        let folder = try TemporaryFolder()
        folder.write("a", [1, 2])
        #expect(symlink("a", folder.path + "/link") == 0)
        try WholeFile.write([3, 4, 5], to: folder.path + "/link")
        #expect(try fileBytes(folder.path + "/a") == [3, 4, 5])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a", "link"])
    }

    @Test func aFullDiskLeavesWhatWasThere() throws {
        let folder = try TemporaryFolder()
        folder.write("a", [1, 2])
        #expect(symlink("/dev/full", folder.path + "/full") == 0)
        #expect(throws: FileFailure.unwritable(path: folder.path + "/full", reason: "no space left on device")) {
            try WholeFile.write([3], to: folder.path + "/full")
        }
        #expect(throws: FileFailure.self) { try WholeFile.write([3], to: folder.path + "/nowhere/b") }
        #expect(throws: FileFailure.self) { try WholeFile.write([3], to: folder.path) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a", "full"])
    }

    @Test(arguments: [
        (Array("version https://git-lfs.github.com/spec/v1\noid".utf8), FileKind.gitLFSPointer),
        (Array("\n<!DOCTYPE html><html>".utf8), .webPage),
        ([0x50, 0x4b, 3, 4, 0, 0], .torchArchive), ([0x80, 2, 0x7d, 0x71], .pickle), ([0x1f, 0x8b, 8], .gzip),
        (Array("{\"error\": 1}".utf8), .text), ([], .empty),
    ])
    func whatComesInstead(of bytes: [UInt8], _ kind: FileKind) { #expect(FileKind(bytes) == kind) }

    @Test func weightsAreNotMistakenForAnythingElse() {
        for length: UInt8 in [2, 0x50, 0x80, 0xff] {
            #expect(FileKind([length, 1, 0, 0, 0, 0, 0, 0] + Array("{\"a\":".utf8)) == nil)
        }
    }

    @Test func resourcesThatAreMissingAreNamed() {
        let failure = #expect(throws: FileFailure.self) { try Place.existingResource("x", of: "Nothing") }
        #expect(
            failure?.description.hasSuffix(
                "GenSemCom_Nothing.resources/Resources/x: missing from the program's resources; "
                    + "the folders GenSemCom_*.resources belong beside the program"
            ) == true)
    }
}
