import Channels
import Datagrams
import Determinism
import Dispatch
import Files
import Foundation
import Records
import Roles
import Synchronization
import Wire

/// Writes a channel node's record from a thread of its own, so that neither encoding nor the disk delays a release.
///
/// The lines are those of `Record`; packets, of which there may be tens of thousands a second,
/// are put together by hand.
final class ChannelRecordWriter: RecordSink, Sendable {
    /// A packet as the event loop notes it: no text, no allocation.
    struct Note: Sendable {
        var leaving: ChannelRole.Leaving
        /// After the system call that sent it; nil where it was dropped.
        var released: Int64?
    }

    private struct State: Sendable {
        var notes: [Note] = []
        var records: [Record] = []
        var isClosing = false
        var isClosed = false
        var failure: ResultsError?
    }

    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)
    private let done = DispatchSemaphore(value: 0)
    private let file: AppendedFile
    private let links: [(name: String, transmitter: String)]

    /// - Parameter links: names by index.
    /// - Throws: `ResultsError.cannotWrite` naming the path.
    init(path: String, links: [(name: String, transmitter: String)]) throws {
        do { file = try AppendedFile(path) } catch { throw ResultsError.cannotWrite(path) }
        self.links = links
        try SystemThread.start(name: "records") { [self] in serve() }
    }

    /// What went wrong while writing, if anything did.
    var failure: ResultsError? { state.withLock { $0.failure } }

    func submit(_ notes: [Note], _ records: [Record]) {
        guard !notes.isEmpty || !records.isEmpty else { return }
        state.withLock {
            // Taken over rather than copied where the writer has kept up.
            if $0.notes.isEmpty { $0.notes = notes } else { $0.notes += notes }
            $0.records += records
        }
        work.signal()
    }

    /// Kept until ``flush()``.
    func append(_ record: Record) { state.withLock { $0.records.append(record) } }

    /// Has written what there is, soon.
    ///
    /// - Throws: what went wrong while writing, if anything did.
    func flush() throws {
        let (isEmpty, failure) = state.withLock { ($0.records.isEmpty, $0.failure) }
        if !isEmpty { work.signal() }
        if let failure { throw failure }
    }

    /// Returns once everything is in the file.
    func finish() {
        let wasOpen = state.withLock { state in
            defer { state.isClosing = true }
            return !state.isClosing
        }
        guard wasOpen else { return }
        work.signal()
        done.wait()
    }

    private func serve() {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let names = links.map { (Self.quoted($0.name, encoder), Self.quoted($0.transmitter, encoder)) }
        while true {
            work.wait()
            let (notes, records, isClosing) = state.withLock { state in
                defer { (state.notes, state.records) = ([], []) }
                return (state.notes, state.records, state.isClosing)
            }
            var lines: [UInt8] = []
            lines.reserveCapacity(notes.count * 320)
            for record in records {
                guard let line = try? encoder.encode(record) else { continue }
                lines += line
                lines.append(UInt8(ascii: "\n"))
            }
            for note in notes { append(note, names: names, to: &lines) }
            do { try file.append(lines) } catch {
                let failure = ResultsError.writeFailed(path: file.path, reason: error.cause)
                state.withLock { $0.failure = $0.failure ?? failure }
            }
            if isClosing {
                done.signal()
                return
            }
        }
    }

    private func append(_ note: Note, names: [(link: String, transmitter: String)], to lines: inout [UInt8]) {
        let departure = note.leaving.departure
        let (link, transmitter) = names[note.leaving.link]
        let released =
            note.released.map { ",\"due_at_ns\":\(departure.due.nanoseconds),\"released_at_ns\":\($0)" } ?? ""
        let attempts = departure.attempts.map { "\"attempts\":\($0)," } ?? ""
        lines +=
            """
            {"arrived_at_ns":\(departure.packet.arrival.nanoseconds),\(attempts)"bits":\(departure.packet.bits),\
            "block":\(departure.block)\(released),\
            "image":\(note.leaving.image),"index":\(note.leaving.index),"link":\(link),"record":"packet",\
            "section":"\(note.leaving.section == .preamble ? "preamble" : "slice")","transmitter":\(transmitter),\
            "verdict":"\(departure.verdict.rawValue)",\
            "wire_bits":\((Int(departure.packet.bytes) + WireOverhead.udp) * 8)}

            """.utf8
    }

    private static func quoted(_ text: String, _ encoder: JSONEncoder) -> String {
        (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}
