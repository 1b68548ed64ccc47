import Determinism

/// One end of the sealed control link between a node and the controller: `ControlChannel` inside `DatagramSealer` and
/// `DatagramOpener`.
///
/// ```
/// message ─► ControlChannel ─► seal ─► datagram ─► (UDP) ─► datagram ─► open ─► ControlChannel ─► message
/// ```
/// A node that restarts comes back with a higher epoch. The controller's end notices by the first datagram that
/// authenticates under the new epoch, forgets the old conversation, and answers in the new epoch.
public struct ControlLink: Sendable {
    public enum Side: Sendable { case node, controller }

    public let node: String
    public let side: Side
    private let secret: Secret
    private let configuration: ControlChannel.Configuration
    private var channel: ControlChannel
    private var sealer: DatagramSealer
    private var opener: DatagramOpener
    /// How often the node has come back under a new epoch; only counted at the controller.
    public private(set) var rebirths = 0

    /// - Parameters:
    ///   - secret: the run's.
    ///   - node: the node's name, whichever side this is.
    ///   - side: which end this is.
    ///   - epoch: the node's incarnation, as the launcher numbered it.
    ///   - configuration: timeouts and window of the conversation.
    public init(
        _ secret: Secret, node: String, side: Side, epoch: UInt16 = 0,
        configuration: ControlChannel.Configuration = .init()
    ) {
        self.node = node
        self.side = side
        self.secret = secret
        self.configuration = configuration
        channel = ControlChannel(configuration)
        let out: KeyContext = side == .node ? .toController(from: node) : .fromController(to: node)
        let back: KeyContext = side == .node ? .fromController(to: node) : .toController(from: node)
        sealer = DatagramSealer(secret, lane: out, epoch: epoch)
        opener = DatagramOpener(secret, lane: back, epoch: epoch)
    }

    /// The lane identifier of datagrams that belong to this end (see `SealFormat.lane(of:)`).
    public var incomingLane: UInt32 { opener.lane.identifier }
    /// The node's incarnation this end speaks with.
    public var epoch: UInt16 { opener.epoch }
    public var refusals: RefusalCounts { opener.refusals }
    public var failure: ControlFailure? { channel.failure }
    public var isSettled: Bool { channel.isSettled }
    public var roundTrip: Instant.Span? { channel.roundTrip }
    public var retries: UInt64 { channel.retries }

    /// Queues a message; the next `poll` sends it.
    public mutating func send(_ message: ControlMessage) { channel.send(message) }

    /// Takes in one datagram; what does not open is counted and yields nothing.
    public mutating func receive(_ datagram: [UInt8], now: Instant) -> [ControlMessage] {
        let before = opener.epoch
        guard let frame = try? opener.open(datagram) else { return [] }
        if side == .controller && opener.epoch != before {
            rebirths += 1
            channel = ControlChannel(configuration)
            sealer = DatagramSealer(secret, lane: sealer.lane, epoch: opener.epoch)
        }
        do { return try channel.receive(frame, now: now) } catch {
            opener.countMalformed()
            return []
        }
    }

    /// Datagrams to send now.
    /// - Throws: `SealError.exhausted` after 2⁶⁴ datagrams.
    public mutating func poll(now: Instant) throws(SealError) -> [[UInt8]] {
        var datagrams: [[UInt8]] = []
        for frame in channel.poll(now: now) { datagrams.append(try sealer.seal(frame)) }
        return datagrams
    }

    /// When to poll next if nothing arrives before.
    public var nextInstant: Instant? { channel.nextInstant }
}
