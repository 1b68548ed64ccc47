import Glibc

/// What can go wrong with a socket, in one line that names it.
public enum DatagramError: Error, Equatable, Sendable, CustomStringConvertible {
    case unknownHost(String)
    case badEndpoint(String)
    case portInUse(Endpoint)
    case cannotBind(Endpoint, code: Int32)
    case cannotMakeDevice(String, code: Int32)
    case system(call: String, code: Int32)

    /// Something failed and the system did not say why.
    package static func broken(_ call: String) -> DatagramError { .system(call: call, code: EIO) }

    /// Whether the system has run out of something, or broken; otherwise what was asked for is at fault.
    public var isMachineFailure: Bool {
        switch self {
        case .system: true
        case .cannotBind(_, let code): [EMFILE, ENFILE, ENOMEM, ENOBUFS].contains(code)
        case .unknownHost, .badEndpoint, .portInUse, .cannotMakeDevice: false
        }
    }

    public var description: String {
        switch self {
        case .unknownHost(let host): "unknown host '\(host)'"
        case .badEndpoint(let text): "'\(text)' is not HOST:PORT"
        case .portInUse(let endpoint): "port \(endpoint.port) is in use (\(endpoint))"
        case .cannotBind(let endpoint, let code): "cannot listen on \(endpoint): \(String(cString: strerror(code)))"
        case .cannotMakeDevice(let name, let code):
            "cannot make the network device '\(name)': \(String(cString: strerror(code)))"
                + (code == EPERM
                    ? "; it takes root, or CAP_NET_ADMIN" : code == EBUSY ? "; another program has it" : "")
        case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
        }
    }
}
