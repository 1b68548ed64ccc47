import ArgumentParser
import Channels
import Declarations
import Nodes
import Topologies

extension RelayArguments {
    /// The link that the options describe.
    ///
    /// - Throws: `ValidationError`, `RelayLinkError` or `ChannelError`, which name the value at fault.
    func configuration() throws -> LinkConfiguration {
        var link = RelayLink()
        if Self.isBitRate(rate) {
            link.bandwidth = try value(rate, .bitRate, "--rate", exclusive: true)
            link.snr = 0
        } else {
            link.bandwidth = try value(bandwidth, .bandwidth, "--bandwidth")
            link.snr = try value(snr, .snr, "--snr")
            do { link.rate = try RateLaw.read(rate) } catch {
                throw ValidationError("--rate: \(error); or a bit rate such as '10 Mbit/s'")
            }
        }
        link.model = try word(
            model, "--model", expected: "awgn, rayleigh, rice, nakagami, jakes, gaussMarkov or TDL-A to TDL-E")
        link.coherence = try coherence.map { try value($0, .coherence, "--coherence") }
        link.doppler = try doppler.map { try value($0, .doppler, "--doppler") }
        link.riceFactor = try value(riceFactor, .riceFactor, "--rice-factor")
        link.shape = try value("\(shape)", .shape, "--shape")
        link.correlation = try value("\(correlation)", .correlation, "--correlation")
        link.delaySpread = try value(delaySpread, .delaySpread, "--delay-spread")
        link.trace = trace
        link.traceFormat = try word(traceFormat, "--trace-format", expected: "mahimahi, mahimahiSmooth or csv")
        link.delay = try value(delay, .delay, "--delay")
        link.jitter = try value(jitter, .jitter, "--jitter")
        link.loss = try value(loss, .loss, "--loss")
        link.corruption = try value(corruption, .corruption, "--corruption")
        link.duplication = try value(duplication, .duplication, "--duplication")
        link.reordering = try value(reordering, .reordering, "--reordering")
        guard (1...ForeignRelay.mostQueued).contains(queuePackets) else {
            throw ValidationError("--queue-packets is \(queuePackets), expected 1 to \(ForeignRelay.mostQueued)")
        }
        link.queuePackets = queuePackets
        link.queue = try word(queue, "--queue", expected: "dropTail or dropHead")
        link.overhead = try overheadBytes()
        return try link.configuration()
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
            guard let place = text.firstIndex(of: "=") else {
                throw ValidationError("--back is '\(text)', expected OPTION=VALUE, for instance rate=1Mbit/s")
            }
            do { try other.set(String(text[..<place]), String(text[text.index(after: place)...])) } catch {
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
        default: throw ValidationError("'\(option)' is no option of a link")
        }
    }

    private func word<Word: RawRepresentable>(_ text: String, _ option: String, expected: String) throws -> Word
    where Word.RawValue == String {
        guard let word = Word(rawValue: text) else {
            throw ValidationError("\(option) is '\(text)', expected \(expected)")
        }
        return word
    }
}
