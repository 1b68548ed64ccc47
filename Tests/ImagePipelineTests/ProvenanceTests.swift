import Foundation
import Testing

@testable import ImagePipeline

/// What a record says of files and commits.
@Suite struct ProvenanceTests {
    @Test func aDigestIsTheFilesOwn() throws {
        let folder = NSTemporaryDirectory() + "provenance-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data("abc".utf8).write(to: URL(fileURLWithPath: folder + "/a"))
        // FIPS 180-4's example.
        #expect(
            Provenance.digest(folder + "/a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(Provenance.digest(folder + "/missing") == nil)
        #expect(Provenance.digest(ofFiles: [folder + "/a", folder + "/missing"]) == nil)
        // Opens, and fails when it is read.
        #expect(Provenance.digest("/proc/self/mem") == nil)
    }

    @Test func theHeadIsFoundLooseAndPacked() throws {
        let root = NSTemporaryDirectory() + "head-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        #expect(Provenance.head(of: root) == nil)
        try FileManager.default.createDirectory(atPath: root + "/.git/refs/heads", withIntermediateDirectories: true)
        func write(_ text: String, _ name: String) throws {
            try text.write(toFile: "\(root)/.git/\(name)", atomically: true, encoding: .utf8)
        }
        try write("ref: refs/heads/main\n", "HEAD")
        try write("# pack-refs\n0123 refs/heads/other\n4567 refs/heads/main\n", "packed-refs")
        #expect(Provenance.head(of: root) == "4567")
        try write("89ab\n", "refs/heads/main")
        #expect(Provenance.head(of: root) == "89ab")
        try write("cdef\n", "HEAD")
        #expect(Provenance.head(of: root) == "cdef")
    }
}
