/// The tables as the coder's inner loops want them, and the loops: range asymmetric numeral system (rANS), one
/// 64-bit state, 32-bit words.
///
/// Encoding runs from the last symbol to the first, from state 1. A stream is the final state, shortened to the
/// bytes it needs (4…7; fewer in very short streams), then the words in the order the decoder wants them. As the
/// stream's length is known, neither a word count nor a full-width flush is stored: about 20 bits of overhead.
/// After the last symbol the decoder must be back at state 1 with no word left, which exposes damaged streams.
package struct SymbolCoder: Sendable {
    /// What encoding one symbol takes: division by the frequency becomes a multiplication (Granlund–Montgomery).
    struct Step: Sendable {
        var reciprocal: UInt64
        var bias: UInt32
        var complement: UInt32
        var frequency: UInt32
        var shift: UInt32
    }

    package let tables: CumulativeTables
    /// One for each entry of each table.
    private let steps: [Step]
    @usableFromInline let stepStarts: [Int32]
    /// For each table and each of 256 intervals of 2⁸, the entry its first slot belongs to.
    private let lookup: [UInt16]
    /// −log₂ of each entry's probability, in bits.
    @usableFromInline let costs: [Float]
    package static let lower: UInt64 = 1 << 31

    package init(_ tables: CumulativeTables) {
        self.tables = tables
        var steps: [Step] = []
        var costs: [Float] = []
        var stepStarts: [Int32] = []
        var lookup = [UInt16](repeating: 0, count: 256 * tables.count)
        for t in 0..<tables.count {
            stepStarts.append(Int32(steps.count))
            let table = Array(tables.table(t))
            for k in 0..<table.count - 1 {
                let frequency = table[k + 1] - table[k]
                steps.append(Self.step(start: table[k], frequency: frequency))
                costs.append(Float(16 - ReproducibleMath.log(Double(frequency)) / 0.6931471805599453))
            }
            var entry = 0
            for bucket in 0..<256 {
                while table[entry + 1] <= UInt32(bucket << 8) { entry += 1 }
                lookup[t << 8 | bucket] = UInt16(entry)
            }
        }
        self.steps = steps
        self.costs = costs
        self.stepStarts = stepStarts
        self.lookup = lookup
    }

    private static func step(start: UInt32, frequency: UInt32) -> Step {
        if frequency == 1 {
            // ⌊x·(2⁶⁴ − 1)/2⁶⁴⌋ = x − 1; the bias makes up for it.
            return Step(
                reciprocal: .max, bias: start + (1 << 16) - 1, complement: (1 << 16) - 1, frequency: 1, shift: 0)
        }
        var shift: UInt32 = 0
        while frequency > 1 << shift { shift += 1 }
        // ⌈2^(shift + 63) / frequency⌉, exact for x < 2⁶³.
        let (quotient, remainder) = UInt64(frequency).dividingFullWidth((1 << (shift - 1), 0))
        return Step(
            reciprocal: remainder == 0 ? quotient : quotient + 1, bias: start, complement: (1 << 16) - frequency,
            frequency: frequency, shift: shift - 1)
    }

    /// What coding `symbol` in context `t` costs, in bits: the table's entry, and the plain bits after an escape.
    @inlinable @inline(__always)
    package func cost(symbol: Int32, context t: Int) -> Float {
        let entries = tables.entries(t)
        let k = Int(symbol) - Int(tables.offsets[t])
        if k >= 0, k < entries - 1 { return costs[Int(stepStarts[t]) + k] }
        return costs[Int(stepStarts[t]) + entries - 1] + Float(4 + 4 * Self.nibbles(Self.raw(k, entries - 1)))
    }

    /// `body` gets: costs (bits) of all tables' entries, where table t's begin, offsets; see ``cost(symbol:context:)``.
    @inlinable package func withCosts<R>(
        _ body: (UnsafePointer<Float>, UnsafePointer<Int32>, UnsafePointer<Int32>) -> R
    ) -> R {
        costs.withUnsafeBufferPointer { costs in
            stepStarts.withUnsafeBufferPointer { starts in
                tables.offsets.withUnsafeBufferPointer {
                    body(costs.baseAddress!, starts.baseAddress!, $0.baseAddress!)
                }
            }
        }
    }

    /// Values outside the table, interleaved: below it odd, above it even.
    @inlinable @inline(__always) package static func raw(_ k: Int, _ limit: Int) -> UInt32 {
        k < 0 ? UInt32(truncatingIfNeeded: -2 * k - 1) : UInt32(truncatingIfNeeded: 2 * (k - limit))
    }

    @inlinable @inline(__always) package static func nibbles(_ raw: UInt32) -> Int {
        (32 - raw.leadingZeroBitCount + 3) / 4
    }

    // MARK: encoding

    /// - Parameters:
    ///   - symbols: |symbol| < 2²⁸.
    ///   - contexts: the table of each.
    package func encode(symbols: UnsafeBufferPointer<Int32>, contexts: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var words: [UInt32] = []
        words.reserveCapacity(symbols.count / 4 + 16)
        var x: UInt64 = 1
        // Unsafe: three table look-ups a symbol; contexts are below tables.count by construction of the callers.
        steps.withUnsafeBufferPointer { steps in
            stepStarts.withUnsafeBufferPointer { starts in
                tables.offsets.withUnsafeBufferPointer { offsets in
                    tables.starts.withUnsafeBufferPointer { tableStarts in
                        var i = symbols.count
                        while i > 0 {
                            i -= 1
                            let t = Int(contexts[i])
                            let limit = tableStarts[t + 1] &- tableStarts[t] &- 2
                            var k = symbols[i] &- offsets[t]
                            if UInt32(bitPattern: k) >= UInt32(bitPattern: limit) {
                                let raw = Self.raw(Int(k), Int(limit))
                                let count = Self.nibbles(raw)
                                for n in (0..<count).reversed() {
                                    Self.put(UInt64(raw >> UInt32(4 * n)) & 15, &x, &words)
                                }
                                Self.put(UInt64(count), &x, &words)
                                k = limit
                            }
                            let step = steps[Int(starts[t]) + Int(k)]
                            if x >= UInt64(step.frequency) << 47 {
                                words.append(UInt32(truncatingIfNeeded: x))
                                x >>= 32
                            }
                            let quotient = x.multipliedFullWidth(by: step.reciprocal).high >> UInt64(step.shift)
                            x = x &+ UInt64(step.bias) &+ quotient &* UInt64(step.complement)
                        }
                    }
                }
            }
        }
        return Self.flush(x, words)
    }

    @inline(__always) private static func put(_ nibble: UInt64, _ x: inout UInt64, _ words: inout [UInt32]) {
        if x >= 1 << 59 {
            words.append(UInt32(truncatingIfNeeded: x))
            x >>= 32
        }
        x = x << 4 | nibble
    }

    private static func flush(_ state: UInt64, _ emitted: [UInt32]) -> [UInt8] {
        var x = state
        var words = emitted
        if x >= 1 << 56 {
            words.append(UInt32(truncatingIfNeeded: x))
            x >>= 32
        }
        let length = (64 - x.leadingZeroBitCount + 7) / 8
        // A state of fewer than four bytes has emitted no word, so its length is the stream's.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length + 4 * words.count)
        for i in 0..<length { bytes.append(UInt8(truncatingIfNeeded: x >> UInt64(8 * i))) }
        for word in words.reversed() {
            for i in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(8 * i))) }
        }
        return bytes
    }

    // MARK: decoding

    /// The decoder's state and the words it has not taken in yet.
    private struct State {
        var x: UInt64 = 0
        var position: Int
        let base: UnsafePointer<UInt8>
        let end: Int

        /// - Returns: nil where the state is not in its shortest form.
        @inline(__always) init?(_ base: UnsafePointer<UInt8>, count: Int) {
            self.base = base
            end = count
            position = count < 4 ? count : 4 + count % 4
            for i in 0..<position { x |= UInt64(base[i]) << UInt64(8 * i) }
            guard x >> UInt64(8 * (position - 1)) != 0 else { return nil }
            refill()
        }

        @inline(__always) var isAtEnd: Bool { x == 1 && position == end }

        @inline(__always) mutating func refill() {
            if x < SymbolCoder.lower, position < end {
                x = x << 32 | UInt64(UnsafeRawPointer(base + position).loadUnaligned(as: UInt32.self).littleEndian)
                position += 4
            }
        }

        /// The value behind an escape, as ``SymbolCoder/raw(_:_:)`` interleaves it; nil where none was written so.
        @inline(__always) mutating func escaped() -> UInt32? {
            let count = Int(x & 15)
            x >>= 4
            refill()
            guard count <= 8 else { return nil }
            var raw: UInt32 = 0
            for n in 0..<count {
                raw |= UInt32(x & 15) << UInt32(4 * n)
                x >>= 4
                refill()
            }
            return raw < 1 << 30 ? raw : nil
        }
    }

    /// Fills `symbols`, one for each context.
    ///
    /// - Returns: false where the bytes are not a stream of that many symbols in those contexts.
    package func decode(
        _ bytes: ArraySlice<UInt8>, contexts: UnsafeBufferPointer<UInt8>,
        into symbols: UnsafeMutableBufferPointer<Int32>
    ) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress, bytes.count > 0 else { return contexts.isEmpty }
            guard var state = State(base, count: bytes.count) else { return false }
            var intact = true
            // Unsafe: the search walks the table's own entries, which end at 2¹⁶, above any slot.
            tables.cumulative.withUnsafeBufferPointer { cumulative in
                tables.starts.withUnsafeBufferPointer { starts in
                    tables.offsets.withUnsafeBufferPointer { offsets in
                        lookup.withUnsafeBufferPointer { lookup in
                            for i in 0..<contexts.count {
                                let t = Int(contexts[i])
                                let slot = UInt32(truncatingIfNeeded: state.x) & 0xFFFF
                                let table = cumulative.baseAddress! + Int(starts[t])
                                var k = Int(lookup[t << 8 | Int(slot >> 8)])
                                while table[k + 1] <= slot { k += 1 }
                                let start = table[k]
                                state.x =
                                    UInt64(table[k + 1] &- start) &* (state.x >> 16) &+ UInt64(slot &- start)
                                state.refill()
                                let limit = Int(starts[t + 1] &- starts[t]) - 2
                                if k == limit {
                                    guard let raw = state.escaped() else {
                                        intact = false
                                        return
                                    }
                                    k = raw & 1 == 1 ? -Int(raw >> 1) - 1 : limit + Int(raw >> 1)
                                }
                                symbols[i] = Int32(truncatingIfNeeded: k + Int(offsets[t]))
                                if state.x == 0 {
                                    intact = false
                                    return
                                }
                            }
                        }
                    }
                }
            }
            return intact && state.isAtEnd
        }
    }
}
