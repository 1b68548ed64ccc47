/// Where one end of a link listens.
public struct Peer: WireValue {
    /// The link whose datagrams are to be sent there.
    public var link: String
    public var role: NodeRole
    public var host: String
    public var port: UInt16

    public init(link: String, role: NodeRole, host: String, port: UInt16) {
        self.link = link
        self.role = role
        self.host = host
        self.port = port
    }

    public func write(to writer: inout ByteWriter) {
        writer.text(link)
        role.write(to: &writer)
        writer.text(host)
        writer.integer(port)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        link = try reader.text("link")
        role = try NodeRole(from: &reader)
        host = try reader.text("host")
        port = try reader.integer("port")
    }
}
