@testable import Adaptation

/// A small linear congruential generator: the room imports nothing, so its tests bring their own randomness.
struct Lehmer: RandomNumberGenerator {
    var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var z = state
        z = (z ^ (z >> 33)) &* 0xff51_afd7_ed55_8ccd
        return z ^ (z >> 33)
    }
}

/// A picture-like table: importance falls from a centre, bits and information grow with the rate.
func table(cells: Int, rates: Int, seed: UInt64, levels: Int? = nil, slices: Bool = false) -> CellTable {
    var random = Lehmer(seed)
    let importance = (0..<cells).map { _ -> Float in
        let value = Float.random(in: 0...1, using: &random)
        return levels.map { (value * Float($0)).rounded() / Float($0) } ?? value
    }
    let texture = importance.map { _ in Double.random(in: 0.05...1, using: &random) }
    let bits = (1...rates).map { rate in texture.map { Float($0 * 40 * Double(rate)) } }
    let information = (1...rates).map { rate in texture.map { $0 * 30 * (Double(rate)).squareRoot() } }
    var table = CellTable(
        importance: importance, bits: bits, information: information,
        referenceInformation: information[rates - 1].reduce(0, +), overheadBits: 700, promptOnlyBits: 300)
    (table.sliceOverheadBits, table.sliceBits) = (slices ? 64 : 0, 800)
    table.quality = (1...rates).map { 26 + 2 * Double($0) }
    return table
}

/// Run lengths at a flat price: depends on the selection and is not monotone in it, like the real mask's cost.
func runBits(_ selected: [Bool]) -> Int {
    var runs = 1
    for index in selected.indices.dropFirst() where selected[index] != selected[index - 1] { runs += 1 }
    return 5 * runs
}
