import Determinism
import Files
import Foundation
import TestSupport
import Testing
import Wire

@testable import Launching

/// Records on their way while a run goes on, without the hosts.
@Suite struct RecordStreamTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    func instant(_ seconds: Double) -> Instant { Instant(nanoseconds: 0) + .seconds(seconds) }

    func write(_ text: String, to name: String) throws {
        try AppendedFile("\(folder.path)/\(name)").append(Array(text.utf8))
    }

    var kept: String {
        get throws { String(decoding: try fileBytes("\(folder.path)/run/records/desk.jsonl"), as: UTF8.self) }
    }

    /// Passes on all there is, half a second after half a second from `start` on.
    func pass(_ stream: inout RecordStream, to record: inout DistantRecord, from start: Double) throws -> [Int] {
        var sizes: [Int] = []
        for step in 0..<100 {
            let report = stream.report(now: instant(start + Double(step) / 2), isFree: true)
            guard case .record(let offset, let bytes)? = report else { break }
            try record.take(bytes, at: offset)
            sizes.append(bytes.count)
        }
        return sizes
    }

    @Test func whatIsWrittenComesInPiecesAndOnce() throws {
        var record = DistantRecord("\(folder.path)/run/records/desk.jsonl")
        var stream = RecordStream("\(folder.path)/desk.jsonl", after: record.kept, now: instant(0))
        #expect(stream.report(now: instant(0), isFree: true) == nil)
        let lines = (0..<10_000).map { "{\"line\":\($0)}\n" }.joined()
        try write(lines, to: "desk.jsonl")
        #expect(stream.report(now: instant(0.6), isFree: false) == nil)
        #expect(stream.report(now: instant(0.7), isFree: true) == nil)
        let sizes = try pass(&stream, to: &record, from: 2)
        #expect(sizes.allSatisfy { $0 <= 32_768 } && sizes.count == (lines.utf8.count + 32_767) / 32_768)
        try write("{}\n", to: "desk.jsonl")
        #expect(try pass(&stream, to: &record, from: 100) == [3])
        #expect(try kept == lines + "{}\n")
    }

    /// After a cable was pulled: a new session, the same file.
    @Test func aHostThatComesBackGoesOn() throws {
        var record = DistantRecord("\(folder.path)/run/records/desk.jsonl")
        try write("{\"a\":1}\n", to: "desk.jsonl")
        var stream = RecordStream("\(folder.path)/desk.jsonl", after: record.kept, now: instant(0))
        _ = try pass(&stream, to: &record, from: 0)
        try write("{\"b\":1}\n", to: "desk.jsonl")
        stream = RecordStream("\(folder.path)/desk.jsonl", after: record.kept, now: instant(9))
        #expect(try pass(&stream, to: &record, from: 9) == [8])
        #expect(try kept == "{\"a\":1}\n{\"b\":1}\n" && record.before == 0)
    }

    /// Another host in the node's place: what the first one wrote stays before what the second one brings.
    @Test func whatAHostThatIsGoneWroteStays() throws {
        var record = DistantRecord("\(folder.path)/run/records/desk.jsonl")
        try write("{\"first\":1}\n{\"fir", to: "one.jsonl")
        var stream = RecordStream("\(folder.path)/one.jsonl", after: record.kept, now: instant(0))
        _ = try pass(&stream, to: &record, from: 0)
        // Nothing written yet: it still says that it is another.
        stream = RecordStream("\(folder.path)/two.jsonl", after: record.kept, now: instant(9))
        #expect(try pass(&stream, to: &record, from: 9) == [0])
        try write("{\"second\":1}\n", to: "two.jsonl")
        #expect(try pass(&stream, to: &record, from: 20) == [13])
        let first = "{\"first\":1}\n{\"fir\n"
        #expect(try kept == first + "{\"second\":1}\n" && record.before == UInt64(first.utf8.count))
        // At the end it comes whole, in place of what had come of it.
        try write("{\"third\":1}\n", to: "two.jsonl")
        let (size, digest) = try FileService.measure("\(folder.path)/two.jsonl")
        let service = FileService([
            (.init(.file, "records/desk.jsonl", size: size, digest: digest), .path("\(folder.path)/two.jsonl"))
        ])
        var fetch = try FileFetch(
            ReturnedFiles.wanted(service.manifest, of: "desk", folder: "\(folder.path)/run", kept: record.before))
        for request in fetch.requests() { try fetch.take(service.piece(request)) }
        #expect(try fetch.isDone && kept == first + "{\"second\":1}\n{\"third\":1}\n")
    }

    @Test func aPieceThatDoesNotFollowIsRefused() throws {
        var record = DistantRecord("\(folder.path)/run/records/desk.jsonl")
        try record.take([1, 2, 3], at: 0)
        #expect(throws: TransferFailure.protocolBroken("a piece of its record that does not follow")) {
            try record.take([4], at: 2)
        }
        #expect(record.size == 3)
    }
}
