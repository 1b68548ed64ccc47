import Determinism

/// x_k = ρ·x_{k−1} + √(1−ρ²)·w_k from a stationary start, two components of unit variance each.
struct GaussMarkovSequence: Sendable {
    private let seed: UInt64
    private let name: String
    private let correlation: Double
    private let innovation: Double
    private var number: UInt64?
    private var value = (0.0, 0.0)

    init(seed: UInt64, name: String, correlation: Double) {
        self.seed = seed
        self.name = name
        self.correlation = correlation
        innovation = (1 - correlation * correlation).squareRoot()
    }

    mutating func real(at index: UInt64) -> Double { complex(at: index).0 }

    mutating func complex(at index: UInt64) -> (Double, Double) {
        if correlation == 0 { return draw(index) }
        if number == nil || number! > index {
            value = draw(0)
            number = 0
        }
        while number! < index {
            number! += 1
            let (x, y) = draw(number!)
            value = (correlation * value.0 + innovation * x, correlation * value.1 + innovation * y)
        }
        return value
    }

    private func draw(_ index: UInt64) -> (Double, Double) {
        var stream = RandomStream(seed: seed, name: name, index: index)
        return stream.normalPair()
    }
}
