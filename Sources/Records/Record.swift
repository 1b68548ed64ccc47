import Foundation

/// One line of a node's record: what happened, as the node that saw it tells it.
///
/// Every node appends lines to `RUNDIR/records/NAME.jsonl`; nothing is joined or averaged there. The launcher
/// imports all files into `run.sqlite` when the run has ended, however it ended.
///
/// Conventions, the same in every record:
/// - an *instant* is whole nanoseconds of the run's clock (`…At`, `Int64`; `…_at_ns` in the line): the host's monotonic
///   clock, which all processes of one host share, or the virtual clock.
///   Socket timestamps are converted before they are written;
/// - a *length of time* is in seconds (`Double`), an amount of data in bits (`Int`), SNR in dB, bandwidth in Hz;
/// - an image is named by its transmitter and the number it has there, counted from 0 in order of assignment.
///
/// A line is a flat JSON object whose key `record` names the kind:
/// `{"record":"block","link":"uplink","number":3,"start_at_ns":…,"duration_s":0.05,"snr_db":6.2,…}`.
package enum Record: Sendable, Equatable {
    /// Launcher, once: what was run, with which seed, where.
    case run(RunRecord)
    /// Every node, once when it is ready: who it is.
    case node(NodeRecord)
    /// Channel node, once per coherence block and link.
    case block(BlockRecord)
    /// Channel node, once per data datagram: the verdict.
    case packet(PacketRecord)
    /// Controller, once per image: what it knew and what it chose.
    case decision(DecisionRecord)
    /// Transmitter, once per image when the last datagram has left.
    case transmission(TransmissionRecord)
    /// Transmitter, for each answer to a negative acknowledgement: what was sent again.
    case repetition(RepetitionRecord)
    /// Receiver, once per image when the picture stands (or the deadline has passed).
    case reception(ReceptionRecord)
    /// Launcher, once per image: the received picture against the original.
    case score(ScoreRecord)
    /// Any node: how long one stage of one image took.
    case stage(StageRecord)
    /// Anyone: something out of the ordinary (a timed event, a crash, a datagram that did not open).
    case event(EventRecord)

    /// The value of the key `record`.
    package enum Kind: String, Codable, Sendable, CaseIterable {
        case run, node, block, packet, decision, transmission, reception, score, stage, event, repetition
    }

    package var kind: Kind {
        switch self {
        case .run: .run
        case .node: .node
        case .block: .block
        case .packet: .packet
        case .decision: .decision
        case .transmission: .transmission
        case .reception: .reception
        case .score: .score
        case .stage: .stage
        case .event: .event
        case .repetition: .repetition
        }
    }
}

extension Record: Codable {
    private enum Key: String, CodingKey { case record }

    package init(from decoder: any Decoder) throws {
        switch try decoder.container(keyedBy: Key.self).decode(Kind.self, forKey: .record) {
        case .run: self = .run(try RunRecord(from: decoder))
        case .node: self = .node(try NodeRecord(from: decoder))
        case .block: self = .block(try BlockRecord(from: decoder))
        case .packet: self = .packet(try PacketRecord(from: decoder))
        case .decision: self = .decision(try DecisionRecord(from: decoder))
        case .transmission: self = .transmission(try TransmissionRecord(from: decoder))
        case .reception: self = .reception(try ReceptionRecord(from: decoder))
        case .score: self = .score(try ScoreRecord(from: decoder))
        case .stage: self = .stage(try StageRecord(from: decoder))
        case .event: self = .event(try EventRecord(from: decoder))
        case .repetition: self = .repetition(try RepetitionRecord(from: decoder))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(kind, forKey: .record)
        switch self {
        case .run(let record): try record.encode(to: encoder)
        case .node(let record): try record.encode(to: encoder)
        case .block(let record): try record.encode(to: encoder)
        case .packet(let record): try record.encode(to: encoder)
        case .decision(let record): try record.encode(to: encoder)
        case .transmission(let record): try record.encode(to: encoder)
        case .reception(let record): try record.encode(to: encoder)
        case .score(let record): try record.encode(to: encoder)
        case .stage(let record): try record.encode(to: encoder)
        case .event(let record): try record.encode(to: encoder)
        case .repetition(let record): try record.encode(to: encoder)
        }
    }
}
