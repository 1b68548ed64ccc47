import CPlatform

/// An IP address and a port.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    public var storage: platform_endpoint

    init(_ storage: platform_endpoint) { self.storage = storage }

    /// - Parameter host: a numeric address or a name; IPv4 is preferred where a name has both.
    /// - Throws: `DatagramError.unknownHost`.
    public init(host: String, port: UInt16) throws(DatagramError) {
        var storage = platform_endpoint()
        guard platform_resolve(host, port, &storage) == 0 else { throw .unknownHost(host) }
        self.storage = storage
    }

    /// Reads `HOST:PORT`, `[IPv6]:PORT` or `:PORT` (any address).
    /// - Throws: `DatagramError.badEndpoint` or `.unknownHost`.
    public init(_ text: String) throws(DatagramError) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw .badEndpoint(text)
        }
        var host = String(text[..<colon])
        if host.hasPrefix("[") && host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        try self.init(host: host.isEmpty ? "0.0.0.0" : host, port: port)
    }

    /// A free port on the loopback interface.
    public static var loopback: Endpoint {
        var storage = platform_endpoint()
        storage.family = 4
        withUnsafeMutableBytes(of: &storage.address) {
            $0[0] = 127
            $0[3] = 1
        }
        return Endpoint(storage)
    }

    /// Every address of this host in the same family, on a free port: where to send to this endpoint from.
    public var anyOfSameFamily: Endpoint {
        var storage = platform_endpoint()
        storage.family = self.storage.family
        return Endpoint(storage)
    }

    /// Whether it is this host, whoever asks.
    public var isLoopback: Bool {
        withUnsafeBytes(of: storage.address) {
            $0[0] == 127 && storage.family == 4
                || storage.family == 6 && $0.dropLast().allSatisfy { $0 == 0 } && $0[15] == 1
        }
    }

    public var port: UInt16 {
        get { storage.port }
        set { storage.port = newValue }
    }

    /// The address without the port.
    public var host: String {
        let text = description
        let host = text[..<text.lastIndex(of: ":")!]
        return host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : String(host)
    }

    public var description: String {
        var storage = storage
        return String(unsafeUninitializedCapacity: 64) { buffer in
            buffer.withMemoryRebound(to: CChar.self) { Int(platform_endpoint_text(&storage, $0.baseAddress, 64)) }
        }
    }

    public static func == (a: Endpoint, b: Endpoint) -> Bool {
        a.storage.address.0 == b.storage.address.0 && a.storage.address.1 == b.storage.address.1 && a.port == b.port
            && a.storage.family == b.storage.family && a.storage.scope == b.storage.scope
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(storage.address.0)
        hasher.combine(storage.address.1)
        hasher.combine(port)
    }
}
