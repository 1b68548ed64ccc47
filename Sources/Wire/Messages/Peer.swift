/// Where one end of a link listens.
public struct Peer: WireValue {
    /// The link whose datagrams are to be sent there.
    public var link: String
    /// The node that listens.
    public var name: String
    public var role: NodeRole
    /// Incarnation of the *sender* on this link, whose datagrams the node is to accept.
    public var epoch: UInt16
    public var host: String
    public var port: UInt16

    public init(link: String, name: String, role: NodeRole, epoch: UInt16, host: String, port: UInt16) {
        self.link = link
        self.name = name
        self.role = role
        self.epoch = epoch
        self.host = host
        self.port = port
    }

    public func write(to writer: inout ByteWriter) {
        writer.text(link)
        writer.text(name)
        role.write(to: &writer)
        writer.integer(epoch)
        writer.text(host)
        writer.integer(port)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        link = try reader.text("link")
        name = try reader.text("name")
        role = try NodeRole(from: &reader)
        epoch = try reader.integer("epoch")
        host = try reader.text("host")
        port = try reader.integer("port")
    }
}
