/// controller → node: the addresses a node sends to, once all have said hello, and again when one comes back
/// after a crash.
public struct Peers: WireValue {
    public var peers: [Peer]

    public init(peers: [Peer] = []) {
        self.peers = peers
    }

    public func write(to writer: inout ByteWriter) {
        writer.list(peers)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        peers = try reader.list("peers")
    }
}
