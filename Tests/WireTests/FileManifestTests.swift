import Determinism
import Testing

@testable import Wire

@Suite struct FileManifestTests {
    let manifest = FileManifest([
        .init(.file, "topology.yaml", size: 3, digest: Digest.of([1, 2, 3])),
        .init(.folder, "files/home/anna/Bilder für morgen"),
        .init(.stub, "files/etc/table.json"),
    ])

    @Test func returnsFromItsBytes() throws {
        #expect(try FileManifest(serialised: manifest.serialised()) == manifest)
        #expect(manifest.size == 3)
    }

    @Test func theDigestIsSHA256() {
        // FIPS 180-2, "abc".
        #expect(
            hexadecimal(Digest.of(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test(arguments: [
        "/etc/passwd", "../x", "a/../b", "a/./b", "a//b", "", ".", "..", "a/", "a\0b", "a\nb", "a\u{7f}",
        String(repeating: "a", count: 256), Array(repeating: "a", count: 65).joined(separator: "/"),
        Array(repeating: String(repeating: "b", count: 100), count: 30).joined(separator: "/"),
    ]) func aPathThatLeadsElsewhereIsRefused(_ path: String) {
        #expect(!FileManifest.isPlain(path))
        #expect(throws: WireError.self) {
            try FileManifest(serialised: FileManifest([.init(.folder, path)]).serialised())
        }
    }

    @Test func namesComeOnce() {
        let twice = FileManifest([.init(.folder, "a"), .init(.stub, "a")])
        #expect(throws: WireError.inconsistent(field: "path")) { try FileManifest(serialised: twice.serialised()) }
    }

    @Test func hostileManifestsNeverTrap() {
        let bytes = manifest.serialised()
        for length in 0..<bytes.count {
            #expect(throws: WireError.self) { try FileManifest(serialised: Array(bytes[0..<length])) }
        }
        #expect(throws: WireError.trailing(count: 1)) { try FileManifest(serialised: bytes + [0]) }
        #expect(throws: WireError.self) { try FileManifest(serialised: [255, 255, 255, 255]) }
        var random = RandomStream(seed: 3, name: "manifest")
        for _ in 0..<20_000 {
            var changed = bytes
            for _ in 0...random.next() % 3 {
                changed[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            guard let read = try? FileManifest(serialised: changed) else { continue }
            #expect(read.entries.allSatisfy { FileManifest.isPlain($0.path) })
        }
    }
}
