/// Eight exponentials at once, relative error below 3·10⁻⁷; arguments below −87 give (almost) zero, above 88 saturate.
///
/// The library's `exp` is one call per number; a softmax over 4096 × 4096 scores needs 17 million of them.
@inline(__always)
func vectorExponential(_ argument: SIMD8<Float>) -> SIMD8<Float> {
    var x = argument.replacing(with: -87, where: argument .< -87)
    x = x.replacing(with: 88, where: x .> 88)
    // Adding 1.5·2²³ rounds to an integer and leaves that integer in the low bits.
    let shifted = x * 1.442_695_04 + 12_582_912
    let n = shifted - 12_582_912
    let r = (x - n * 0.693_359_375) + n * 2.121_944_4e-4
    var p = r * 1.987_569_15e-4 + 1.398_199_95e-3
    p = p * r + 8.333_451_9e-3
    p = p * r + 4.166_579_6e-2
    p = p * r + 1.666_666_55e-1
    p = p * r + 5.000_000_1e-1
    p = p * (r * r) + r + 1
    let exponent = unsafeBitCast(shifted, to: SIMD8<Int32>.self) &<< 23
    return unsafeBitCast(unsafeBitCast(p, to: SIMD8<Int32>.self) &+ exponent, to: SIMD8<Float>.self)
}

/// Applies a vector function in place; the tail goes through the same function, padded.
@inline(__always)
func mapVectors(_ values: UnsafeMutablePointer<Float>, count: Int, _ transform: (SIMD8<Float>) -> SIMD8<Float>) {
    let raw = UnsafeMutableRawPointer(values)
    var i = 0
    while i + 8 <= count {
        let x = raw.loadUnaligned(fromByteOffset: 4 * i, as: SIMD8<Float>.self)
        raw.storeBytes(of: transform(x), toByteOffset: 4 * i, as: SIMD8<Float>.self)
        i += 8
    }
    if i < count {
        var tail = SIMD8<Float>()
        for k in i..<count { tail[k - i] = values[k] }
        tail = transform(tail)
        for k in i..<count { values[k] = tail[k - i] }
    }
}
