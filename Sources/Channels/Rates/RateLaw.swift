import Determinism
import Foundation

/// How many bits a second and hertz a link carries at an SNR, and how often a codeword fails for it.
///
/// Shannon's law is the paper's (8): log₂(1 + SNR), without error. The two others cut the stream into codewords of n
/// complex channel uses; a datagram is lost if one of its codewords is.
public struct RateLaw: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case shannon
        /// Polyanskiy, Poor and Verdú's normal approximation (IEEE Trans. Inf. Theory 56, 2010, Theorem 54) for the
        /// complex Gaussian channel: R = C − √(V/n)·Q⁻¹(ε) + log₂(2n)/2n, with C = log₂(1 + SNR) and the dispersion
        /// V = SNR(SNR + 2)/(SNR + 1)²·log₂²e. Every codeword fails with probability ε.
        case finiteBlocklength(error: Double)
        /// A scheme of a table a coherence block: the fastest whose codewords fail with at most `target`.
        case schemes(ModulationTable, target: Double)
    }

    /// How a codeword is sent.
    struct Codeword: Sendable, Equatable {
        /// Bits a complex channel use.
        var efficiency: Double
        /// What its code loses against the normal approximation, linear.
        var gap: Double
    }

    public let kind: Kind
    /// Complex channel uses of a codeword, n.
    public let symbols: Int
    /// What schemes lose against the normal approximation, linear: their curve of block errors is
    /// ε(SNR) = Q((C − R + log₂(2n)/2n)·√(n/V)) at SNR/gap.
    /// A scheme with an SNR of its own has the gap that follows from it.
    public let gap: Double
    /// Whether and how codewords that failed are sent again.
    public let harq: HARQ?
    /// Least SNR and gap of each scheme; empty for the other laws.
    private let thresholds: [(snr: Double, gap: Double)]
    /// Q⁻¹(ε) of ``Kind/finiteBlocklength(error:)``.
    private let quantile: Double

    public static let shannon = RateLaw(.shannon)
    public static let usualSymbols = 2000
    /// 2 dB.
    public static let usualGap = 1.5848931924611136

    public init(
        _ kind: Kind, symbols: Int = RateLaw.usualSymbols, gap: Double = RateLaw.usualGap, harq: HARQ? = nil
    ) {
        self.kind = kind
        self.symbols = symbols
        self.gap = gap
        self.harq = harq
        switch kind {
        case .shannon: (thresholds, quantile) = ([], 0)
        case .finiteBlocklength(let error): (thresholds, quantile) = ([], Self.normalQuantile(error))
        case .schemes(let table, let target):
            quantile = 0
            thresholds = table.schemes.map { scheme in
                // In units of the gap: the curve is a function of SNR/gap.
                let ideal = Self.threshold(of: scheme.efficiency, target: target, symbols: symbols)
                return scheme.threshold.map { ($0, $0 / ideal) } ?? (ideal * gap, gap)
            }
        }
    }

    public static func == (a: RateLaw, b: RateLaw) -> Bool {
        // The rest follows from these.
        a.kind == b.kind && a.symbols == b.symbols && a.gap == b.gap && a.harq == b.harq
    }

    /// For reports.
    public var words: String {
        guard let harq else { return errorWords }
        let delay = String(format: "%g", harq.delay.seconds * 1e3)
        return
            "\(errorWords); HARQ with Chase combining, up to \(harq.attempts) attempts, the next \(delay) ms "
            + "after one that failed"
    }

    private var errorWords: String {
        switch kind {
        case .shannon: return "Shannon: B·log₂(1 + SNR), without error"
        case .finiteBlocklength(let error):
            return "finite blocklength: normal approximation, codewords of \(symbols) symbols, error \(error)"
        case .schemes(let table, let target):
            let rows = table.schemes.count == 1 ? "1 row" : "\(table.schemes.count) rows"
            let name = table.isOfAFile ? "table of schemes \(table.name) (\(rows))" : "3GPP TS 38.214, \(table.name)"
            let distance = String(format: "%g", (Decibels.of(gap) * 1000).rounded() / 1000)
            let isStated = table.schemes.contains { $0.threshold != nil }
            return
                "\(name): block errors of at most \(target), codewords of \(symbols) symbols, \(distance) dB "
                + "from the normal approximation\(isStated ? " where the table states no SNR" : "")"
        }
    }

    /// Bits a complex channel use; nothing where no scheme reaches its target.
    ///
    /// - Parameter snr: linear.
    public func efficiency(_ snr: Double) -> Double {
        switch kind {
        case .shannon: return log2(1 + snr)
        case .finiteBlocklength:
            let n = Double(symbols)
            let rate = log2(1 + snr) - (Self.dispersion(snr) / n).squareRoot() * quantile + log2(2 * n) / (2 * n)
            // At an SNR near zero the correction would stand alone.
            return max(0, min(rate, log2(1 + snr)))
        case .schemes(let table, _): return scheme(snr).map { table.schemes[$0].efficiency } ?? 0
        }
    }

    /// Which row of the table is used at an SNR; nil below the first.
    public func scheme(_ snr: Double) -> Int? {
        guard case .schemes(let table, _) = kind else { return nil }
        let schemes = table.schemes
        var best: Int?
        for (index, threshold) in thresholds.enumerated() where threshold.snr <= snr {
            // Where 64-QAM begins, table 1 has a row that is slower than the one before.
            if best.map({ schemes[index].efficiency > schemes[$0].efficiency }) ?? true { best = index }
        }
        return best
    }

    /// How a codeword is sent at an SNR; nil where nothing is.
    func codeword(_ snr: Double) -> Codeword? {
        if case .schemes(let table, _) = kind {
            return scheme(snr).map { Codeword(efficiency: table.schemes[$0].efficiency, gap: thresholds[$0].gap) }
        }
        let efficiency = efficiency(snr)
        return efficiency > 0 ? Codeword(efficiency: efficiency, gap: 1) : nil
    }

    /// Probability that a codeword fails, sent once.
    public func codewordError(_ snr: Double) -> Double {
        switch kind {
        case .shannon: 0
        case .finiteBlocklength(let error): error
        case .schemes: codeword(snr).map { error(of: $0, at: snr) } ?? 1
        }
    }

    /// Probability that a codeword fails which was not made for that SNR.
    func error(of codeword: Codeword, at snr: Double) -> Double {
        Self.error(of: codeword.efficiency, at: snr / codeword.gap, symbols: symbols)
    }

    /// How many codewords that many bits fill.
    func codewords(ofBits bits: Int64, _ codeword: Codeword) -> Int {
        Int(saturating: max(1, (Double(bits) / (codeword.efficiency * Double(symbols))).rounded(.up)))
    }

    /// Probability that a codeword is not decoded after so many attempts at one SNR.
    public func residualError(_ snr: Double, attempts: Int) -> Double {
        guard attempts > 1, let codeword = codeword(snr) else { return codewordError(snr) }
        return error(of: codeword, at: snr * Double(attempts))
    }

    /// How often a codeword is sent on average, all at one SNR: 1 + ε₁ + … + ε_(K−1).
    public func meanAttempts(_ snr: Double) -> Double {
        guard let harq, kind != .shannon else { return 1 }
        return (1..<harq.attempts).reduce(1) { $0 + residualError(snr, attempts: $1) }
    }

    /// Probability that a datagram fails that is sent once: one of the codewords that its bits fill.
    public func loss(ofBits bits: Int64, at snr: Double) -> Double {
        if case .shannon = kind { return 0 }
        let each = efficiency(snr) * Double(symbols)
        guard each > 0, bits > 0 else { return bits > 0 ? 1 : 0 }
        let codewords = (Double(bits) / each).rounded(.up)
        return -expm1(codewords * log1p(-min(codewordError(snr), 1 - 1e-12)))
    }

    /// The first value that makes no sense.
    func problem(link: String) -> ChannelError? {
        func require(_ valid: Bool, _ quantity: String, _ value: Double, _ expected: String) -> ChannelError? {
            valid ? nil : .outOfRange(link: link, quantity: quantity, value: value, expected: expected)
        }
        let share: ChannelError? =
            switch kind {
            case .shannon: nil
            case .finiteBlocklength(let error):
                require(error > 0 && error < 0.5, "codeword error", error, "above 0, below 0.5")
            case .schemes(_, let target):
                require(target > 0 && target < 0.5, "target of block errors", target, "above 0, below 0.5")
            }
        return share ?? require(symbols >= 100, "codeword", Double(symbols), "at least 100 symbols")
            ?? require(gap >= 1 && gap.isFinite, "gap", gap, "at least 0 dB") ?? harq?.problem(link: link)
    }

    // MARK: the normal approximation

    /// V of the complex Gaussian channel, bits² a channel use.
    static func dispersion(_ snr: Double) -> Double {
        let logE = 1 / log(2.0)
        return snr * (snr + 2) / ((snr + 1) * (snr + 1)) * logE * logE
    }

    /// Probability that a codeword of that rate fails.
    static func error(of rate: Double, at snr: Double, symbols: Int) -> Double {
        let n = Double(symbols)
        let dispersion = dispersion(snr)
        guard dispersion > 0 else { return 1 }
        let margin = (log2(1 + snr) - rate + log2(2 * n) / (2 * n)) * (n / dispersion).squareRoot()
        return 0.5 * erfc(margin / 2.0.squareRoot())
    }

    /// The SNR at which a rate has that error, with no gap.
    private static func threshold(of rate: Double, target: Double, symbols: Int) -> Double {
        var (low, high) = (-40.0, 60.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            let error = error(of: rate, at: Decibels.linear(middle), symbols: symbols)
            if error > target { low = middle } else { high = middle }
        }
        return Decibels.linear(high)
    }

    /// Q⁻¹: the value that a standard normal variable exceeds with that probability.
    static func normalQuantile(_ probability: Double) -> Double {
        var (low, high) = (-40.0, 40.0)
        for _ in 0..<80 {
            let middle = (low + high) / 2
            if 0.5 * erfc(middle / 2.0.squareRoot()) > probability { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
