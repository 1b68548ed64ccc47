/// An array of numbers in NumPy's `.npy` format, widened to single precision.
///
/// Read: versions 1 to 3, little-endian float16/32/64, signed and unsigned integers up to 32 bits, booleans,
/// C or Fortran order. Written: float32, C order.
public struct NumPyArray: Equatable, Sendable {
    public let shape: [Int]
    /// Row-major: the last dimension runs fastest.
    public let values: [Float]

    public init(shape: [Int], values: [Float]) {
        precondition(shape.reduce(1, *) == values.count, "shape \(shape) does not hold \(values.count) values")
        self.shape = shape
        self.values = values
    }

    /// - Throws: ``ImageFailure``.
    public init(contentsOf path: String) throws(ImageFailure) {
        try self.init(bytes: readFile(path), name: path)
    }

    public init(bytes: [UInt8], name: String) throws(ImageFailure) {
        func refuse(_ reason: String) -> ImageFailure { .malformed(path: name, format: "NPY", reason: reason) }
        guard bytes.count >= 12, bytes.starts(with: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]) else {
            throw refuse("not a NumPy array")
        }
        let lengthBytes = bytes[6] == 1 ? 2 : 4
        let length = bytes[8..<8 + lengthBytes].reversed().reduce(0) { $0 << 8 | Int($1) }
        let start = 8 + lengthBytes + length
        guard start <= bytes.count else { throw refuse("the header ends too early (truncated?)") }
        let header = String(decoding: bytes[(8 + lengthBytes)..<start], as: UTF8.self)
        guard let type = Self.field("descr", of: header)?.split(separator: "'").first.map(String.init),
            let extents = Self.field("shape", of: header)?.drop(while: { $0 != "(" }).dropFirst().prefix(while: {
                $0 != ")"
            })
        else { throw refuse("its header lacks descr or shape") }
        let shape = extents.split(separator: ",").compactMap { Int($0.filter { !$0.isWhitespace }) }
        var count = 1
        for extent in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard extent >= 0, !overflow, product <= 1 << 31 else { throw refuse("impossible shape (\(extents))") }
            count = product
        }
        let data = bytes[start...]
        func read<T: BitwiseCopyable>(_: T.Type, _ widen: (T) -> Float) throws(ImageFailure) -> [Float] {
            guard data.count >= count * MemoryLayout<T>.size else {
                throw refuse(
                    "shape (\(extents)) needs \(count * MemoryLayout<T>.size) bytes, the file holds "
                        + "\(data.count) (truncated?)"
                )
            }
            return data.withUnsafeBytes { raw in
                (0..<count).map { widen(raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)) }
            }
        }
        let values: [Float] =
            switch type {
            case "<f4": try read(Float.self) { $0 }
            case "<f8": try read(Double.self) { Float($0) }
            case "<f2": try read(Float16.self) { Float($0) }
            case "|u1": try read(UInt8.self) { Float($0) }
            case "|i1": try read(Int8.self) { Float($0) }
            case "|b1": try read(UInt8.self) { $0 == 0 ? 0 : 1 }
            case "<i2": try read(Int16.self) { Float($0) }
            case "<u2": try read(UInt16.self) { Float($0) }
            case "<i4": try read(Int32.self) { Float($0) }
            case "<u4": try read(UInt32.self) { Float($0) }
            default: throw refuse("numbers of type '\(type)' are not accepted; use float32")
            }
        self.init(
            shape: shape,
            values: header.contains("'fortran_order': True") ? Self.rowMajor(values, shape: shape) : values)
    }

    private static func field(_ key: String, of header: String) -> Substring? {
        guard let found = header.firstRange(of: "'\(key)':") else { return nil }
        return header[found.upperBound...].drop { $0 == " " }
    }

    private static func rowMajor(_ values: [Float], shape: [Int]) -> [Float] {
        var result = values
        var index = [Int](repeating: 0, count: shape.count)
        for target in values.indices {
            var (source, stride) = (0, 1)
            for axis in shape.indices {
                source += index[axis] * stride
                stride *= shape[axis]
            }
            result[target] = values[source]
            for axis in shape.indices.reversed() {
                index[axis] += 1
                if index[axis] < shape[axis] { break }
                index[axis] = 0
            }
        }
        return result
    }

    /// The array as a version 1 file of float32.
    public func data() -> [UInt8] {
        let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(extents)), }"
        // NumPy wants the numbers to begin at a multiple of 64 bytes.
        header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
        let length = UInt16(header.utf8.count)
        return [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(header.utf8)
            + values.withUnsafeBytes { Array($0) }
    }

    /// - Throws: ``ImageFailure/unwritable(path:reason:)``.
    public func write(to path: String) throws(ImageFailure) { try writeFile(data(), to: path) }
}

extension Plane {
    /// A matrix from a `.npy` file; leading and trailing dimensions of one are dropped.
    ///
    /// - Throws: ``ImageFailure``.
    public init(npy path: String) throws(ImageFailure) {
        let array = try NumPyArray(contentsOf: path)
        let extents = array.shape.count > 2 ? array.shape.filter { $0 != 1 } : array.shape
        guard extents.count == 2, extents[0] > 0, extents[1] > 0 else {
            throw .malformed(path: path, format: "NPY", reason: "shape \(array.shape), where a matrix is expected")
        }
        self.init(width: extents[1], height: extents[0], values: array.values)
    }

    /// Writes float32 of shape (height, width).
    ///
    /// - Throws: ``ImageFailure/unwritable(path:reason:)``.
    public func writeNPY(to path: String) throws(ImageFailure) {
        try NumPyArray(shape: [height, width], values: values).write(to: path)
    }
}
