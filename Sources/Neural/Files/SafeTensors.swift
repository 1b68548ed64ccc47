import Files
import Foundation

/// A memory-mapped safetensors file: names, shapes, and tensors widened to single precision on demand.
///
/// Format: eight bytes of little-endian header length, a JSON header, then the raw numbers. F32, F16, BF16, F64,
/// I64 and I32 are read; anything else is refused by name.
public final class SafeTensors: Sendable {
    public enum Failure: Error, CustomStringConvertible, Equatable {
        case unreadable(path: String, reason: String)
        case malformed(path: String, reason: String)
        case missing(path: String, name: String)
        case wrongShape(path: String, name: String, expected: [Int], found: [Int])
        case unsupported(path: String, name: String, type: String)
        /// A number that is NaN or infinite, or an integer that a single-precision number cannot tell from its
        /// neighbours.
        case unusable(path: String, name: String, reason: String)

        public var description: String {
            switch self {
            case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
            case .malformed(let path, let reason): "\(path): not a safetensors file: \(reason)"
            case .missing(let path, let name): "\(path): tensor '\(name)' is missing"
            case .wrongShape(let path, let name, let expected, let found):
                "\(path): tensor '\(name)' has shape \(found), expected \(expected)"
            case .unsupported(let path, let name, let type): "\(path): tensor '\(name)' has unsupported type \(type)"
            case .unusable(let path, let name, let reason): "\(path): tensor '\(name)' \(reason)"
            }
        }
    }

    struct Entry: Decodable, Sendable {
        let dtype: String
        let shape: [Int]
        let data_offsets: [Int]

        /// Whether `count` numbers of this type fill the bytes between the offsets exactly; of a type that is not read,
        /// the offsets alone are looked at.
        func lies(within size: Int, count: Int) -> Bool {
            guard data_offsets.count == 2, data_offsets[0] >= 0, data_offsets[0] <= data_offsets[1],
                data_offsets[1] <= size
            else {
                return false
            }
            guard let width = SafeTensors.width(of: dtype) else { return true }
            let (bytes, overflow) = count.multipliedReportingOverflow(by: width)
            return !overflow && data_offsets[1] - data_offsets[0] == bytes
        }
    }

    public let path: String
    /// What the file says about itself.
    public let metadata: [String: String]
    let entries: [String: Entry]
    let bytes: Data
    let start: Int

