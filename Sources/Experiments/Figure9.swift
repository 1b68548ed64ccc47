import Foundation
import HyperpriorCodec
import ImagePipeline
import Report
import Results
import Topologies

/// Fig. 9: the schemes against SNR and against the latency budget.
extension FigureContext {
    private struct Sweep {
        var x: [Double] = []
        var proposed: [[Outcome]] = []
        var vae: [[Outcome]] = []
        var provenance = ""
    }

    /// - Parameters:
    ///   - axis: the topology's key that x stands for.
    ///   - points: x, the value of the axis, and what the budget is there.
    private func sweep(
        _ name: String, axis: String, snr: String, latency: String, _ points: [(x: Double, value: String, budget: Int)],
        minimalRate: Int
    ) throws -> Sweep {
        var sweep = Sweep()
        sweep.x = points.map(\.x)
        guard let link else {
            for point in points {
                progress("\(name): \(NumberFormat.decimal(point.x, 1))")
                sweep.proposed.append(
                    try studies.map { try proposed($0, budgetBits: point.budget, minimalRate: minimalRate) })
                sweep.vae.append(
                    try studies.map { try unfiltered($0, budgetBits: point.budget, minimalRate: minimalRate) })
            }
            return sweep
        }
        let lines = try link.lines(
            name,
            link.document(
                name, senders: [.proposed, .vae],
                scheme: [
                    ("policy", "optimal"), ("tolerance", "0"), ("budget", latency), ("lowestRate", "\(minimalRate)"),
                    ("infeasible", "prompt-only"), ("caption", "either"), ("inpaint", "none"),
                ],
                snr: snr, axes: [(axis, points.map(\.value))]))
        func outcomes(_ x: Double, _ scheme: SchemeKind) -> [Outcome] {
            lines.filter { $0.value(0) == x && $0.scheme == scheme.rawValue }.flatMap { line in
                studies.compactMap { line.image(of: $0) }.map { image in
                    Outcome(
                        gvif: image.gvif ?? 0, alpha: min(image.alpha, 1), rate: image.rate, bits: image.totalBits,
                        feasible: image.feasible ?? true)
                }
            }
        }
        sweep.proposed = sweep.x.map { outcomes($0, .proposed) }
        sweep.vae = sweep.x.map { outcomes($0, .vae) }
        sweep.provenance = lines.provenance
        return sweep
    }

    private func table(_ file: String, _ sweep: Sweep, _ x: String) -> FigureOutcome.Table {
        var rows: [[String]] = []
        for (at, value) in sweep.x.enumerated() {
            for (scheme, outcomes) in [("proposed", sweep.proposed[at]), ("vae", sweep.vae[at])] {
                for (study, one) in zip(studies, outcomes) {
                    rows.append([
                        scheme, "\(value)", study.name, "\(one.gvif)", "\(one.alpha)", "\(one.rate)", "\(one.bits)",
                        "\(one.feasible)",
                    ])
                }
            }
        }
        return .init(
            file: file, columns: ["scheme", x, "photo", "gvif", "alpha", "rate", "bits", "feasible"], rows: rows)
    }

    private func curves(_ sweep: Sweep) -> [Plot.Series] {
        func points(_ outcomes: [[Outcome]]) -> [Plot.Point] {
            sweep.x.indices.compactMap { at in Curve.point(sweep.x[at], outcomes[at].map(\.gvif)) }
        }
        return [.init("proposed", points(sweep.proposed)), .init("without filtering", points(sweep.vae))]
    }

    /// What Figs. 9a and 9b ask of the minimal quality, and what the coder can give.
    private var minimum: (rate: Int, words: String) {
        if let rate = minimalRate(30) { return (rate, "30 dB minimal mask PSNR: rates from \(rate) up") }
        let best = qualities.indices.max { qualities[$0] < qualities[$1] } ?? 0
        return (
            best + 1,
            "no rate of this coder reaches 30 dB on average; "
                + "the best (\(NumberFormat.decibel(qualities[best]))) stands in"
        )
    }

    /// Fig. 9a: GVIF against SNR at 20 ms.
    func figure9a() throws -> FigureOutcome {
        let (rate, words) = minimum
        let snrs = stride(from: -2.0, through: 20, by: 2).map { $0 }
        let sweep = try sweep(
            "fig9a", axis: "links.*.snr", snr: "0 dB", latency: "20 ms",
            snrs.map { ($0, "\(Int($0)) dB", ExperimentContext.budgetBits(snr: $0, latency: 0.02)) }, minimalRate: rate)
        var outcome = FigureOutcome(
            name: "fig9a", title: "Fig. 9a · GVIF against SNR",
            method:
                "B = 1 MHz, T_max = 20 ms, \(words). Both schemes coded for real within C·T_max for every "
                + "photo; what cannot keep the bounds goes as its prompt alone (GVIF 0). \(sweep.provenance)"
        )
        outcome.plots = plotsAgainstSNR(sweep)
        outcome.tables.append(table("fig9a", sweep, "snr"))
        outcome.claims = claimsAgainstSNR(sweep)
        return outcome
    }

    private func plotsAgainstSNR(_ sweep: Sweep) -> [(file: String, plot: Plot)] {
        var plot = Plot(
            title: "GVIF against SNR", description: "Mean GVIF over photos with 95 % intervals.", xLabel: "SNR, dB",
            yLabel: "GVIF", series: curves(sweep))
        (plot.yLow, plot.yHigh, plot.height) = (0, 1, 320)
        var thresholds = Plot(
            title: "Threshold against SNR", description: "Mean threshold of the proposed scheme.", xLabel: "SNR, dB",
            yLabel: "α",
            series: [
                .init(
                    "", sweep.x.indices.compactMap { at in Curve.point(sweep.x[at], sweep.proposed[at].map(\.alpha)) },
                    colour: 2)
            ])
        (thresholds.yLow, thresholds.yHigh, thresholds.height) = (0, 1, 230)
        return [("fig9a", plot), ("fig9a-alpha", thresholds)]
    }

