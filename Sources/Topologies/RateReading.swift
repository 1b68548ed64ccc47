import Channels
import Declarations
import Yams

extension RateLaw {
    /// `rate: shannon`, `rate: {finiteBlocklength: {error: 1e-3}}` or `rate: {mcs: nr-table-1, target: 0.1}`.
    static func read(_ s: Section) -> RateLaw {
        let laws = s.choiceOrSection(
            "rate", words: ["shannon"],
            "What an SNR carries: shannon, B·log2(1 + SNR) without error; finiteBlocklength, less than that, with codewords that fail; mcs, a scheme of 3GPP TS 38.214 a block. A datagram is lost with any of its codewords."
        )
        let symbols = laws.integer(
            "symbols", default: RateLaw.usualSymbols, in: 100...1_000_000, "Complex channel uses of a codeword.")
        let finite = laws.section("finiteBlocklength", "Polyanskiy's normal approximation.")
        let error = finite.number("error", default: 1e-3, in: 1e-12...0.49, "Probability that a codeword fails.")
        finite.finish()
        let table = laws.optionalChoice(
            "mcs", of: ModulationTable.self,
            "Table of modulation and coding schemes: 5.1.3.1-1 (up to 64-QAM) or 5.1.3.1-2 (256-QAM); the fastest that keeps the target is used, none below the first."
        )
        let target = laws.number(
            "target", default: 0.1, in: 1e-6...0.49, "Most block errors of the scheme that is chosen.")
        laws.limit("target", to: "`mcs`")
        let gap = laws.quantity(
            "gap", .level, default: 2, least: 0, most: 20,
            "SNR that a scheme's code loses against the normal approximation, by which its block errors are counted.")
        laws.limit("gap", to: "`mcs`")
        laws.finish()
        let isFinite = laws.has("finiteBlocklength")
        if !isFinite { laws.omit("finiteBlocklength") }
        if table == nil {
            laws.omit("target")
            laws.omit("gap")
            for key in ["target", "gap"] where laws.has(key) { laws.report(key, "belongs to mcs") }
        }
        guard laws.mapping != nil else { return .shannon }
        if isFinite == (table != nil), !laws.has("mcs") || isFinite {
            laws.report(isFinite ? "mcs" : "finiteBlocklength", "expected one of finiteBlocklength and mcs")
        }
        if let table {
            return RateLaw(.schemes(table, target: target), symbols: symbols, gap: Decibels.linear(gap))
        }
        return isFinite ? RateLaw(.finiteBlocklength(error: error), symbols: symbols) : .shannon
    }

    /// The same of an option's text: what stands behind `rate:` in a topology.
    ///
    /// - Throws: ``Misreading`` in words that follow the option's name.
    package static func read(_ text: String) throws(Misreading) -> RateLaw {
        let value: Node?
        do { value = try YAMLTree.read(text, file: "") } catch {
            throw Misreading(reason: "'\(text)' \(error.message)")
        }
        let findings = Findings(file: "")
        let law = read(Section(path: "", node: .mapping([Node("rate"): value ?? Node("")]), findings: findings))
        if let problem = findings.problems.first {
            let key = problem.key.split(separator: ".").dropFirst().joined(separator: ".")
            throw Misreading(reason: (key.isEmpty ? "" : "\(key) ") + problem.message)
        }
        return law
    }
}
