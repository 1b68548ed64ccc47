/// What can be wrong with a picture or a numeric array in a file; each is one line that names the file.
public enum ImageFailure: Error, CustomStringConvertible, Equatable {
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    /// Neither PNG, JPEG, WebP, PPM nor JPEG 2000, judged by the first bytes.
    case unknownFormat(path: String)
    /// Truncated, hostile, absurdly large, or of a kind that is not accepted.
    case malformed(path: String, format: String, reason: String)
    /// The name to write to ends in something no writer stands for.
    case unknownExtension(path: String, known: [String])
    /// An encoder of pixels in memory failed.
    case encoding(format: String, reason: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
        case .unwritable(let path, let reason): "\(path): cannot be written: \(reason)"
        case .unknownFormat(let path): "\(path): not a PNG, JPEG, WebP, PPM or JPEG 2000 picture"
        case .malformed(let path, let format, let reason): "\(path): \(format): \(reason)"
        case .unknownExtension(let path, let known):
            "\(path): unknown file type; it must end in \(known.joined(separator: ", "))"
        case .encoding(let format, let reason): "\(format) encoder: \(reason)"
        }
    }
}