    /// - Throws: ``Failure`` naming the file and what is wrong with it.
    public init(path: String) throws {
        self.path = path
        // A pipe or a device cannot be mapped, and would be waited for.
        var status = stat()
        if stat(path, &status) == 0, ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) {
            throw Failure.unreadable(path: path, reason: "it is no plain file")
        }
        do {
            bytes = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        } catch {
            throw Failure.unreadable(
                path: path,
                reason: FileManager.default.fileExists(atPath: path) ? error.localizedDescription : "no such file")
        }
        // What a failed download or another framework leaves is named as what it is; a valid file begins otherwise.
        if let kind = FileKind(bytes.prefix(512)) {
            throw Failure.unreadable(path: path, reason: "it is \(kind.rawValue)")
        }
        guard bytes.count >= 8 else { throw Failure.malformed(path: path, reason: "shorter than its header") }
        let length = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(bytes.count - 8), length <= 100_000_000 else {
            throw Failure.malformed(
                path: path, reason: "its header claims \(length) bytes, the file has \(bytes.count)")
        }
        start = 8 + Int(length)
        let header: [String: HeaderValue]
        do {
            header = try JSONDecoder().decode([String: HeaderValue].self, from: bytes.subdata(in: 8..<start))
        } catch {
            throw Failure.malformed(path: path, reason: "its header is not the JSON expected")
        }
        var entries: [String: Entry] = [:]
        var metadata: [String: String] = [:]
        for (name, value) in header {
            guard case .entry(let entry) = value else {
                if case .metadata(let texts) = value { metadata.merge(texts) { $1 } }
                continue
            }
            var count = 1
            for extent in entry.shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: extent)
                guard extent >= 0, !overflow else {
                    throw Failure.malformed(
                        path: path, reason: "tensor '\(name)' has an impossible shape \(entry.shape)")
                }
                count = product
            }
            guard entry.lies(within: bytes.count - start, count: count) else {
                throw Failure.malformed(
                    path: path, reason: "tensor '\(name)' does not lie within the file (truncated?)")
            }
            entries[name] = entry
        }
        try Self.checkOverlaps(entries, path: path)
        try Self.checkDuplicates(bytes[8..<start], names: header.count, path: path)
        self.entries = entries
        self.metadata = metadata
    }

    enum HeaderValue: Decodable {
        case entry(Entry)
        case metadata([String: String])

        init(from decoder: any Decoder) throws {
            if let entry = try? Entry(from: decoder) {
                self = .entry(entry)
            } else {
                self = .metadata(try [String: String](from: decoder))
            }
        }
    }

    static func width(of dtype: String) -> Int? {
        switch dtype {
        case "F64", "I64": 8
        case "F32", "I32": 4
        case "F16", "BF16": 2
        default: nil
        }
    }

    /// Whether two tensors claim the same bytes: a file made to confuse, or by a broken tool.
    private static func checkOverlaps(_ entries: [String: Entry], path: String) throws {
        let placed = entries.filter { $0.value.data_offsets[0] < $0.value.data_offsets[1] }.sorted {
            ($0.value.data_offsets[0], $0.key) < ($1.value.data_offsets[0], $1.key)
        }
        for (first, second) in zip(placed, placed.dropFirst())
        where second.value.data_offsets[0] < first.value.data_offsets[1] {
            throw Failure.malformed(path: path, reason: "tensors '\(first.key)' and '\(second.key)' share bytes")
        }
    }

    /// JSON decoders keep one of two entries of a name and say nothing: count the keys of the outermost object.
    private static func checkDuplicates(_ header: Data, names: Int, path: String) throws {
        var (depth, keys, isInText, isEscaped) = (0, 0, false, false)
        for byte in header {
            if isInText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else {
                    isInText = byte != UInt8(ascii: "\"")
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ":") where depth == 1: keys += 1
            default: break
            }
        }
        guard keys == names else { throw Failure.malformed(path: path, reason: "its header names a tensor twice") }
    }

    public var names: [String] { entries.keys.sorted() }
    public func shape(of name: String) -> [Int]? { entries[name]?.shape }

    /// The tensor of that name; `shape`, where given, must be the file's own.
    ///
    /// - Throws: ``Failure/missing(path:name:)``, ``Failure/wrongShape(path:name:expected:found:)`` or
    ///   ``Failure/unsupported(path:name:type:)``.
    public func tensor(_ name: String, shape expected: [Int]? = nil) throws -> Tensor {
        guard let entry = entries[name] else { throw Failure.missing(path: path, name: name) }
        if let expected, expected != entry.shape {
            throw Failure.wrongShape(path: path, name: name, expected: expected, found: entry.shape)
        }
        let count = entry.shape.reduce(1, *)
        let offset = start + entry.data_offsets[0]
        // Unaligned loads straight from the mapping: a tensor is copied once, widened on the way.
        let values: [Float]? = bytes.withUnsafeBytes { (raw: UnsafeRawBufferPointer) -> [Float]? in
            func read<T: BitwiseCopyable>(_: T.Type, _ widen: (T) -> Float) -> [Float] {
                [Float](unsafeUninitializedCapacity: count) { buffer, initialised in
                    for i in 0..<count {
                        buffer[i] = widen(
                            raw.loadUnaligned(fromByteOffset: offset + i * MemoryLayout<T>.size, as: T.self))
                    }
                    initialised = count
                }
            }
            switch entry.dtype {
            case "F32": return read(Float.self) { $0 }
            case "F16": return read(UInt16.self, Self.widened)
            case "BF16": return read(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
            case "F64": return read(Double.self) { Float($0) }
            case "I64": return read(Int64.self) { Float($0) }
            case "I32": return read(Int32.self) { Float($0) }
            default: return nil
            }
        }
        guard let values else { throw Failure.unsupported(path: path, name: name, type: entry.dtype) }
        // One pass over what is loaded anyway: damaged weights must not come out as a strange picture.
        guard Self.areFinite(values) else {
            throw Failure.unusable(path: path, name: name, reason: "holds numbers that are not finite")
        }
        return Tensor(shape: entry.shape, values: values)
    }

    /// A number of 16 bits, exactly. Without instructions for it the compiler calls a function a number; this it
    /// vectorises: the exponent is moved to its place, then corrected by a product, which also normalises what is not.
    @inline(__always)
    static func widened(_ half: UInt16) -> Float {
        let bits = UInt32(half)
        let magnitude = Float(bitPattern: (bits & 0x7fff) << 13) * 0x1p112
        let special: UInt32 = bits & 0x7c00 == 0x7c00 ? 0x7f80_0000 : 0
        return Float(bitPattern: magnitude.bitPattern | special | (bits & 0x8000) << 16)
    }

    private static func areFinite(_ values: [Float]) -> Bool {
        values.withUnsafeBufferPointer { values in
            // x − x is 0, or NaN where x is none or infinite; a sum of them vectorises, an early exit would not.
            var marks: UInt32 = 0
            for value in values { marks |= (value - value).bitPattern }
            return marks == 0
        }
    }

    /// A tensor of whole numbers, exactly: what tables of an entropy coder are made of.
    ///
    /// - Throws: as ``tensor(_:shape:)``; ``Failure/unusable(path:name:reason:)`` where a number is no integer of 32
    ///   bits.
    public func integers(_ name: String, shape expected: [Int]? = nil) throws -> (shape: [Int], values: [Int32]) {
        let entry = entries[name]
        let found = try tensor(name, shape: expected)
        let failure = Failure.unusable(path: path, name: name, reason: "holds numbers that are not integers of 32 bits")
        guard let entry, entry.dtype == "I32" || entry.dtype == "I64" else {
            return (
                found.shape,
                try found.values.map {
                    guard let value = Int32(exactly: $0), abs($0) <= 16_777_216 else { throw failure }
                    return value
                }
            )
        }
        let offset = start + entry.data_offsets[0]
        return try bytes.withUnsafeBytes { raw in
            let values = try found.values.indices.map { index -> Int32 in
                if entry.dtype == "I32" { return raw.loadUnaligned(fromByteOffset: offset + 4 * index, as: Int32.self) }
                guard let value = Int32(exactly: raw.loadUnaligned(fromByteOffset: offset + 8 * index, as: Int64.self))
                else {
                    throw failure
                }
                return value
            }
            return (found.shape, values)
        }
    }
}
