/// Why files did not come from one host to another, in one line that names the file.
package enum TransferFailure: Error, Equatable, CustomStringConvertible {
    /// A name that another host could not write down.
    case badName(String)
    case unreadable(String)
    /// What came is not what was offered.
    case changed(String)
    /// The other side said what it may not.
    case protocolBroken(String)

    package var description: String {
        switch self {
        case .badName(let path): "\(path): its name cannot be sent to another host (control characters, or too long)"
        case .unreadable(let path): "\(path): cannot be read, though a node on another host needs it"
        case .changed(let name): "\(name): is not what was offered: it changed, or was damaged, while it was sent"
        case .protocolBroken(let words): "the other side broke the protocol: \(words)"
        }
    }
}
