import ArgumentParser
import Channels
import Declarations
import LiveDashboard
import Nodes
import Processes
import Synchronization
import Topologies

/// The settings of a relay's two ways, while programs change them over the control API.
///
/// A key is an option of the link without its dashes: of both ways, or of one with `there.` or `back.` before it.
final class LiveRelay: Sendable {
    private static let names = ["there", "back"]
    /// Options that a relay which runs cannot change: its buffers have been made, and nobody sends it files to read.
    private static let fixed: Set = ["queue-packets", "trace", "trace-format"]
    private let ways: Mutex<[[String: String]]>
    private let isTunnel: Bool
    private let changes: Postbox<RelayChange>

    /// - Throws: `ValidationError` naming the option at fault.
    init(_ arguments: RelayArguments, changes: Postbox<RelayChange>) throws {
        let ways = arguments.answers ? [arguments, try arguments.backArguments()] : [arguments]
        self.ways = Mutex(ways.map(\.settings))
        isTunnel = arguments.tun != nil
        self.changes = changes
    }

    /// Every option of each way, by its name.
    var settings: [String: [String: String]] {
        Dictionary(uniqueKeysWithValues: zip(Self.names, ways.withLock { $0 }))
    }

    /// Puts a change on its way to the relay's loop.
    ///
    /// - Returns: false where too much waits already; nothing has changed then.
    /// - Throws: ``InputError`` naming the key, or the value and what was expected.
    func change(_ asked: LiveRequest) throws -> Bool {
        // A key of --set may have a dot of its own.
        let isWhole = ways.withLock { $0[0][asked.key] != nil }
        let parts = isWhole ? [asked.key] : asked.key.split(separator: ".", maxSplits: 1).map(String.init)
        let prefix = parts.count == 2 ? parts[0] : nil
        let option = parts.last ?? ""
        return try ways.withLock { ways in
            let numbers = ways.indices.filter { prefix == nil || prefix == Self.names[$0] }
            guard !numbers.isEmpty else {
                let known = ways.indices.map { "\(Self.names[$0])." }.joined(separator: " or ")
                throw InputError("\(asked.key): expected an option of the link, for one way with \(known) before it")
            }
            var changed = ways
            for way in numbers {
                try Self.expectChangeable(option, of: ways[way], asked.key)
                changed[way][option] = asked.value
            }
            let links = try numbers.map { try configuration(changed[$0], asked) }
            for (way, link) in zip(numbers, links) {
                guard changes.post(RelayChange(way: way, link: link)) else { return false }
                ways[way] = changed[way]
            }
            return true
        }
    }

    /// What would change nothing is a mistake.
    private static func expectChangeable(_ option: String, of way: [String: String], _ key: String) throws {
        guard way[option] != nil, !fixed.contains(option) else {
            let known = way.keys.filter { !fixed.contains($0) }.sorted()
            let hint = fixed.contains(option) ? "" : nearestName(to: option, among: known).map { "; nearest: '\($0)'" }
            throw InputError(
                "\(key): cannot be changed while it relays\(hint ?? "; what can: \(known.joined(separator: ", "))")")
        }
        guard option == "snr" || option == "bandwidth" else { return }
        if RelayArguments.isBitRate(way["rate"] ?? "") {
            throw InputError("\(key): has no effect beside the bit rate \(way["rate"]!); change rate")
        }
        if !(way["trace"] ?? "").isEmpty {
            throw InputError("\(key): has no effect on the trace \(way["trace"]!)")
        }
    }

    private func configuration(_ settings: [String: String], _ asked: LiveRequest) throws -> LinkConfiguration {
        do {
            var arguments = try RelayArguments.parse(isTunnel ? ["--tun", "x"] : [])
            for (option, value) in settings where !value.isEmpty { try arguments.set(option, value) }
            return try arguments.configuration()
        } catch {
            let words = (error as? ValidationError)?.message ?? "\(error)"
            // The option is named by the key.
            throw InputError("\(asked.key): \(words.replacing(#/^--[A-Za-z.-]+: /#, with: ""))")
        }
    }
}

extension RelayArguments {
    /// A law's name begins with a letter or a brace, a bit rate with a digit or a sign.
    static func isBitRate(_ rate: String) -> Bool { rate.first.map { $0.isNumber || "+-.".contains($0) } ?? false }

    /// The options of the link by their names; those that were not given and have no default are empty.
    var settings: [String: String] {
        let named = [
            "bandwidth": bandwidth, "snr": snr, "rate": rate, "model": model, "coherence": coherence ?? "",
            "doppler": doppler ?? "", "rice-factor": riceFactor, "shape": "\(shape)", "correlation": "\(correlation)",
            "delay-spread": delaySpread, "trace": trace ?? "", "trace-format": traceFormat, "delay": delay,
            "jitter": jitter, "loss": loss, "corruption": corruption, "duplication": duplication,
            "reordering": reordering, "queue-packets": "\(queuePackets)", "queue": queue, "overhead": overhead,
        ]
        // Numbers without an option of their own, which were checked when the options were read.
        return named.merging((try? otherSettings()) ?? [:]) { $1 }
    }
}
