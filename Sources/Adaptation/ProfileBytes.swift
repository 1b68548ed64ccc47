/// The compact form of a profile on the control link: at most about 6 kB for 19 rates and 64 steps.
///
/// Little-endian: version (1 byte), flags (1: weighted, 2: exact, 4: quality), rates (1), steps (2), cells (4),
/// prompt-only bits (4), bits per unit (4, Float); per step its α (Float) and its selected cells (4); per rate the
/// quality in hundredths of a dB (2); then per rate and step the bits in units, rounded up (2), GVIF, rounded down (2),
/// and the weighted objective likewise. Rounding never promises more than the exact table does.
public struct ProfileBytesError: Error, Equatable, CustomStringConvertible {
    public let reason: String
    public var description: String { "image profile: \(reason)" }
}

extension ImageProfile {
    private static let version: UInt8 = 1
    static let maximumRates = 64
    static let maximumSteps = 512

    /// - Precondition: at most 64 rates and 512 steps.
    public var bytes: [UInt8] {
        precondition(rateCount <= Self.maximumRates && stepCount <= Self.maximumSteps, "thin the profile first")
        var out: [UInt8] = [Self.version]
        func put(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.littleEndian) { out.append(contentsOf: $0) }
        }
        let unit = Float(max(1, Double(bits.max() ?? 1) / 65000))
        put(UInt8((weighted.isEmpty ? 0 : 1) | (isExact ? 2 : 0) | (quality.isEmpty ? 0 : 4)))
        put(UInt8(rateCount))
        put(UInt16(stepCount))
        put(UInt32(cellCount))
        put(UInt32(clamping: promptOnlyBits))
        put(unit.bitPattern)
        for step in 0..<stepCount {
            put(alphas[step].bitPattern)
            put(UInt32(selected[step]))
        }
        for quality in quality { put(UInt16(clamping: Int((quality * 100).rounded(.down)))) }
        func share(_ value: Double) -> UInt16 { UInt16(min(max(value * 65535, 0), 65535)) }
        for entry in bits.indices {
            put(UInt16(min(65535, (Double(bits[entry]) / Double(unit)).rounded(.up))))
            put(share(gvif[entry]))
            if !weighted.isEmpty { put(share(weighted[entry])) }
        }
        return out
    }

    /// - Throws: `ProfileBytesError` for anything `bytes` cannot have written.
    public init(bytes input: [UInt8]) throws {
        var reader = Reader(bytes: input)
        func refuse(_ reason: String) -> ProfileBytesError { .init(reason: reason) }
        let version = try reader.next(UInt8.self)
        guard version == Self.version else { throw refuse("version \(version), expected \(Self.version)") }
        let flags = try reader.next(UInt8.self)
        guard flags & ~7 == 0 else { throw refuse("unknown flags \(flags)") }
        rateCount = Int(try reader.next(UInt8.self))
        let steps = Int(try reader.next(UInt16.self))
        cellCount = Int(try reader.next(UInt32.self))
        promptOnlyBits = Int(try reader.next(UInt32.self))
        let unit = Double(Float(bitPattern: try reader.next(UInt32.self)))
        guard (1...Self.maximumRates).contains(rateCount) else { throw refuse("\(rateCount) rates") }
        guard (1...Self.maximumSteps).contains(steps) else { throw refuse("\(steps) steps") }
        guard unit.isFinite, unit >= 1, unit < 1e9 else { throw refuse("bits per unit \(unit)") }
        isExact = flags & 2 != 0
        alphas = []
        selected = []
        for _ in 0..<steps {
            let alpha = Float(bitPattern: try reader.next(UInt32.self))
            let count = Int(try reader.next(UInt32.self))
            guard alpha.isFinite, alpha < alphas.last ?? .infinity else { throw refuse("thresholds do not fall") }
            guard count <= cellCount, count >= selected.last ?? 0 else { throw refuse("selected cells do not rise") }
            alphas.append(alpha)
            selected.append(count)
        }
        quality = flags & 4 == 0 ? [] : try (0..<rateCount).map { _ in Double(try reader.next(UInt16.self)) / 100 }
        bits = []
        gvif = []
        weighted = []
        for _ in 0..<(rateCount * steps) {
            bits.append(Int((Double(try reader.next(UInt16.self)) * unit).rounded(.up)))
            gvif.append(Double(try reader.next(UInt16.self)) / 65535)
            if flags & 1 != 0 { weighted.append(Double(try reader.next(UInt16.self)) / 65535) }
        }
        guard reader.isAtEnd else { throw refuse("\(reader.left) bytes too many") }
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        var left: Int { bytes.count - position }
        var isAtEnd: Bool { left == 0 }

        mutating func next<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
            let size = MemoryLayout<T>.size
            guard left >= size else { throw ProfileBytesError(reason: "truncated at byte \(bytes.count)") }
            var value: T = 0
            for index in (0..<size).reversed() {
                value = (size == 1 ? 0 : value << 8) | T(truncatingIfNeeded: bytes[position + index])
            }
            position += size
            return value
        }
    }
}
