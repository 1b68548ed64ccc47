/// What keeps a file or folder of the user's from being read or written: one line that names it.
package enum FileFailure: Error, Equatable, Sendable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    /// A text that is no UTF-8, with what it seems to be instead.
    case notText(path: String, reason: String)
    case missingResource(String)
    case noWorkingFolder

    /// The line without the path, for errors that name it themselves.
    package var reason: String {
        switch self {
        case .unreadable(_, let reason): "cannot be read: \(reason)"
        case .unwritable(_, let reason): "cannot be written: \(reason)"
        case .notText(_, let reason): reason
        case .missingResource:
            "missing from the program's resources; the folders GenSemCom_*.resources belong beside the program"
        case .noWorkingFolder: "the working folder is gone; change to one that exists"
        }
    }

    /// The system's word alone.
    package var cause: String {
        switch self {
        case .unreadable(_, let reason), .unwritable(_, let reason), .notText(_, let reason): reason
        case .missingResource, .noWorkingFolder: reason
        }
    }

    package var description: String {
        switch self {
        case .unreadable(let path, _), .unwritable(let path, _), .notText(let path, _), .missingResource(let path):
            "\(path): \(reason)"
        case .noWorkingFolder: reason
        }
    }
}
