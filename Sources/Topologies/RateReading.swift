import Channels
import Declarations
import Determinism
import Files
import Yams

extension RateLaw {
    /// `rate: shannon`, `rate: {finiteBlocklength: {error: 1e-3}}` or `rate: {mcs: nr-table-1, target: 0.1}`.
    ///
    /// - Parameter folder: from which a table's path is taken.
    static func read(_ s: YAMLSection, folder: String) -> RateLaw {
        let laws = s.choiceOrSection(
            "rate", words: ["shannon"],
            """
            What an SNR carries: shannon, B·log2(1 + SNR) without error; finiteBlocklength, less than that, \
            with codewords that fail; mcs, a scheme of a table a block. A datagram is lost with any of its codewords.
            """
        )
        let symbols = laws.integer(
            "symbols", default: RateLaw.usualSymbols, in: 100...1_000_000, "Complex channel uses of a codeword.")
        let finite = laws.section("finiteBlocklength", "Polyanskiy's normal approximation.")
        let error = finite.number("error", default: 1e-3, in: 1e-12...0.49, "Probability that a codeword fails.")
        finite.finish()
        let table = laws.modulationTable("mcs", folder: folder)
        let target = laws.number(
            "target", default: 0.1, in: 1e-6...0.49, "Most block errors of the scheme that is chosen.")
        laws.limit("target", to: "`mcs`")
        let gap = laws.quantity(
            "gap", .level, default: 2, least: 0, most: 20,
            "SNR that a scheme's code loses against the normal approximation, by which its block errors are counted.")
        laws.limit("gap", to: "`mcs`")
        let harq = laws.harq()
        laws.finish()
        let isFinite = laws.has("finiteBlocklength")
        if !isFinite { laws.omit("finiteBlocklength") }
        if !laws.has("mcs") {
            for key in ["target", "gap"] {
                laws.omit(key)
                if laws.has(key) { laws.report(key, "belongs to mcs") }
            }
        }
        guard laws.mapping != nil else { return .shannon }
        if isFinite == laws.has("mcs") {
            laws.report(isFinite ? "mcs" : "finiteBlocklength", "expected one of finiteBlocklength and mcs")
        }
        if let table {
            return RateLaw(.schemes(table, target: target), symbols: symbols, gap: Decibels.linear(gap), harq: harq)
        }
        return isFinite ? RateLaw(.finiteBlocklength(error: error), symbols: symbols, harq: harq) : .shannon
    }

    /// The same of an option's text: what stands behind `rate:` in a topology.
    ///
    /// - Throws: ``Misreading`` in words that follow the option's name.
    package static func read(_ text: String) throws(Misreading) -> RateLaw {
        let value: Node?
        do { value = try YAMLTree.read(text, file: "") } catch {
            throw Misreading(reason: "'\(text)' \(error.message)")
        }
        let diagnostics = Diagnostics(file: "")
        let section = YAMLSection(path: "", node: .mapping([Node("rate"): value ?? Node("")]), diagnostics: diagnostics)
        let law = read(section, folder: (try? absolutePath("")) ?? "")
        if let problem = diagnostics.problems.first {
            let key = problem.key.split(separator: ".").dropFirst().joined(separator: ".")
            throw Misreading(reason: (key.isEmpty ? "" : "\(key) ") + problem.message)
        }
        return law
    }

    /// The file that its table of schemes was read from.
    package var file: String? {
        guard case .schemes(let table, _) = kind, table.isOfAFile else { return nil }
        return table.name
    }
}

extension YAMLSection {
    /// One of the standard's tables by its name, or a file's; nil where there is none, or none that can be read.
    fileprivate func modulationTable(_ key: String, folder: String) -> ModulationTable? {
        let names = ModulationTable.standard.map(\.name)
        let list = names.joined(separator: ", ")
        note(
            key, .text,
            """
            Table of modulation and coding schemes. Of 3GPP TS 38.214: `nr-table-1` (5.1.3.1-1, up to 64-QAM), \
            `nr-table-2` (5.1.3.1-2, 256-QAM), `nr-cqi-1` and `nr-cqi-2` (5.2.2.1-2 and -3, coarser). Or a CSV file, \
            from the topology's folder, with the columns `order` (bits a symbol), `code_rate` or `code_rate_x1024`, \
            and, where it is known, `snr_db`: the SNR at which block errors are the target, in place of the normal \
            approximation and `gap`. The fastest scheme that keeps the target is used, none below the first.
            """
        )
        guard let written = scalar(key, expected: "one of \(list), or a CSV file") else { return nil }
        if let table = ModulationTable.standard.first(where: { $0.name == written }) {
            settle(key, written)
            return table
        }
        let path = absolutePath(written, from: folder)
        settle(key, path)
        guard isPlainFile(path) else {
            report(
                key,
                "'\(written)' is no table and no file: expected one of \(list), "
                    + "or a CSV file\(nearestHint(to: written, among: names))"
            )
            return nil
        }
        do {
            return try ModulationTable(csv: try TextFile.read(path), name: path)
        } catch {
            report(key, "\(error)")
            return nil
        }
    }

    /// Whether and how failed codewords are sent again.
    fileprivate func harq() -> HARQ? {
        let harq = section(
            "harq",
            """
            Hybrid ARQ with Chase combining: a codeword that failed is sent again, before what waits, and the SNRs of \
            its attempts add up. Attempts take time from the latency budget; the budget C·T_max counts on C over their \
            mean number.
            """
        )
        let attempts = harq.integer(
            "attempts", default: HARQ.usual.attempts, in: 2...HARQ.mostAttempts, "How often a codeword is sent at most."
        )
        let delay = harq.quantity(
            "delay", .duration, default: HARQ.usual.delay.seconds, least: 0, most: 10,
            "From the end of an attempt that failed to when the next may begin: feedback and the sender's turn.")
        harq.finish()
        guard harq.mapping != nil else {
            omit("harq")
            return nil
        }
        return HARQ(attempts: attempts, delay: .seconds(delay))
    }
}
