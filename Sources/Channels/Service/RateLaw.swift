import Foundation

/// How many bits a second and hertz a link carries at an SNR, and how often a codeword fails for it.
///
/// Shannon's law is the paper's (8): log₂(1 + SNR), without error. The two others cut the stream into codewords of n
/// complex channel uses; a datagram is lost if one of its codewords is.
public struct RateLaw: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case shannon
        /// Polyanskiy, Poor and Verdú's normal approximation (IEEE Trans. Inf. Theory 56, 2010, Theorem 54) for the complex
        /// Gaussian channel: R = C − √(V/n)·Q⁻¹(ε) + log₂(2n)/2n, with C = log₂(1 + SNR) and the dispersion
        /// V = SNR(SNR + 2)/(SNR + 1)²·log₂²e. Every codeword fails with probability ε.
        case finiteBlocklength(error: Double)
        /// A scheme of 3GPP TS 38.214 a coherence block: the fastest whose codewords fail with at most `target`.
        case schemes(ModulationTable, target: Double)
    }

    public let kind: Kind
    /// Complex channel uses of a codeword, n.
    public let symbols: Int
    /// What schemes lose against the normal approximation, linear: their curve of block errors is
    /// ε(SNR) = Q((C − R + log₂(2n)/2n)·√(n/V)) at SNR/gap.
    public let gap: Double
    /// Least SNR of each scheme; empty for the other laws.
    private let thresholds: [Double]
    /// Q⁻¹(ε) of ``Kind/finiteBlocklength(error:)``.
    private let quantile: Double

    public static let shannon = RateLaw(.shannon)
    public static let usualSymbols = 2000
    /// 2 dB.
    public static let usualGap = 1.5848931924611136

    public init(_ kind: Kind, symbols: Int = RateLaw.usualSymbols, gap: Double = RateLaw.usualGap) {
        self.kind = kind
        self.symbols = symbols
        self.gap = gap
        switch kind {
        case .shannon: (thresholds, quantile) = ([], 0)
        case .finiteBlocklength(let error): (thresholds, quantile) = ([], Self.normalQuantile(error))
        case .schemes(let table, let target):
            quantile = 0
            thresholds = table.schemes.map { scheme in
                Self.threshold(of: scheme.efficiency, target: target, symbols: symbols, gap: gap)
            }
        }
    }

    /// For reports.
    public var words: String {
        switch kind {
        case .shannon: "Shannon: B·log₂(1 + SNR), without error"
        case .finiteBlocklength(let error):
            "finite blocklength: normal approximation, codewords of \(symbols) symbols, error \(error)"
        case .schemes(let table, let target):
            "3GPP TS 38.214, \(table.rawValue): block errors of at most \(target), codewords of \(symbols) symbols, \(Int((Decibels.of(gap) * 10).rounded()) / 10) dB from the normal approximation"
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
        for (index, threshold) in thresholds.enumerated() where threshold <= snr {
            // Where 64-QAM begins, table 1 has a row that is slower than the one before.
            if best.map({ schemes[index].efficiency > schemes[$0].efficiency }) ?? true { best = index }
        }
        return best
    }

    /// Probability that a codeword fails.
    public func codewordError(_ snr: Double) -> Double {
        switch kind {
        case .shannon: return 0
        case .finiteBlocklength(let error): return error
        case .schemes:
            let rate = efficiency(snr)
            return rate > 0 ? Self.error(of: rate, at: snr / gap, symbols: symbols) : 1
        }
    }

    /// Probability that a datagram fails: one of the codewords that its bits fill.
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
            ?? require(gap >= 1 && gap.isFinite, "gap", gap, "at least 0 dB")
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

    private static func threshold(of rate: Double, target: Double, symbols: Int, gap: Double) -> Double {
        var (low, high) = (-40.0, 60.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            let error = error(of: rate, at: Decibels.linear(middle) / gap, symbols: symbols)
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
