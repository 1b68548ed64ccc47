import ArgumentParser
import Channels
import Declarations
import Nodes
import Topologies

extension RelayArguments {
    /// The laws that `--model` knows beside the profiles of tapped delay lines; a trace has an option of its own.
    static let models = ChannelModel.allCases.filter { $0 != .tdl && $0 != .trace }.map(\.rawValue)

    /// The link that the options describe.
    ///
    /// - Throws: `ValidationError`, `ChannelError` or `FileFailure`, which name the value at fault.
    func configuration() throws -> LinkConfiguration {
        var link = ChannelSettings.relay
        try readModel(into: &link)
        link.traceFormat = try word(traceFormat, "--trace-format", of: TraceFormat.self)
        guard (1...RelayLoop.mostQueued).contains(queuePackets) else {
            throw ValidationError("--queue-packets is \(queuePackets), expected 1 to \(RelayLoop.mostQueued)")
        }
        link.queue = try word(queue, "--queue", of: QueueConfiguration.Discipline.self) { $0 != .deadlineDrop }
        _ = try otherSettings()
        var texts = settings
        if Self.isBitRate(rate) {
            link.bandwidth = try value(rate, .bitRate, "--rate", exclusive: true)
            link.snr = 0
            (texts["bandwidth"], texts["snr"]) = (nil, nil)
        } else {
            do { link.rate = try RateLaw.read(rate) } catch {
                throw ValidationError("--rate: \(error); or a bit rate such as '10 Mbit/s'")
            }
        }
        for quantity in ChannelQuantity.all {
            let option = Self.option(quantity)
            if let text = texts[option], !text.isEmpty {
                quantity.apply(&link, try value(text, quantity, "--\(option)"))
            }
        }
        return try LinkConfiguration(relaying: link, overhead: try overheadBytes())
    }

    private func readModel(into link: inout ChannelSettings) throws {
        if let profile = TapProfile(rawValue: model) {
            (link.model, link.profile) = (.tdl, profile)
        } else if let law = ChannelModel(rawValue: model), law != .tdl, law != .trace {
            link.model = law
        } else {
            throw ValidationError(
                "--model is '\(model)', expected \(Self.models.joined(separator: ", ")) or TDL-A to TDL-E")
        }
        // One that changes by nothing else needs some motion.
        if link.model == .jakes || link.model == .tdl { link.doppler = 10 }
        if let trace { (link.model, link.trace) = (.trace, trace) }
    }

    /// A number's option, as the library makes it of a property's name; a key of `--set` stays as it is.
    private static func option(_ quantity: ChannelQuantity) -> String {
        let option = quantity.key.map { $0.isUppercase ? "-\($0.lowercased())" : String($0) }.joined()
        return named.contains(option) ? option : quantity.key
    }

    private static let named: Set = [
        "bandwidth", "snr", "coherence", "doppler", "rice-factor", "shape", "correlation", "delay-spread", "delay",
        "jitter", "loss", "corruption", "duplication", "reordering", "queue-packets",
    ]

    /// Keys of the numbers that have none.
    private static let unnamed = ChannelQuantity.all.map(option).filter { !named.contains($0) }

    /// The values of `--set`; empty for what it leaves out.
    ///
    /// - Throws: `ValidationError` naming what is no such number.
    func otherSettings() throws -> [String: String] {
        var settings = Dictionary(uniqueKeysWithValues: Self.unnamed.map { ($0, "") })
        for text in others {
            let (key, value) = try Self.pair(text, "--set", expected: "KEY=VALUE, for instance shadowing=4dB")
            guard settings.updateValue(value, forKey: key) != nil else {
                throw ValidationError("--set: '\(key)' is none of \(Self.unnamed.joined(separator: ", "))")
            }
        }
        return settings
    }

    private static func pair(_ text: String, _ option: String, expected: String) throws -> (String, String) {
        guard let place = text.firstIndex(of: "=") else {
            throw ValidationError("\(option) is '\(text)', expected \(expected)")
        }
        return (String(text[..<place]), String(text[text.index(after: place)...]))
    }

    /// Whole packets have their headers already; Mahimahi counts its device's header of 4 bytes as well.
    private func overheadBytes() throws -> Int {
        let headers = tun == nil ? 28 : 0
        switch overhead {
        case "ip": return headers
        case "mahimahi": return headers + 4
        default:
            guard let bytes = Int(overhead), (0...65_535).contains(bytes) else {
                throw ValidationError("--overhead is '\(overhead)', expected 0 to 65535 bytes, ip or mahimahi")
            }
            return bytes
        }
    }

    /// The same options with what `--back` changes.
    func backArguments() throws -> RelayArguments {
        var other = self
        for text in back {
            let (option, value) = try Self.pair(
                text, "--back", expected: "OPTION=VALUE, for instance rate=1Mbit/s")
            do { try other.set(option, value) } catch {
                throw ValidationError("--back: \((error as? ValidationError)?.message ?? "\(error)")")
            }
        }
        return other
    }

    mutating func set(_ option: String, _ text: String) throws {
        func number<Value: LosslessStringConvertible>() throws -> Value {
            guard let value = Value(text) else {
                throw ValidationError("\(option) is '\(text)', expected a number")
            }
            return value
        }
        switch option {
        case "bandwidth": bandwidth = text
        case "snr": snr = text
        case "rate": rate = text
        // A model takes the place of the trace of the way there.
        case "model": (model, trace) = (text, nil)
        case "coherence": coherence = text
        case "doppler": doppler = text
        case "rice-factor": riceFactor = text
        case "shape": shape = try number()
        case "correlation": correlation = try number()
        case "delay-spread": delaySpread = text
        case "trace": trace = text
        case "trace-format": traceFormat = text
        case "delay": delay = text
        case "jitter": jitter = text
        case "loss": loss = text
        case "corruption": corruption = text
        case "duplication": duplication = text
        case "reordering": reordering = text
        case "queue-packets": queuePackets = try number()
        case "queue": queue = text
        case "overhead": overhead = text
        case _ where Self.unnamed.contains(option): others.append("\(option)=\(text)")
        default: throw ValidationError("'\(option)' is no option of a link")
        }
    }

    private func word<Word: RawRepresentable & CaseIterable>(
        _ text: String, _ option: String, of type: Word.Type, where isFitting: (Word) -> Bool = { _ in true }
    ) throws -> Word where Word.RawValue == String {
        let words = Word.allCases.filter(isFitting)
        if let word = words.first(where: { $0.rawValue == text }) { return word }
        let names = words.map(\.rawValue)
        throw ValidationError(
            "\(option) is '\(text)', expected \(names.dropLast().joined(separator: ", ")) or \(names.last ?? "")")
    }
}
