/// The paper's Algorithm 1: projected stochastic descent on the penalty objective (33) for each source coder, with
/// gradients from function values alone (35)–(37), then the best coder by (39).
///
/// One addition to what is printed: the estimator (36) scales with m², so a draw of m near 0 moves α by next to
/// nothing far from any optimum, and `|α_{t+1} − α_t| < ξ` alone would stop there. The mean move of the last `patience`
/// iterations must be below ξ instead; `patience = 1` is the paper's rule to the letter. And (39) takes the maximum
/// over coders whose mean bits keep the budget at α*: where even α_th does not, the penalty cannot,
/// and its GVIF is not to be had.
public struct Algorithm1: Sendable {
    public struct Parameters: Sendable, Equatable, Codable {
        /// α_th, α₀.
        public var alphaMax: Float = 0.8
        public var initialAlpha: Float = 0.5
        /// p of (33) in 1/bit². Nil: `stiffness`/(slope of the mean bits over [0, α_th])² for each coder, so that one
        /// step size serves all coders and budgets. The optimum of (33) then exceeds the budget's α by about
        /// |∇G|/(2·stiffness).
        public var penalty: Double?
        public var stiffness = 100.0
        /// ν of (36), η of (38), ξ of the stopping rule.
        public var smoothing = 0.05
        public var step = 0.005
        public var tolerance = 0.00005
        public var patience = 50
        /// |Γ_t|; all images where there are fewer.
        public var batch = 64
        public var maximumIterations = 8000
        /// Mean bits may exceed the budget by this share and still count as feasible: the penalty is soft.
        public var slack = 0.02

        public init() {}
    }

    /// One iterate.
    public struct Iterate: Sendable, Equatable, Codable {
        public var alpha: Float
        /// ∇L(α_t), as estimated.
        public var gradient: Double
        /// G and K over the mini-batch: mean GVIF, mean bits less the budget.
        public var gvif: Double
        public var excessBits: Double
    }

    /// What the descent ended with for one coder.
    public struct Outcome: Sendable, Equatable, Codable {
        /// Counted from 1.
        public var rate: Int
        public var alpha: Float
        public var converged: Bool
        /// Means over all images at α*.
        public var gvif: Double
        public var meanBits: Double
        public var feasible: Bool
        public var trace: [Iterate]
    }

    public var parameters: Parameters
    /// The images x_i, as exact step tables.
    public let images: [ImageProfile]

    /// - Precondition: at least one image, all with the same rates.
    public init(images: [ImageProfile], parameters: Parameters = .init()) {
        precondition(
            !images.isEmpty && images.allSatisfy { $0.rateCount == images[0].rateCount }, "images of one catalogue")
        self.images = images
        self.parameters = parameters
    }

    /// Expected GVIF and bits over all images.
    public func means(alpha: Float, rate: Int) -> (gvif: Double, bits: Double) {
        var (gvif, bits) = (0.0, 0.0)
        for image in images {
            gvif += image.gvif(alpha: alpha, rate: rate)
            bits += Double(image.bits(alpha: alpha, rate: rate))
        }
        return (gvif / Double(images.count), bits / Double(images.count))
    }

    /// Lines 2–6 for one coder.
    /// - Parameters:
    ///   - rate: which coder Φ, counted from 1.
    ///   - budgetBits: C·T_max.
    ///   - random: draws mini-batches and m of (36).
    public func descend(rate: Int, budgetBits: Double, using random: inout some RandomNumberGenerator) -> Outcome {
        let p = parameters
        let all = means(alpha: 0, rate: rate).bits
        let least = means(alpha: p.alphaMax, rate: rate).bits
        let slope = max(1, (all - least) / Double(max(p.alphaMax, 0.01)))
        let penalty = p.penalty ?? p.stiffness / (slope * slope)
        var alpha = p.initialAlpha
        var converged = false
        var trace: [Iterate] = []
        var order = Array(images.indices)
        var cursor = order.count
        while trace.count < p.maximumIterations, !converged {
            let m = Double.random(in: -1...1, using: &random)
            let moved = alpha + Float(p.smoothing * m)
            let count = min(p.batch, order.count)
            if cursor + count > order.count {
                order.shuffle(using: &random)
                cursor = 0
            }
            var (gvif, bits, gvifSlope, bitsSlope) = (0.0, 0.0, 0.0, 0.0)
            for index in order[cursor..<(cursor + count)] {
                let image = images[index]
                let (v, b) = (image.gvif(alpha: alpha, rate: rate), Double(image.bits(alpha: alpha, rate: rate)))
                gvif += v
                bits += b
                gvifSlope += (image.gvif(alpha: moved, rate: rate) - v) * m / p.smoothing
                bitsSlope += (Double(image.bits(alpha: moved, rate: rate)) - b) * m / p.smoothing
            }
            cursor += count
            let n = Double(count)
            let excess = bits / n - budgetBits
            let gradient = -gvifSlope / n + 2 * penalty * max(0, excess) * bitsSlope / n
            trace.append(.init(alpha: alpha, gradient: gradient, gvif: gvif / n, excessBits: excess))
            alpha = min(max(alpha - Float(p.step * gradient), 0), p.alphaMax)
            if trace.count >= p.patience {
                let moved = Double(abs(alpha - trace[trace.count - p.patience].alpha))
                converged = moved < p.tolerance * Double(p.patience)
            }
        }
        let end = means(alpha: alpha, rate: rate)
        return Outcome(
            rate: rate, alpha: alpha, converged: converged, gvif: end.gvif, meanBits: end.bits,
            feasible: end.bits <= budgetBits * (1 + p.slack), trace: trace)
    }

    /// All of Algorithm 1 at one budget.
    /// - Parameters:
    ///   - budgetBits: C·T_max.
    ///   - minimalRate: the first rate of the feasible set 𝔾, D(Φ) ≤ D₀.
    ///   - random: draws mini-batches and m of (36).
    /// - Returns: the outcome of every coder of 𝔾, and the index of the best in it; nil where none is feasible.
    public func solve(
        budgetBits: Double, minimalRate: Int = 1, using random: inout some RandomNumberGenerator
    ) -> (outcomes: [Outcome], best: Int?) {
        let outcomes = (minimalRate...images[0].rateCount).map {
            descend(rate: $0, budgetBits: budgetBits, using: &random)
        }
        let best = outcomes.indices.filter { outcomes[$0].feasible }.max { outcomes[$0].gvif < outcomes[$1].gvif }
        return (outcomes, best)
    }
}
