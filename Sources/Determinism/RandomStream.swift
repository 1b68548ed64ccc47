/// A named, counter-based random stream: the n-th word is a pure function of (seed, name, index, n).
///
/// Nothing about the order in which packets arrive, or how many draws another stream made, changes what this
/// one yields: block k of link L always fades alike. The function is Philox 4×32 with ten rounds
/// (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011); the name enters through FNV-1a.
public struct RandomStream: RandomNumberGenerator, Sendable {
    @usableFromInline let key: (UInt32, UInt32)
    @usableFromInline let index: (UInt32, UInt32)
    @usableFromInline var counter: UInt64 = 0
    @usableFromInline var spare: UInt64? = nil

    /// - Parameters:
    ///   - seed: the experiment's seed.
    ///   - name: what the stream is for, for instance `"link/uplink/fading"`.
    ///   - index: which member of the stream's family, for instance the number of the coherence block.
    public init(seed: UInt64, name: String, index: UInt64 = 0) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        // Two distinct finalised words, so that seeds and names that differ in one bit share nothing.
        let mixed = Self.finalise(seed ^ Self.finalise(hash))
        key = (UInt32(truncatingIfNeeded: mixed), UInt32(truncatingIfNeeded: mixed >> 32))
        self.index = (UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32))
    }

    static func finalise(_ x: UInt64) -> UInt64 {
        var z = x &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    @inlinable public mutating func next() -> UInt64 {
        if let word = spare {
            spare = nil
            return word
        }
        let block = Self.philox(
            counter: (UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32), index.0, index.1),
            key: key)
        counter &+= 1
        spare = UInt64(block.2) | UInt64(block.3) << 32
        return UInt64(block.0) | UInt64(block.1) << 32
    }

    @inlinable static func philox(
        counter: (UInt32, UInt32, UInt32, UInt32), key: (UInt32, UInt32)
    ) -> (UInt32, UInt32, UInt32, UInt32) {
        var c = counter
        var k = key
        for _ in 0..<10 {
            let a = UInt64(c.0) &* 0xD251_1F53
            let b = UInt64(c.2) &* 0xCD9E_8D57
            c = (
                UInt32(truncatingIfNeeded: b >> 32) ^ c.1 ^ k.0, UInt32(truncatingIfNeeded: b),
                UInt32(truncatingIfNeeded: a >> 32) ^ c.3 ^ k.1, UInt32(truncatingIfNeeded: a)
            )
            k = (k.0 &+ 0x9E37_79B9, k.1 &+ 0xBB67_AE85)
        }
        return c
    }
}
