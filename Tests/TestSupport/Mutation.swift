/// Small damages, the same in every run.
package struct Mutation {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(max(1, bound)))
    }

    /// One to three of: a byte changed, bytes lost, a word of `spice` put in or over, a piece doubled.
    package mutating func mutated(_ whole: [UInt8], spice: [[UInt8]]) -> [UInt8] {
        var bytes = whole
        for _ in 0...next(3) where !bytes.isEmpty {
            let place = next(bytes.count)
            let end = min(bytes.count, place + 1 + next(8))
            switch next(5) {
            case 0: bytes[place] = UInt8(next(256))
            case 1: bytes.removeSubrange(place..<end)
            case 2: bytes.insert(contentsOf: spice[next(spice.count)], at: place)
            case 3: bytes.replaceSubrange(place..<end, with: spice[next(spice.count)])
            default: bytes.insert(contentsOf: bytes[place..<end], at: place)
            }
        }
        return bytes
    }
}
