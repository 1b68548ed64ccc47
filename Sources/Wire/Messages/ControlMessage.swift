/// What nodes and controller say to each other, reliably and in order (`ControlLink`).
///
/// ```
/// node ─ hello ─► controller      who I am, which ports I opened
/// node ◄─ peers ─ controller      where the others are
/// node ─ ready ─► controller      models loaded, sockets open, peers known
/// node ◄─ start ─ controller      the run's origin of time
///   tx ◄─ assignment ─ controller      image k
///   tx ─ profile ─► controller         bits and GVIF against (α, Φ)
///   tx ◄─ rateDecision ─ controller    (α, Φ), budget in bits
///   tx ─ transmissionReport ─► controller  what was really sent
///   tx ─ omission ─► controller        image k cannot be sent, and why
///   channel ─ channelReport ─► controller    one coherence block
///   rx ◄─ receptionNotice ─ controller image k is coming, with its deadline
///   rx ─ retransmissionRequest ─► controller ─► tx  what is missing, sent again within the budget
///   rx ─ receptionReport ─► controller  verdict, realised GVIF
///   channel ◄─ adjustment ─ controller a timed event of the topology
/// node ◄─ stop ─ controller ; node ─ farewell ─► controller   everything is written
/// ```
/// A node that others start has a host that speaks first, over a session of its own (`HandshakeFormat`): `briefing`,
/// `fileRequest`, `filePiece`, `hostOrder` and `hostReport`.
public enum ControlMessage: Equatable, Sendable {
    case hello(Hello)
    case peers(Peers)
    case ready(Ready)
    case start(Start)
    case assignment(Assignment)
    case profile(ProfileReport)
    case rateDecision(RateDecision)
    case transmissionReport(TransmissionReport)
    case receptionNotice(ReceptionNotice)
    case channelReport(ChannelReport)
    case receptionReport(ReceptionReport)
    case adjustment(Adjustment)
    case progress(Progress)
    case clockProbe(ClockProbe)
    case clockReply(ClockReply)
    case nodeError(NodeError)
    case stop(Stop)
    case farewell(Farewell)
    case retransmissionRequest(RetransmissionRequest)
    case briefing(Briefing)
    case fileRequest(FileRequest)
    case filePiece(FilePiece)
    case hostOrder(HostOrder)
    case hostReport(HostReport)
    case omission(Omission)

    /// A message never grows beyond this many bytes; the largest one is an image profile of about 6 kB.
    public static let largest = 262_144

    private var tag: UInt8 {
        switch self {
        case .hello: 1
        case .peers: 2
        case .ready: 3
        case .start: 4
        case .assignment: 5
        case .profile: 6
        case .rateDecision: 7
        case .transmissionReport: 8
        case .receptionNotice: 9
        case .channelReport: 10
        case .receptionReport: 11
        case .adjustment: 12
        case .progress: 13
        case .clockProbe: 14
        case .clockReply: 15
        case .nodeError: 16
        case .stop: 17
        case .farewell: 18
        case .retransmissionRequest: 19
        case .briefing: 20
        case .fileRequest: 21
        case .filePiece: 22
        case .hostOrder: 23
        case .hostReport: 24
        case .omission: 25
        }
    }

    public func serialised() -> [UInt8] {
        var writer = ByteWriter(capacity: 256)
        writer.integer(tag)
        switch self {
        case .hello(let value): value.write(to: &writer)
        case .peers(let value): value.write(to: &writer)
        case .ready(let value): value.write(to: &writer)
        case .start(let value): value.write(to: &writer)
        case .assignment(let value): value.write(to: &writer)
        case .profile(let value): value.write(to: &writer)
        case .rateDecision(let value): value.write(to: &writer)
        case .transmissionReport(let value): value.write(to: &writer)
        case .receptionNotice(let value): value.write(to: &writer)
        case .channelReport(let value): value.write(to: &writer)
        case .receptionReport(let value): value.write(to: &writer)
        case .adjustment(let value): value.write(to: &writer)
        case .progress(let value): value.write(to: &writer)
        case .clockProbe(let value): value.write(to: &writer)
        case .clockReply(let value): value.write(to: &writer)
        case .nodeError(let value): value.write(to: &writer)
        case .stop(let value): value.write(to: &writer)
        case .farewell(let value): value.write(to: &writer)
        case .retransmissionRequest(let value): value.write(to: &writer)
        case .briefing(let value): value.write(to: &writer)
        case .fileRequest(let value): value.write(to: &writer)
        case .filePiece(let value): value.write(to: &writer)
        case .hostOrder(let value): value.write(to: &writer)
        case .hostReport(let value): value.write(to: &writer)
        case .omission(let value): value.write(to: &writer)
        }
        return writer.bytes
    }

    /// - Throws: `WireError` when the bytes are not exactly one message.
    public init(serialised bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= Self.largest else {
            throw .tooLong(field: "message", length: bytes.count, limit: Self.largest)
        }
        var reader = ByteReader(bytes)
        let tag: UInt8 = try reader.integer("message tag")
        switch tag {
        case 1: self = .hello(try Hello(from: &reader))
        case 2: self = .peers(try Peers(from: &reader))
        case 3: self = .ready(try Ready(from: &reader))
        case 4: self = .start(try Start(from: &reader))
        case 5: self = .assignment(try Assignment(from: &reader))
        case 6: self = .profile(try ProfileReport(from: &reader))
        case 7: self = .rateDecision(try RateDecision(from: &reader))
        case 8: self = .transmissionReport(try TransmissionReport(from: &reader))
        case 9: self = .receptionNotice(try ReceptionNotice(from: &reader))
        case 10: self = .channelReport(try ChannelReport(from: &reader))
        case 11: self = .receptionReport(try ReceptionReport(from: &reader))
        case 12: self = .adjustment(try Adjustment(from: &reader))
        case 13: self = .progress(try Progress(from: &reader))
        case 14: self = .clockProbe(try ClockProbe(from: &reader))
        case 15: self = .clockReply(try ClockReply(from: &reader))
        case 16: self = .nodeError(try NodeError(from: &reader))
        case 17: self = .stop(try Stop(from: &reader))
        case 18: self = .farewell(try Farewell(from: &reader))
        case 19: self = .retransmissionRequest(try RetransmissionRequest(from: &reader))
        case 20: self = .briefing(try Briefing(from: &reader))
        case 21: self = .fileRequest(try FileRequest(from: &reader))
        case 22: self = .filePiece(try FilePiece(from: &reader))
        case 23: self = .hostOrder(try HostOrder(from: &reader))
        case 24: self = .hostReport(try HostReport(from: &reader))
        case 25: self = .omission(try Omission(from: &reader))
        default: throw .unknown(field: "message tag", value: UInt64(tag))
        }
        try reader.finish()
    }
}
