/// Why a channel node cannot play its part.
package enum ChannelFailure: Error, Equatable, Sendable, CustomStringConvertible {
    case unreadableTrace(String)
    case noLinks(String)

    package var description: String {
        switch self {
        case .unreadableTrace(let path): "cannot read the trace “\(path)” as text"
        case .noLinks(let name): "no link of the topology goes through “\(name)”"
        }
    }
}
