import Foundation
import Records
import Results
import TestSupport
import Testing

private let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
private let program = package + "/.build/release/testbed"
private let isBuilt = FileManager.default.isExecutableFile(atPath: program)

/// The product itself: processes, sockets, records, database.
@Suite(.serialized, .enabled(if: isBuilt, "no testbed beside the tests"))
struct SocketRunTests {
    @Test func twoPhotosCrossALink() throws {
        let folder = try TemporaryFolder()
        let topology = """
            name: small
            images: {folder: '\(package)/Topologies/Photos', count: 2, longestSide: 64}
            nodes: {camera: {role: transmitter}, air: {role: channel}, desk: {role: receiver}}
            links: {up: {from: camera, to: desk, through: air, bandwidth: 1 MHz, snr: 10 dB}}
            scheme: {budget: 50 ms, inpaint: harmonic}
            """
        try topology.write(toFile: folder.path + "/t.yaml", atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["run", folder.path + "/t.yaml", "-o", folder.path + "/run"]
        let output = Pipe()
        (process.standardOutput, process.standardError) = (output, output)
        try process.run()
        let told = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, Comment(rawValue: told))
        let results = try ResultsDatabase(path: folder.path + "/run/run.sqlite").results()
        #expect(results.images.count == 2)
        for image in results.images {
            #expect(image.status == .complete && image.totalBits > 0 && image.totalBits <= image.budgetBits)
            #expect((image.gvif ?? 0) > 0 && (image.gvif ?? 2) <= 1)
            let file = try #require(image.receivedFile)
            #expect(FileManager.default.fileExists(atPath: "\(folder.path)/run/\(file)"))
        }
        #expect(Set(results.nodes.map(\.name)).isSuperset(of: ["camera", "air", "desk"]))
        #expect((results.verdicts["up"]?[.delivered] ?? 0) >= 2)
    }
}
