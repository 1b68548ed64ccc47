import Foundation

/// 100,000 under `Scripts/test --all`, else a few thousand.
let mutationCount = ProcessInfo.processInfo.environment["GENSEMCOM_ALL"] == nil ? 3_000 : 100_000

/// Calls `body` with so many damaged copies of the seeds: bits flipped, bytes set to telling values, pieces cut,
/// doubled or exchanged with another seed's. The same ones every time.
func forEachMutation(of seeds: [[UInt8]], count: Int, _ body: ([UInt8]) throws -> Void) rethrows {
    var state: UInt64 = 0x9e37_79b9_7f4a_7c15
    func draw(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(max(1, bound)))
    }
    let telling: [UInt8] = [
        0, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x39, 0x65, 0x7b, 0x7d, 0x80, 0xc3, 0xef, 0xfe, 0xff,
    ]
    for _ in 0..<count {
        var bytes = seeds[draw(seeds.count)]
        for _ in 0...draw(4) where !bytes.isEmpty {
            let place = draw(bytes.count)
            switch draw(6) {
            case 0: bytes[place] ^= 1 << UInt8(draw(8))
            case 1: bytes[place] = telling[draw(telling.count)]
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + draw(9)))
            case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 1 + draw(9))], at: place)
            case 4: bytes.insert(telling[draw(telling.count)], at: place)
            default:
                let other = seeds[draw(seeds.count)]
                bytes = Array(bytes[..<place]) + other.suffix(draw(other.count + 1))
            }
        }
        try body(bytes)
    }
}
