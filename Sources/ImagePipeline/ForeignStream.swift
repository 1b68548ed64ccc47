import Roles
import Topologies

/// Another codec's file on its way through a link: a preamble that says what to expect, and the file in slices.
///
/// ```
/// preamble  0       4       6        8     12
///           ├ magic ┼ width ┼ height ┼ file ┤
/// ```
/// The magic is the codec's (``ForeignCodec``) or GSXC; lengths in pixels and bytes, little-endian.
///
/// Slices are pieces of one file: what follows a gap is of no use.
struct ForeignStream: Sendable {
    var kind: SchemeKind
    var width: Int
    var height: Int
    /// Length of the whole file in bytes; zero where the budget held none.
    var length: Int
    /// Slice 0 first.
    var slices: [[UInt8]]

    static let preambleLength = 12

    enum Failure: Error, CustomStringConvertible {
        case preamble(SchemeKind)
        case nothing(SchemeKind)
        case size(SchemeKind, width: Int, height: Int)

        var description: String {
            switch self {
            case .preamble(let kind): "\(kind.title): the preamble is not one"
            case .nothing(let kind): "\(kind.title): no codestream, or its beginning is missing"
            case .size(let kind, let width, let height):
                "\(kind.title): a picture of \(width)×\(height) pixels, which the preamble does not announce"
            }
        }
    }

    private static func magic(_ kind: SchemeKind) -> [UInt8] { Array((kind.codec?.magic ?? "GSXC").utf8) }

    init(_ kind: SchemeKind, width: Int, height: Int, file: [UInt8], slicePayload: Int) {
        (self.kind, self.width, self.height) = (kind, width, height)
        length = file.count
        slices = stride(from: 0, to: file.count, by: slicePayload).map {
            Array(file[$0..<min($0 + slicePayload, file.count)])
        }
    }

    /// What came in: slices up to the first gap.
    ///
    /// - Throws: `Failure.preamble`.
    init(_ kind: SchemeKind, preamble: [UInt8], slices received: [ReceivedImage.Slice]) throws {
        guard preamble.count == Self.preambleLength, Array(preamble[..<4]) == Self.magic(kind) else {
            throw Failure.preamble(kind)
        }
        func number(_ from: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(preamble[from + $1]) << (8 * $1) }
        }
        self.kind = kind
        (width, height, length) = (number(4, 2), number(6, 2), number(8, 4))
        slices = received.enumerated().prefix { $0.offset == $0.element.index }.map(\.element.bytes)
    }

    var preamble: [UInt8] {
        func bytes(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        return Self.magic(kind) + bytes(width, 2) + bytes(height, 2) + bytes(length, 4)
    }

    /// The file, as far as it is at hand without a gap.
    var file: [UInt8] { slices.flatMap { $0 } }

    /// Share of the file that is.
    var share: Double { length == 0 ? 0 : min(1, Double(slices.reduce(0) { $0 + $1.count }) / Double(length)) }
}
