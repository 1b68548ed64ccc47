import Datagrams
import Determinism
import Topologies
import Wire

/// A node of the testbed as a value: its role with the sockets of its links. A ``NodeRuntime`` drives it.
///
/// ```
/// runtime ─ event ─► handle      what the controller said, an alarm, a job's result
///         ─ ready ─► serve       sockets with something to read; called once a turn, ready or not
///         ◄─ tell, append, wake, compute, leave ─ node
/// ```
protocol Node {
    /// What its jobs hand back.
    associatedtype Finished: Sendable

    /// What it is to the controller.
    var kind: Wire.NodeRole { get }
    /// What it is in the record.
    var title: String { get }
    /// Hash of the codec weights it has loaded; 0 for none.
    var modelIdentity: UInt64 { get }
    /// The sockets at which datagrams of its links arrive, or from which they leave; numbered in this order.
    var ports: [NodePort] { get }
    /// When there is something to do without anyone's asking; nil: never.
    var nextInstant: Instant? { get }

    mutating func handle(_ event: NodeEvent<Finished>, _ runtime: NodeRuntime) throws

    /// - Parameter ready: numbers of the ports that can be read.
    mutating func serve(_ ready: [Int], _ runtime: NodeRuntime) throws

    /// Writes down what it has kept back; called ten times a second, and at the end.
    mutating func flush() throws

    /// What came in and was not taken, and what was lost in this host, for the record of its end.
    var refusals: RefusalCounts { get }
    /// Datagrams at ports on which nothing is received, as far as the node itself counts them.
    var strays: Int { get }
    var losses: HostLosses { get }
}

extension Node {
    var modelIdentity: UInt64 { 0 }
    var nextInstant: Instant? { nil }
    mutating func flush() throws {}
    var strays: Int { 0 }
    var losses: HostLosses { HostLosses(sockets: ports.map(\.socket)) }
}

/// What happens to a node besides datagrams.
enum NodeEvent<Finished: Sendable> {
    case message(ControlMessage)
    /// What the node asked to be woken for has come, up to this instant:
    /// a clock that is set back meanwhile must not hide it.
    case timer(Instant)
    case finished(Finished)
}

/// The socket of a link.
struct NodePort {
    let link: String
    let socket: UDPSocket

    /// - Parameter index: of the link among the node's.
    init(link: String, _ node: NodeSettings, _ index: Int) throws {
        self.link = link
        socket = try UDPSocket(try Endpoint(host: node.bindAddress, port: UInt16(node.linkPort(index))))
    }

    init(link: String, socket: UDPSocket) {
        self.link = link
        self.socket = socket
    }

    /// Takes what has come, a few batches at a time: whoever floods the port must not keep the node from its
    /// controller.
    func receive(_ body: (ReceivedDatagram) throws -> Void) throws {
        for _ in 0..<4 {
            let batch = try socket.receive()
            for datagram in batch { try body(datagram) }
            if batch.count < 64 { break }
        }
    }
}

/// Datagrams that were lost in this host, and not on any link.
struct HostLosses {
    var sockets: [UDPSocket]
    /// For want of room in the node's own memory.
    var overflow: UInt64 = 0

    /// By cause, in words; nil where there are none.
    var summary: String? {
        let drops = sockets.reduce(0) { $0 + $1.kernelDrops }
        let causes =
            (drops > 0 ? ["\(drops) in the kernel's receive buffers"] : [])
            + (overflow > 0 ? ["\(overflow) for want of a slot"] : []) + sockets.compactMap(\.refusalSummary)
        return causes.isEmpty ? nil : causes.joined(separator: ", ")
    }
}
