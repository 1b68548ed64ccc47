import Imaging
import Topologies

/// Another codec than ours, which fills a budget with one file.
struct ForeignCodec: Sendable {
    /// Four letters at the head of its preamble.
    let magic: String
    /// Of its files.
    let ending: String
    /// At most so many bytes; nil where they hold nothing.
    let encode: @Sendable (_ picture: Image, _ bytes: Int) throws -> [UInt8]?
    /// - Parameter partial: whether the file's end is missing.
    let decode: @Sendable (_ file: [UInt8], _ partial: Bool) throws -> Image
}

extension SchemeKind {
    /// The codecs that come with the testbed; nil for ours, and for programs.
    var codec: ForeignCodec? {
        switch self {
        case .jpeg2000:
            ForeignCodec(
                magic: "GSJ2", ending: "j2k", encode: { try JPEG2000.encode($0, bytes: $1) },
                decode: { try JPEG2000.decode($0, partial: $1, name: "codestream") })
        default: nil
        }
    }
}
