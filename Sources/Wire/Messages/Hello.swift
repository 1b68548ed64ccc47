/// node → controller: who I am and where I listen. Sent until it is acknowledged; a node that comes back after a
/// crash says it again with a higher epoch.
public struct Hello: WireValue {
    public var role: NodeRole
    /// Which incarnation of the node this is, counted from 0 by the launcher.
    public var epoch: UInt16
    /// Hash of the codec weights the node loaded; 0 where it has none. Transmitter and receiver must agree.
    public var modelIdentity: UInt64
    public var ports: [PortBinding]

    public init(role: NodeRole, epoch: UInt16, modelIdentity: UInt64, ports: [PortBinding] = []) {
        self.role = role
        self.epoch = epoch
        self.modelIdentity = modelIdentity
        self.ports = ports
    }

    public func write(to writer: inout ByteWriter) {
        role.write(to: &writer)
        writer.integer(epoch)
        writer.integer(modelIdentity)
        writer.list(ports)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        role = try NodeRole(from: &reader)
        epoch = try reader.integer("epoch")
        modelIdentity = try reader.integer("model identity")
        ports = try reader.list("ports")
    }
}

/// What a process is in a run.
public enum NodeRole: UInt8, WireValue, CaseIterable {
    case controller = 0
    case transmitter = 1
    case channel = 2
    case receiver = 3

    public func write(to writer: inout ByteWriter) { writer.integer(rawValue) }

    public init(from reader: inout ByteReader) throws(WireError) {
        let value: UInt8 = try reader.integer("role")
        guard let role = NodeRole(rawValue: value) else { throw .unknown(field: "role", value: UInt64(value)) }
        self = role
    }
}