    private func claimsAgainstSNR(_ sweep: Sweep) -> [Claim] {
        var claims: [Claim] = []
        let proposed = sweep.proposed.map(mean), vae = sweep.vae.map(mean)
        let rising = Curve.rises(zip(sweep.x, proposed).map { ($0, $1) }, slack: 0.002)
        claims.append(
            Claim(
                paper: "The proposed scheme's GVIF rises with the SNR.",
                holdsIf: "no step falls by more than 0.002",
                ours:
                    """
                    From \(NumberFormat.decimal(proposed.first, 3)) at −2 dB \
                    to \(NumberFormat.decimal(proposed.last, 3)) \
                    at 20 dB, \(rising ? "rising throughout" : "not monotonously").
                    """,
                verdict: rising ? .holds : .partly))
        // The cliff: below which SNR the scheme without filtering keeps less than half of what the proposed one does.
        let cliff = sweep.x.indices.first { vae[$0] >= 0.5 * proposed[$0] && proposed[$0] > 0.05 }.map { sweep.x[$0] }
        let lost = sweep.x.indices.filter { sweep.x[$0] < 10 }.map { at in sweep.vae[at].filter { !$0.feasible }.count }
        let share = Double(lost.reduce(0, +)) / Double(max(1, lost.count * studies.count))
        claims.append(
            Claim(
                paper: "Without filtering GVIF falls off a cliff below 10 dB.",
                holdsIf: "half is kept first between 6 and 14 dB; partly: a quarter of photos fails below 10 dB",
                ours: cliff.map {
                    "It keeps half of the proposed scheme’s GVIF from \(NumberFormat.decimal($0, 0)) dB up; "
                        + "below 10 dB it fails on \(NumberFormat.percent(share)) of photos."
                } ?? "It never reaches half of the proposed scheme’s GVIF.",
                verdict: cliff.map { (6...14).contains($0) ? .holds : share > 0.25 ? .partly : .not } ?? .partly))
        let atTwo = sweep.proposed[0].filter { $0.alpha < 1 }.map(\.alpha)
        if let alpha = Sample(atTwo) {
            claims.append(
                Claim(
                    paper: "At −2 dB the threshold rises to 0.74.",
                    holdsIf: "0.64 to 0.84; partly: above 0.5",
                    ours:
                        """
                        It is \(NumberFormat.decimal(alpha.mean, 2)) on average (\(atTwo.count) of \(studies.count) \
                        photos send features, \(sweep.proposed[0].filter { !$0.feasible }.count) keep no bound).
                        """,
                    verdict: abs(alpha.mean - 0.74) < 0.1 ? .holds : alpha.mean > 0.5 ? .partly : .not))
        }
        let gap = abs((proposed.last ?? 0) - (vae.last ?? 0))
        let failing = sweep.vae.last?.filter { !$0.feasible }.count ?? 0
        claims.append(
            Claim(
                paper: "At high SNR both schemes are equal.",
                holdsIf: "less than 0.01 apart; partly: 0.05",
                ours: "At 20 dB they differ by \(NumberFormat.decimal(gap, 3)).",
                verdict: gap < 0.01 ? .holds : gap < 0.05 ? .partly : .not,
                why: failing > 0
                    ? """
                    \(failing) of \(studies.count) photos take more than C·T_max as a whole even at the lowest \
                    rate allowed, so that nothing of them is sent without filtering: this coder spends more bits \
                    than the paper’s.
                    """
                    : nil))
        return claims
    }

    /// Fig. 9b: GVIF against the latency budget.
    func figure9b() throws -> FigureOutcome {
        let (rate, words) = minimum
        let times = [5.0, 10, 15, 20, 25, 30, 40, 50, 60]
        let sweep = try sweep(
            "fig9b", axis: "scheme.budget", snr: "6 dB", latency: "5 ms",
            times.map { ($0, "\(Int($0)) ms", ExperimentContext.budgetBits(snr: 6, latency: $0 / 1000)) },
            minimalRate: rate)
        var outcome = FigureOutcome(
            name: "fig9b", title: "Fig. 9b · GVIF against latency",
            method: "B = 1 MHz, SNR 6 dB (the paper does not say), \(words). \(sweep.provenance)")
        var plot = Plot(
            title: "GVIF against latency", description: "Mean GVIF over photos with 95 % intervals.",
            xLabel: "T_max, ms", yLabel: "GVIF", series: curves(sweep))
        (plot.xLow, plot.yLow, plot.yHigh, plot.height) = (0, 0, 1, 320)
        outcome.plots = [("fig9b", plot)]
        outcome.tables.append(table("fig9b", sweep, "latency ms"))
        let proposed = sweep.proposed.map(mean)
        let rising = Curve.rises(zip(sweep.x, proposed).map { ($0, $1) }, slack: 0.002)
        outcome.claims.append(
            Claim(
                paper: "A longer latency gives a higher GVIF.",
                holdsIf: "no step falls by more than 0.002",
                ours:
                    """
                    From \(NumberFormat.decimal(proposed.first, 3)) at 5 ms \
                    to \(NumberFormat.decimal(proposed.last, 3)) \
                    at 60 ms, \(rising ? "rising throughout" : "not monotonously").
                    """,
                verdict: rising ? .holds : .partly))
        return outcome
    }
}
