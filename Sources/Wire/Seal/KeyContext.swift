/// One direction of one link in one role: what a key is for. Two lanes never share a key, so a datagram that is
/// reflected, or sent on another link, does not open.
public struct KeyContext: Hashable, Sendable {
    public enum Traffic: UInt8, Sendable { case control = 0, data = 1 }
    /// `forward`: transmitter → receiver, or node → controller. `backward`: the other way.
    public enum Direction: UInt8, Sendable { case forward = 0, backward = 1 }

    public var link: String
    public var direction: Direction
    public var traffic: Traffic

    public init(link: String, direction: Direction, traffic: Traffic) {
        self.link = link
        self.direction = direction
        self.traffic = traffic
    }

    /// Images on `link`, transmitter → channel → receiver.
    public static func data(link: String) -> KeyContext { .init(link: link, direction: .forward, traffic: .data) }
    /// What `node` says to the controller.
    public static func toController(from node: String) -> KeyContext {
        .init(link: node, direction: .forward, traffic: .control)
    }
    /// What the controller says to `node`.
    public static func fromController(to node: String) -> KeyContext {
        .init(link: node, direction: .backward, traffic: .control)
    }

    /// 32 bits in the clear header by which a receiver finds the key; a hint, never an authority.
    public var identifier: UInt32 {
        let digest = Secret.hash(context(epoch: nil), key: [])
        return UInt32(digest[0]) | UInt32(digest[1]) << 8 | UInt32(digest[2]) << 16 | UInt32(digest[3]) << 24
    }

    /// The key of this lane for one incarnation of its sender.
    func key(_ secret: Secret, epoch: UInt16) -> [UInt8] { Secret.hash(context(epoch: epoch), key: secret.bytes) }

    private func context(epoch: UInt16?) -> [UInt8] {
        var writer = ByteWriter()
        writer.text("gensemcom 1")
        writer.integer(traffic.rawValue)
        writer.integer(direction.rawValue)
        writer.text(link)
        if let epoch { writer.integer(epoch) }
        return writer.bytes
    }
}
