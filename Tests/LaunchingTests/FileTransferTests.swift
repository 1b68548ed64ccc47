import Files
import Foundation
import TestSupport
import Testing
import Wire

@testable import Launching

/// Files between hosts, without the hosts: what one side asks for, the other hands out.
@Suite struct FileTransferTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = "\(folder.path)/\(name)"
        try makeFolders(above: path)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    func service(_ paths: [String]) throws -> FileService {
        FileService(
            try paths.map { path in
                let (size, digest) = try FileService.measure(path)
                return (.init(.file, (path as NSString).lastPathComponent, size: size, digest: digest), .path(path))
            })
    }

    func wanted(_ service: FileService, into target: String) -> [FileFetch.Wanted] {
        service.manifest.entries.enumerated().map {
            .init(
                file: UInt32($0 + 1), size: $1.size, digest: $1.digest, name: $1.path,
                target: "\(folder.path)/\(target)/\($1.path)")
        }
    }

    /// - Returns: the most pieces that were under way at once.
    func run(_ fetch: inout FileFetch, _ service: FileService) throws -> Int {
        var (waiting, most): ([FileRequest], Int) = ([], 0)
        while !fetch.isDone {
            waiting += fetch.requests()
            most = max(most, waiting.count)
            try fetch.take(service.piece(waiting.removeFirst()))
        }
        return most
    }

    @Test func filesOfEverySizeArrive() throws {
        let sizes = [0, 1, 32_767, 32_768, 32_769, 1_000_000, 0]
        let paths = try sizes.enumerated().map { index, size in
            try file("a/\(index)", (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ index) })
        }
        let service = try service(paths)
        var list = try FileFetch(service.offer)
        _ = try run(&list, service)
        #expect(try FileManifest(serialised: list.memory) == service.manifest)
        var fetch = try FileFetch(wanted(service, into: "b"))
        #expect(fetch.total == UInt64(sizes.reduce(0, +)))
        #expect(try run(&fetch, service) <= 4)
        #expect(fetch.done == fetch.total)
        for (index, path) in paths.enumerated() {
            #expect(try fileBytes(path) == fileBytes("\(folder.path)/b/\(index)"))
        }
    }

    @Test func aFileThatChangesOnTheWayIsRefused() throws {
        for change in [[UInt8](repeating: 1, count: 50_000), [UInt8](repeating: 0, count: 40_000)] {
            let path = try file("a/x", [UInt8](repeating: 0, count: 50_000))
            let service = try service([path])
            _ = try file("a/x", change)
            var fetch = try FileFetch(wanted(service, into: "b"))
            #expect(throws: TransferFailure.changed("x")) { try run(&fetch, service) }
            #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/b/x"))
        }
    }

    @Test func aPieceNobodyAskedForIsRefused() throws {
        let service = try service([file("a/x", [UInt8](repeating: 0, count: 100_000))])
        var fetch = try FileFetch(wanted(service, into: "b"))
        let early = service.piece(.init(file: 1, offset: 0, length: 32_768))
        #expect(throws: TransferFailure.self) { try fetch.take(early) }
        let requests = fetch.requests()
        #expect(requests.count == 4 && fetch.requests().isEmpty)
        #expect(throws: TransferFailure.self) { try fetch.take(service.piece(requests[1])) }
    }

    @Test func onlyOfferedFilesAreHandedOut() throws {
        let service = try service([file("a/x", [1, 2, 3])])
        #expect(service.piece(.init(file: 2, offset: 0, length: 3)).bytes.isEmpty)
        #expect(service.piece(.init(file: 1, offset: .max, length: 3)).bytes.isEmpty)
        #expect(service.piece(.init(file: 0, offset: .max, length: 3)).bytes.isEmpty)
        #expect(service.piece(.init(file: 1, offset: 1, length: 30)).bytes == [2, 3])
    }

    @Test func aNodeBringsBackWhatIsItsOwn() throws {
        #expect(ReturnedFiles.allows("records/desk.jsonl", of: "desk"))
        #expect(ReturnedFiles.allows("images/camera-0001-desk-received.png", of: "desk"))
        #expect(ReturnedFiles.allows("images/camera-0001.gsc", of: "camera"))
        #expect(ReturnedFiles.allows("images/camera-0001-original.png", of: "camera"))
        for path in [
            "records/other.jsonl", "topology.yaml", "run.sqlite", "images/other-1.png", "images/../desk-x",
            "images/.desk-1", "images/a/desk-1", "../desk-1", "records/../records/desk.jsonl", "report.html",
        ] {
            #expect(!ReturnedFiles.allows(path, of: "desk"), "\(path)")
        }
        // What is there already is not written over.
        _ = try file("run/images/desk-1.png", [1])
        let manifest = FileManifest([.init(.file, "images/desk-1.png", size: 1, digest: Digest.of([1]))])
        #expect(throws: TransferFailure.self) {
            try ReturnedFiles.wanted(manifest, of: "desk", folder: "\(folder.path)/run")
        }
        let huge = FileManifest([.init(.file, "images/desk-2.png", size: 1 << 40, digest: Digest.of([1]))])
        #expect(throws: TransferFailure.self) { try ReturnedFiles.wanted(huge, of: "desk", folder: folder.path) }
    }

    /// The second run finds everything by digest; what a disk has damaged is fetched again; what is there under the
    /// name of an earlier start goes.
    @Test func aStoreKeepsFilesByDigest() throws {
        let store = try NodeStore("\(folder.path)/cache")
        let bytes = [UInt8](repeating: 7, count: 70_000)
        let service = FileService([
            (.init(.file, "files/home/x.png", size: 70_000, digest: Digest.of(bytes)), .bytes(bytes)),
            (.init(.file, "topology.yaml", size: 70_000, digest: Digest.of(bytes)), .bytes(bytes)),
            (.init(.folder, "files/home/maps"), nil), (.init(.stub, "files/table"), nil),
        ])
        var fetch = try FileFetch(store.missing(service.manifest))
        #expect(fetch.total == 70_000)
        _ = try run(&fetch, service)
        let place = try store.folder(run: [UInt8](repeating: 1, count: 16), node: "camera")
        for _ in 0..<2 {
            #expect(try store.missing(service.manifest).isEmpty)
            try store.place(service.manifest, in: place)
            #expect(try fileBytes("\(place)/files/home/x.png") == bytes)
            #expect(try fileBytes("\(place)/files/table").isEmpty)
        }
        var status = stat()
        #expect(stat(store.root, &status) == 0 && status.st_mode & 0o077 == 0)
        let object = store.object(Digest.of(bytes))
        try FileManager.default.removeItem(atPath: object)
        try Data(bytes.dropLast() + [8]).write(to: URL(fileURLWithPath: object))
        #expect(try store.missing(service.manifest).count == 1)
        // What was not used for long goes when the store is opened the next time.
        let old = store.object([1])
        try Data([1]).write(to: URL(fileURLWithPath: old))
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -31 * 86_400)], ofItemAtPath: old)
        _ = try NodeStore(store.root)
        #expect(!FileManager.default.fileExists(atPath: old) && FileManager.default.fileExists(atPath: object))
        let own = FileManifest([.init(.file, "records/camera.jsonl", size: 70_000, digest: Digest.of(bytes))])
        #expect(throws: TransferFailure.self) { try store.place(own, in: place) }
    }
}
