/// A probability that a bit is 1, in 16 bits, that learns from the bits it sees.
package struct AdaptiveBit: Sendable {
    package var probability: UInt16
    @usableFromInline var seen: UInt8 = 0

    package init(probability: UInt16 = 1 << 15) { self.probability = probability }

    /// Fast at first, then slower: the step is 1/2, 1/3, … down to 1/32.
    @inlinable package mutating func learn(_ bit: Bool) {
        let rate = Int32(seen) + 2
        let target: Int32 = bit ? 65535 - 32 : 32
        probability = UInt16(Int32(probability) + (target - Int32(probability)) / rate)
        if seen < 30 { seen += 1 }
    }
}

/// A binary arithmetic coder for side information, where adapting to few symbols counts more than speed.
package struct BitEncoder {
    @usableFromInline var low: UInt32 = 0
    @usableFromInline var high: UInt32 = .max
    @usableFromInline var bytes: [UInt8] = []

    package init() {}

    @inlinable package mutating func encode(_ bit: Bool, probability: UInt16) {
        let middle = low + UInt32((UInt64(high - low) * UInt64(max(1, probability))) >> 16)
        if bit { high = middle } else { low = middle + 1 }
        while (low ^ high) >> 24 == 0 {
            bytes.append(UInt8(high >> 24))
            low <<= 8
            high = high << 8 | 255
        }
    }

    @inlinable package mutating func encode(_ bit: Bool, _ model: inout AdaptiveBit) {
        encode(bit, probability: model.probability)
        model.learn(bit)
    }

    /// `value` below `bound`, all equally likely.
    package mutating func encode(uniform value: Int, below bound: Int) {
        var (from, to) = (0, bound)
        while to - from > 1 {
            let middle = from + (to - from + 1) / 2
            let bit = value >= middle
            encode(bit, probability: UInt16(clamping: (to - middle) << 16 / (to - from)))
            if bit { from = middle } else { to = middle }
        }
    }

    /// The bytes of all that was encoded; zeros at the end are left out, the decoder supplies them.
    package consuming func finish() -> [UInt8] {
        // The shortest number within low...high.
        if low > 0 {
            for length in 1...4 {
                let unit = UInt32(1) << UInt32(32 - 8 * length)
                let (rounded, overflow) = (low - 1).addingReportingOverflow(unit)
                guard !overflow else { continue }
                let candidate = rounded / unit * unit
                if candidate >= low, candidate <= high {
                    for i in 0..<length { bytes.append(UInt8(truncatingIfNeeded: candidate >> UInt32(24 - 8 * i))) }
                    break
                }
            }
        }
        while bytes.last == 0 { bytes.removeLast() }
        return bytes
    }
}

package struct BitDecoder {
    @usableFromInline var low: UInt32 = 0
    @usableFromInline var high: UInt32 = .max
    @usableFromInline var value: UInt32 = 0
    @usableFromInline let bytes: ArraySlice<UInt8>
    @usableFromInline var position: Int

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
        for _ in 0..<4 { value = value << 8 | next() }
    }

    @inlinable mutating func next() -> UInt32 {
        defer { position += 1 }
        return position < bytes.endIndex ? UInt32(bytes[position]) : 0
    }

    @inlinable package mutating func decode(probability: UInt16) -> Bool {
        let middle = low + UInt32((UInt64(high - low) * UInt64(max(1, probability))) >> 16)
        let bit = value <= middle
        if bit { high = middle } else { low = middle + 1 }
        while (low ^ high) >> 24 == 0 {
            low <<= 8
            high = high << 8 | 255
            value = value << 8 | next()
        }
        return bit
    }

    @inlinable package mutating func decode(_ model: inout AdaptiveBit) -> Bool {
        let bit = decode(probability: model.probability)
        model.learn(bit)
        return bit
    }

    package mutating func decode(uniformBelow bound: Int) -> Int {
        var (from, to) = (0, bound)
        while to - from > 1 {
            let middle = from + (to - from + 1) / 2
            if decode(probability: UInt16(clamping: (to - middle) << 16 / (to - from))) {
                from = middle
            } else {
                to = middle
            }
        }
        return from
    }
}

/// Non-negative numbers by Elias-γ with every bit of the length and the leading bits learnt.
package struct AdaptiveNumber: Sendable {
    private var lengths: [AdaptiveBit]
    private var leading: [AdaptiveBit]
    package static let longest = 24

    package init() {
        lengths = .init(repeating: AdaptiveBit(), count: Self.longest + 1)
        leading = .init(repeating: AdaptiveBit(), count: 4 * (Self.longest + 1))
    }

    package mutating func encode(_ value: Int, with coder: inout BitEncoder) {
        precondition(value >= 0 && value < 1 << Self.longest)
        let number = value + 1
        let length = Int.bitWidth - number.leadingZeroBitCount - 1
        for i in 0..<length { coder.encode(true, &lengths[i]) }
        if length < Self.longest { coder.encode(false, &lengths[length]) }
        var context = 1
        for i in (0..<length).reversed() {
            let bit = number >> i & 1 == 1
            // The two bits after the leading one are learnt, the rest is noise.
            if context < 4 {
                coder.encode(bit, &leading[4 * length + context])
                context = 2 * context + (bit ? 1 : 0)
            } else {
                coder.encode(bit, probability: 1 << 15)
            }
        }
    }

    package mutating func decode(with coder: inout BitDecoder) -> Int {
        var length = 0
        while length < Self.longest, coder.decode(&lengths[length]) { length += 1 }
        var number = 1
        var context = 1
        for _ in 0..<length {
            let bit: Bool
            if context < 4 {
                bit = coder.decode(&leading[4 * length + context])
                context = 2 * context + (bit ? 1 : 0)
            } else {
                bit = coder.decode(probability: 1 << 15)
            }
            number = 2 * number + (bit ? 1 : 0)
        }
        return number - 1
    }
}
