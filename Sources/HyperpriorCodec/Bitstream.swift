import EntropyCoding
import Imaging
import SideInformation

/// One coded picture: a preamble that must arrive whole, and slices that each stand alone.
///
///     preamble = header ‖ prompt ‖ layout ‖ mask and slice table ‖ hyper (ẑ)          slice k = its cells' symbols
///
/// Where there is a layout, the first byte says so; streams without one are as they were before there were layouts.
///
/// A file (`.gsc`) is the preamble and the slices one after the other; the slice table knows their lengths. Where
/// slices are missing, the file's first byte says so and a map of what is there follows the preamble.
public struct Bitstream: Equatable, Sendable {
    /// The greatest width or height coded, in pixels.
    public static let greatestExtent = 16384

    public struct Header: Equatable, Sendable {
        public var width: Int
        public var height: Int
        /// From 1; 0 where the gain is none of the catalogue's.
        public var rate: Int
        /// The gain g itself where `rate` is 0.
        public var gain: Float?
        /// The threshold the mask was made with, to 1/10,000.
        public var alpha: Float
        /// The low 32 bits of ``Catalogue/identity``.
        public var model: UInt32
        /// Σ log₂(1 + θʳ²/γ²) over the whole latent of the reference coder: the denominator of GVIF.
        public var referenceInformation: Float
    }

    /// What stands between header and slices, as bytes; `mask` with the table of the slices.
    struct Sections: Sendable, Equatable {
        var prompt: [UInt8]
        var layout: [UInt8]
        var mask: [UInt8]
        var hyper: [UInt8]
    }

    public let header: Header
    public let prompt: String
    /// Which colour lies where, for the cells that are not sent.
    public let layout: Layout?
    /// The cells the transmitter selected, width columns by height rows.
    public let mask: Mask
    let table: SliceTable
    let sections: Sections
    public internal(set) var slices: [[UInt8]?]

    public var sliceCount: Int { slices.count }
    public var isComplete: Bool { !slices.contains { $0 == nil } }
    /// How many bytes slice `index` has, arrived or not.
    public func byteCount(slice index: Int) -> Int { table.entries[index].byteCount }
    /// How many cells slice `index` holds.
    public func cellCount(slice index: Int) -> Int { table.entries[index].cells.count }

    /// Rows and columns of the latent of a picture: whole multiples of 4, for ẑ is another four times smaller.
    static func latentSize(width: Int, height: Int) -> (rows: Int, columns: Int) {
        ((height + 63) / 64 * 4, (width + 63) / 64 * 4)
    }

    /// From what the encoder made: codes prompt, mask and slice table.
    init(
        header: Header, prompt: String, layout: Layout? = nil, mask: Mask, table: SliceTable, hyper: [UInt8],
        slices: [[UInt8]?]
    ) {
        var coder = BitEncoder()
        MaskCode.encode(mask, with: &coder)
        table.encode(with: &coder)
        let sections = Sections(
            prompt: PromptCode.encode(prompt),
            layout: layout?.bytes(width: header.width, height: header.height) ?? [], mask: coder.finish(), hyper: hyper)
        self.init(header: header, prompt: prompt, mask: mask, table: table, sections: sections, slices: slices)
    }

    init(header: Header, prompt: String, mask: Mask, table: SliceTable, sections: Sections, slices: [[UInt8]?]) {
        self.header = header
        self.prompt = prompt
        self.mask = mask
        self.table = table
        self.sections = sections
        self.slices = slices
        layout =
            sections.layout.isEmpty
            ? nil : Layout(bytes: sections.layout, width: header.width, height: header.height)
    }

    /// The length of every part, in bits.
    public var bits: SectionBits {
        let length = 8 * (sections.prompt.count + sections.layout.count + sections.mask.count + sections.hyper.count)
        return SectionBits(
            header: 8 * preamble.count - length, prompt: 8 * (sections.prompt.count + sections.layout.count),
            layout: 8 * sections.layout.count,
            mask: 8 * sections.mask.count, hyper: 8 * sections.hyper.count,
            features: 8 * table.entries.reduce(0) { $0 + $1.byteCount })
    }

    // MARK: writing

    static let magic: UInt8 = 0xB0
    static let hasGain: UInt8 = 1
    static let isPartial: UInt8 = 2
    static let hasLayout: UInt8 = 4

    /// Everything but the slices; says its own length.
    public var preamble: [UInt8] { preamble(partial: false) }

    private func preamble(partial: Bool) -> [UInt8] {
        var bytes: [UInt8] = [
            Self.magic | (header.gain == nil ? 0 : Self.hasGain) | (partial ? Self.isPartial : 0)
                | (sections.layout.isEmpty ? 0 : Self.hasLayout)
        ]
        func put(_ word: UInt32) { for i in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(8 * i))) } }
        func put(variable value: Int) {
            var rest = value
            while rest >= 128 {
                bytes.append(UInt8(rest & 127 | 128))
                rest >>= 7
            }
            bytes.append(UInt8(rest))
        }
        put(header.model)
        bytes.append(UInt8(header.rate))
        if let gain = header.gain { put(gain.bitPattern) }
        put(variable: header.width)
        put(variable: header.height)
        let alpha = UInt16((max(0, min(1, header.alpha)) * 10000).rounded())
        bytes += [UInt8(truncatingIfNeeded: alpha), UInt8(alpha >> 8)]
        put(header.referenceInformation.bitPattern)
        put(variable: sections.prompt.count)
        put(variable: sections.mask.count)
        put(variable: sections.hyper.count)
        if !sections.layout.isEmpty { put(variable: sections.layout.count) }
        return bytes + sections.prompt + sections.layout + sections.mask + sections.hyper
    }

    /// The whole stream as a file. Where slices are missing it can still be read back.
    public func serialised() -> [UInt8] {
        if isComplete { return slices.reduce(into: preamble) { $0 += $1! } }
        var bytes = preamble(partial: true)
        var map = [UInt8](repeating: 0, count: (slices.count + 7) / 8)
        for (i, slice) in slices.enumerated() where slice != nil { map[i / 8] |= 1 << UInt8(i % 8) }
        bytes += map
        for case let slice? in slices { bytes += slice }
        return bytes
    }

    // MARK: arriving

    /// Takes in a slice that arrived.
    ///
    /// - Throws: ``CodecFailure/badSlice(index:reason:)`` where the preamble announces none such.
    public mutating func insert(slice bytes: [UInt8], index: Int) throws {
        guard slices.indices.contains(index) else {
            throw CodecFailure.badSlice(index: index, reason: "the stream has \(slices.count)")
        }
        let expected = table.entries[index].byteCount
        guard bytes.count == expected else {
            throw CodecFailure.badSlice(
                index: index, reason: "it has \(bytes.count) bytes, the preamble announces \(expected)")
        }
        slices[index] = bytes
    }

    /// Forgets a slice: what a loss does.
    public mutating func remove(slice index: Int) { slices[index] = nil }
}
