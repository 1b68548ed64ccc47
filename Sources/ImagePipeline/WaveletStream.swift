import Channels
import HyperpriorCodec
import Imaging
import Records
import Roles
import Topologies
import Wire

/// A JPEG 2000 codestream on its way through a link: a preamble that says what to expect, and the codestream in slices.
///
/// ```
/// preamble  0       4       6        8           12
///           ├ GSJ2 ─┼ width ┼ height ┼ codestream ┤   lengths in pixels and bytes, little-endian
/// ```
/// Slices are pieces of one progressive codestream: what follows a gap is of no use.
struct WaveletStream: Sendable {
    var width: Int
    var height: Int
    /// Length of the whole codestream in bytes; zero where the budget held none.
    var length: Int
    /// Slice 0 first.
    var slices: [[UInt8]]

    static let magic: [UInt8] = Array("GSJ2".utf8)
    static let preambleLength = 12

    enum Failure: Error, CustomStringConvertible {
        case preamble
        case nothing
        case size(Image)

        var description: String {
            switch self {
            case .preamble: "JPEG 2000: the preamble is not one"
            case .nothing: "JPEG 2000: no codestream, or its beginning is missing"
            case .size(let image):
                "JPEG 2000: a picture of \(image.width)×\(image.height) pixels, which the preamble does not announce"
            }
        }
    }

    /// The best codestream of at most `bytes` bytes; an empty one where that holds none.
    /// - Throws: `ImageFailure` where OpenJPEG fails.
    init(_ image: Image, bytes: Int, slicePayload: Int) throws {
        (width, height) = (image.width, image.height)
        let stream = try bytes > 0 ? JPEG2000.encode(image, bytes: bytes) ?? [] : []
        length = stream.count
        slices = stride(from: 0, to: stream.count, by: slicePayload).map {
            Array(stream[$0..<min($0 + slicePayload, stream.count)])
        }
    }

    /// What came in: slices up to the first gap.
    /// - Throws: `Failure.preamble`.
    init(preamble: [UInt8], slices received: [ReceivedImage.Slice]) throws {
        guard preamble.count == Self.preambleLength, Array(preamble[..<4]) == Self.magic else { throw Failure.preamble }
        func number(_ from: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(preamble[from + $1]) << (8 * $1) }
        }
        (width, height, length) = (number(4, 2), number(6, 2), number(8, 4))
        slices = received.enumerated().prefix { $0.offset == $0.element.index }.map(\.element.bytes)
    }

    var preamble: [UInt8] {
        func bytes(_ value: Int, _ count: Int) -> [UInt8] {
            (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        return Self.magic + bytes(width, 2) + bytes(height, 2) + bytes(length, 4)
    }

    var codestream: [UInt8] { slices.flatMap { $0 } }

    /// Share of the codestream that is at hand without a gap.
    var share: Double { length == 0 ? 0 : min(1, Double(slices.reduce(0) { $0 + $1.count }) / Double(length)) }

    /// The picture, as far as the codestream reaches.
    /// - Throws: `Failure`, or `ImageFailure` where OpenJPEG makes nothing of it.
    func image() throws -> Image {
        guard !slices.isEmpty else { throw Failure.nothing }
        let image = try JPEG2000.decode(codestream, partial: share < 1, name: "codestream")
        guard image.width == width, image.height == height else { throw Failure.size(image) }
        return image
    }
}

extension TransmitterWorkshop {
    /// Bytes of codestream that fit a budget beside the preamble, and beside each datagram's own headers where they count.
    func waveletBytes(budgetBits: Int) -> Int {
        let bytes = budgetBits / 8 - WaveletStream.preambleLength
        guard scheme.accounting == .wire else { return bytes }
        let overhead = overheadBits / 8
        let left = bytes - overhead
        return left - (left + scheme.slicePayload + overhead - 1) / (scheme.slicePayload + overhead) * overhead
    }

    /// JPEG 2000 at the budget.
    func encodeWavelet(_ prepared: PreparedImage, _ setting: Setting) -> JobResult<EncodedImage> {
        JobResult {
            guard let picture = prepared.picture else {
                throw InputError(
                    "image \(prepared.image): JPEG 2000 needs the picture, which a preencoded run does not keep")
            }
            var stages = StageClock(clock)
            let stream = try WaveletStream(
                picture, bytes: waveletBytes(budgetBits: scheme.firstBits(of: Int(clamping: setting.budgetBits))),
                slicePayload: scheme.slicePayload)
            let datagrams = try ImagePacketiser.datagrams(
                image: prepared.image, preamble: stream.preamble, slices: stream.slices)
            stages.mark(.encode)
            return EncodedImage(
                image: prepared.image, alpha: 0, rate: 0, datagrams: datagrams, overheadBits: overheadBits,
                sliceCount: stream.slices.count,
                bits: SectionBits(
                    header: UInt64(WaveletStream.preambleLength * 8), prompt: 0, mask: 0, hyper: 0,
                    features: UInt64(stream.length * 8)),
                theoreticalBits: Double((WaveletStream.preambleLength + stream.length) * 8), stages: stages.timings,
                streamFile: stream.length > 0 ? "\(base(prepared.image)).j2k" : nil,
                file: stream.length > 0 ? stream.codestream : nil)
        }
    }
}
