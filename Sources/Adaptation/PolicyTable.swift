import Foundation

/// (α*, Φ*) by budget, as Algorithm 1 found them on average over a folder of images;
/// the file `testbed optimize` writes.
///
/// Problem (31) knows the channel only through C·T_max, so the table is a function of the budget in bits; SNR and
/// T_max stand beside each entry for the reader. Between two entries each rate's α* and expected GVIF are
/// interpolated linearly in the logarithm of the budget and the best rate is taken as in (39). Per rate α* never rises
/// and GVIF never falls with the budget: stochastic descent leaves small bumps, which the table levels.
public struct PolicyTable: Sendable, Equatable, Codable {
    /// Algorithm 1's answers at one budget.
    public struct Entry: Sendable, Equatable, Codable {
        public var budgetBits: Double
        public var snr: Double
        public var latencyBudget: Double
        /// α*(Φ_p), expected GVIF and expected bits for each rate p, counted from 1 at index 0.
        public var alpha: [Float]
        public var gvif: [Double]
        public var meanBits: [Double]
        /// Whether the mean bits keep the budget at α*(Φ_p).
        public var feasible: [Bool]
        /// (39): the best rate, counted from 1; nil where no rate keeps the budget.
        public var bestRate: Int?

        /// - Parameters:
        ///   - budgetBits: C·T_max that the table was made for.
        ///   - snr: the SNR of that capacity, in dB.
        ///   - latencyBudget: T_max, in seconds.
        ///   - answers: Algorithm 1's, one a rate from the smallest allowed on; those below stand as infeasible.
        ///   - best: the index of the best of them.
        ///   - alphaMax: what α*(Φ) of those below is written as.
        public init(
            budgetBits: Double, snr: Double, latencyBudget: Double, answers: [Algorithm1.Outcome], best: Int?,
            alphaMax: Float = 0.8
        ) {
            // The table counts rates from 1.
            let below = (answers.first?.rate ?? 1) - 1
            func padded<T>(_ value: T, _ part: (Algorithm1.Outcome) -> T) -> [T] {
                [T](repeating: value, count: below) + answers.map(part)
            }
            self.budgetBits = budgetBits
            self.snr = snr
            self.latencyBudget = latencyBudget
            alpha = padded(alphaMax, \.alpha)
            gvif = padded(0, \.gvif)
            meanBits = padded(0, \.meanBits)
            feasible = padded(false, \.feasible)
            bestRate = best.map { answers[$0].rate }
        }
    }

    /// In rising order of the budget.
    public private(set) var entries: [Entry]
    public var alphaMax: Float
    /// Smallest rate with D(Φ) ≤ D₀ (31c).
    public var minimalRate: Int
    /// Hash of the codec's weights the table was made with.
    public var codec: String

    public init(entries: [Entry], alphaMax: Float = 0.8, minimalRate: Int = 1, codec: String = "") {
        precondition(!entries.isEmpty, "a table needs an entry")
        self.entries = entries.sorted { $0.budgetBits < $1.budgetBits }
        self.alphaMax = alphaMax
        self.minimalRate = minimalRate
        self.codec = codec
        for index in self.entries.indices.dropFirst() {
            for rate in self.entries[index].alpha.indices {
                self.entries[index].alpha[rate] = min(
                    self.entries[index].alpha[rate], self.entries[index - 1].alpha[rate])
                self.entries[index].gvif[rate] = max(self.entries[index].gvif[rate], self.entries[index - 1].gvif[rate])
            }
        }
    }

    /// Whether a table that came from a file can be looked things up in: an entry at least, budgets that rise, every
    /// list as long as the first, every number finite, rates that there are.
    package var isConsistent: Bool {
        guard let rates = entries.first?.alpha.count, rates > 0, (1...rates).contains(minimalRate),
            (0...1).contains(alphaMax)
        else { return false }
        return zip(entries, entries.dropFirst()).allSatisfy { $0.budgetBits <= $1.budgetBits }
            && entries.allSatisfy { entry in
                [entry.alpha.count, entry.gvif.count, entry.meanBits.count, entry.feasible.count].allSatisfy {
                    $0 == rates
                }
                    && entry.budgetBits.isFinite && entry.budgetBits >= 0 && entry.snr.isFinite
                    && entry.alpha.allSatisfy { $0.isFinite && $0 >= 0 } && entry.gvif.allSatisfy(\.isFinite)
                    && entry.bestRate.map { (1...rates).contains($0) } ?? true
            }
    }

    /// (α, Φ) at a budget. Outside the table the nearest entry holds; where no rate is feasible, the lowest allowed
    /// rate at α_th.
    public func setting(budgetBits: Double) -> (alpha: Float, rate: Int) {
        let upper = entries.firstIndex { $0.budgetBits >= budgetBits } ?? entries.count - 1
        let lower = max(0, entries[upper].budgetBits >= budgetBits ? upper - 1 : upper)
        let (a, b) = (entries[lower], entries[upper])
        var share = 0.0
        if b.budgetBits > a.budgetBits, a.budgetBits > 0, budgetBits > a.budgetBits {
            share = min(1, log(budgetBits / a.budgetBits) / log(b.budgetBits / a.budgetBits))
        }
        var best: (alpha: Float, rate: Int, gvif: Double)?
        // A rate that is feasible only at the larger budget would overdraw in between.
        for rate in max(1, minimalRate)...max(a.alpha.count, minimalRate) where rate <= a.alpha.count {
            guard a.feasible[rate - 1] || (share >= 1 && b.feasible[rate - 1]) else { continue }
            let gvif = a.gvif[rate - 1] * (1 - share) + b.gvif[rate - 1] * share
            let alpha = a.alpha[rate - 1] * Float(1 - share) + b.alpha[rate - 1] * Float(share)
            if gvif > best?.gvif ?? -1 { best = (alpha, rate, gvif) }
        }
        return best.map { ($0.alpha, $0.rate) } ?? (alphaMax, minimalRate)
    }
}
