/// Why a model's folder was refused: always one line that names the file and the entry at fault.
package enum ModelFailure: Error, CustomStringConvertible, Equatable {
    case unreadable(path: String, reason: String)
    case configuration(path: String, key: String, reason: String)
    case weights(String)

    package var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path): \(reason)"
        case .configuration(let path, let key, let reason): "\(path): '\(key)' \(reason)"
        case .weights(let text): text
        }
    }
}
