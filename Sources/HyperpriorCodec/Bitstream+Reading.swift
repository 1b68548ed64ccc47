import EntropyCoding
import Imaging
import SideInformation

extension Bitstream {
    /// A stream without its slices, as a receiver knows it first.
    ///
    /// - Throws: ``CodecFailure``.
    public init(preamble bytes: [UInt8]) throws {
        var rest = bytes[...]
        let partial: Bool
        (self, partial) = try Self.read(&rest)
        guard !partial, rest.isEmpty else {
            throw CodecFailure.malformed(section: "preamble", reason: "\(rest.count) bytes follow it")
        }
    }

    /// A stream as ``serialised()`` writes it.
    ///
    /// - Throws: ``CodecFailure``.
    public init(serialised bytes: [UInt8]) throws {
        var rest = bytes[...]
        let partial: Bool
        (self, partial) = try Self.read(&rest)
        var present = [Bool](repeating: true, count: slices.count)
        if partial {
            let length = (present.count + 7) / 8
            guard rest.count >= length else { throw CodecFailure.truncated(section: "map of slices") }
            for i in present.indices { present[i] = rest[rest.startIndex + i / 8] >> UInt8(i % 8) & 1 == 1 }
            rest = rest.dropFirst(length)
        }
        for i in present.indices where present[i] {
            let length = table.entries[i].byteCount
            guard rest.count >= length else { throw CodecFailure.truncated(section: "slice \(i)") }
            slices[i] = Array(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        guard rest.isEmpty else {
            throw CodecFailure.malformed(section: "end", reason: "\(rest.count) bytes follow the last slice")
        }
    }

    private static func read(_ rest: inout ArraySlice<UInt8>) throws -> (Bitstream, partial: Bool) {
        var reader = SectionReader(rest: rest)
        let (header, flags) = try readHeader(&reader)
        let lengths = (try reader.variable(), try reader.variable(), try reader.variable())
        let layoutLength = flags & hasLayout == 0 ? 0 : try reader.variable()
        guard flags & hasLayout == 0 || (1...Layout.mostBytes).contains(layoutLength) else {
            throw CodecFailure.malformed(
                section: "layout", reason: "\(layoutLength) bytes; expected 1 to \(Layout.mostBytes)")
        }
        let promptBytes = Array(try reader.take(lengths.0, "prompt"))
        let layoutBytes = Array(try reader.take(layoutLength, "layout"))
        let maskBytes = Array(try reader.take(lengths.1, "mask"))
        let sections = Sections(
            prompt: promptBytes, layout: layoutBytes, mask: maskBytes,
            hyper: Array(try reader.take(lengths.2, "hyper section")))
        let (rows, columns) = latentSize(width: header.width, height: header.height)
        var coder = BitDecoder(maskBytes[...])
        let (prompt, mask): (String, Mask)
        do throws(MalformedSection) {
            prompt = try PromptCode.decode(promptBytes[...])
            mask = try MaskCode.decode(rows: rows, columns: columns, with: &coder)
        } catch { throw CodecFailure(error) }
        let table = try SliceTable(cells: mask.count, with: &coder)
        let stream = Bitstream(
            header: header, prompt: prompt, mask: mask, table: table, sections: sections,
            slices: .init(repeating: nil, count: table.entries.count))
        rest = reader.rest
        return (stream, flags & isPartial != 0)
    }

    private static func readHeader(_ reader: inout SectionReader) throws -> (Header, flags: UInt8) {
        let flags = try reader.byte()
        guard flags & 0xF8 == magic else { throw CodecFailure.notAStream }
        let model = try reader.word()
        let rate = Int(try reader.byte())
        let gain = flags & hasGain == 0 ? nil : Float(bitPattern: try reader.word())
        let (width, height) = (try reader.variable(), try reader.variable())
        guard (1...greatestExtent).contains(width), (1...greatestExtent).contains(height) else {
            throw CodecFailure.unsupportedSize(width: width, height: height)
        }
        let alphaBytes = try reader.take(2, "header")
        let alpha = UInt16(alphaBytes.first!) | UInt16(alphaBytes.last!) << 8
        guard alpha <= 10000 else {
            throw CodecFailure.malformed(section: "header", reason: "α of \(Float(alpha) / 10000)")
        }
        let information = Float(bitPattern: try reader.word())
        guard information.isFinite, information >= 0 else {
            throw CodecFailure.malformed(section: "header", reason: "reference information of \(information)")
        }
        if let gain, !(gain > 1e-4 && gain < 1e4) {
            throw CodecFailure.malformed(section: "header", reason: "a gain of \(gain)")
        }
        guard (rate == 0) == (gain != nil) else {
            throw CodecFailure.malformed(section: "header", reason: "both or neither of rate and gain")
        }
        let header = Header(
            width: width, height: height, rate: rate, gain: gain, alpha: Float(alpha) / 10000, model: model,
            referenceInformation: information)
        return (header, flags)
    }
}

/// Takes a preamble apart from its front.
private struct SectionReader {
    var rest: ArraySlice<UInt8>

    mutating func take(_ count: Int, _ section: String) throws -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw CodecFailure.truncated(section: section) }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func byte() throws -> UInt8 { try take(1, "header").first! }

    /// 32 bits, the lowest byte first.
    mutating func word() throws -> UInt32 { try take(4, "header").reversed().reduce(0) { $0 << 8 | UInt32($1) } }

    /// Seven bits a byte, the lowest first; the last byte is below 128.
    mutating func variable() throws -> Int {
        var value = 0
        for shift in stride(from: 0, to: 28, by: 7) {
            let byte = try byte()
            value |= Int(byte & 127) << shift
            if byte < 128 { return value }
        }
        throw CodecFailure.malformed(section: "header", reason: "a number of more than 28 bits")
    }
}
