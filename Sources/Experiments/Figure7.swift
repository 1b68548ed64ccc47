import Adaptation
import Determinism
import Fidelity
import Foundation
import HyperpriorCodec
import ImagePipeline
import Imaging
import Inpainting
import Report
import Results
import Semantics
import Topologies

extension FigureContext {
    private static let thresholds: [Float] = [0.1, 0.3, 0.5, 0.7, 0.9, 0.98]
    /// By threshold: mean mask PSNR and mean GVIF, one point a rate.
    private typealias Means = [Float: [(x: Double, y: Double)]]

    /// Fig. 7: GVIF against mask PSNR for several thresholds.
    func figure7() throws -> FigureOutcome {
        var outcome = FigureOutcome(
            name: "fig7", title: "Fig. 7 · GVIF against mask PSNR",
            method:
                "Every photo coded for real at each α and rate, decoded, and measured over its own mask (Eq. "
                + "40, normalised)."
        )
        let count = laboratory.catalogue.rateCount
        let step = Double(count - 1) / 7
        let spread: [Int] = (0..<8).map { 1 + Int((Double($0) * step).rounded()) }
        let rates = Set(spread).sorted()
        let lines = try link.map { link in
            try link.lines(
                "fig7",
                link.document(
                    "fig7", senders: [.proposed],
                    scheme: [
                        ("policy", "fixed"), ("rate", "1"), ("budget", "5 s"), ("caption", "either"),
                        ("inpaint", "none"),
                    ],
                    snr: "40 dB",
                    axes: [("scheme.alpha", Self.thresholds.map { "\($0)" }), ("scheme.rate", rates.map { "\($0)" })]))
        }
        if let lines { outcome.method += " \(lines.provenance)" }
        let (means, rows) = try meansByThreshold(rates: rates, lines: lines)
        var plot = Plot(
            title: "GVIF against mask PSNR",
            description: "Mean GVIF over photos against mean mask PSNR, one curve a threshold.",
            xLabel: "mask PSNR, dB", yLabel: "GVIF",
            series: Self.thresholds.prefix(5).map { alpha in
                .init("α = \(alpha)", (means[alpha] ?? []).map { .init($0.x, $0.y) })
            })
        (plot.yLow, plot.height) = (0, 340)
        outcome.plots.append(("fig7", plot))
        outcome.tables.append(
            .init(file: "fig7", columns: ["photo", "alpha", "rate", "gvif", "mask_psnr_db", "bits"], rows: rows))
        outcome.claims = [riseAt32(means), monotony(means, rates: rates)] + [ceiling(means)].compactMap { $0 }
        return outcome
    }

    /// - Returns: the means over photos, and the table's row of every photo.
    private func meansByThreshold(
        rates: [Int], lines: [SweepSummary.Line]?
    ) throws -> (means: Means, rows: [[String]]) {
        var means: Means = [:]
        var rows: [[String]] = []
        for alpha in Self.thresholds {
            for rate in rates {
                progress("fig7: α \(alpha), rate \(rate)")
                var gvifs: [Double] = []
                var decibels: [Double] = []
                let line = lines?.first { Float($0.value(0)) == alpha && Int($0.value(1)) == rate }
                for study in studies {
                    let values = try measured(study, alpha: alpha, rate: rate, on: line)
                    guard values[1] >= 0, values[1].isFinite else { continue }
                    gvifs.append(values[0])
                    decibels.append(values[1])
                    rows.append(
                        [study.name, "\(alpha)", "\(rate)", "\(values[0])", "\(values[1])", "\(Int(values[2]))"])
                }
                if let gvif = Sample(gvifs), let psnr = Sample(decibels) {
                    means[alpha, default: []].append((psnr.mean, gvif.mean))
                }
            }
        }
        return (means, rows)
    }

    /// GVIF, mask PSNR (−1 where there is none) and bits of one photo, over the link where there was one.
    private func measured(_ study: Study, alpha: Float, rate: Int, on line: SweepSummary.Line?) throws -> [Double] {
        if let line {
            guard let image = line.image(of: study) else { return [0, -1, 0] }
            return [image.gvif ?? 0, image.maskPSNR ?? -1, Double(image.totalBits)]
        }
        return try ledger.value(key(study.name, "coded", "\(alpha)", "\(rate)")) { () -> [Double] in
            let coded = try laboratory.code(study, alpha: alpha, rate: rate)
            let decibels = laboratory.maskPSNR(study, try laboratory.decode(coded), mask: coded.mask)
            return [coded.gvif, decibels ?? -1, Double(coded.bits)]
        }
    }

    /// How far GVIF rises at 32 dB.
    private func riseAt32(_ means: Means) -> Claim {
        let paper = "At a mask PSNR of 32 dB, GVIF rises by about 0.15 as α falls from 0.7 to 0.3."
        let holdsIf = "0.08 to 0.25; partly: any rise"
        guard let low = Curve.value(at: 32, means[0.7] ?? []), let high = Curve.value(at: 32, means[0.3] ?? []) else {
            let best = means.values.flatMap { $0.map(\.x) }.max() ?? 0
            return Claim(
                paper: paper, holdsIf: holdsIf,
                ours:
                    "The shipped coder reaches \(NumberFormat.decibel(best)) on these masks, so there is nothing to "
                    + "compare at 32 dB.",
                verdict: .untested)
        }
        let rise = high - low
        return Claim(
            paper: paper, holdsIf: holdsIf,
            ours:
                "It rises by \(NumberFormat.decimal(rise, 3)) "
                + "(\(NumberFormat.decimal(low, 3)) to \(NumberFormat.decimal(high, 3))).",
            verdict: (0.08...0.25).contains(rise) ? .holds : rise > 0 ? .partly : .not)
    }

    private func monotony(_ means: Means, rates: [Int]) -> Claim {
        let alphas = Self.thresholds
        let inPSNR = alphas.allSatisfy { Curve.rises(means[$0] ?? []) }
        let inAlpha = rates.indices.allSatisfy { at in
            zip(alphas, alphas.dropFirst()).allSatisfy {
                (means[$0]?[safe: at]?.y ?? 1) >= (means[$1]?[safe: at]?.y ?? 0)
            }
        }
        return Claim(
            paper: "GVIF is a monotonously increasing function of the mask PSNR and of 1 − α.",
            holdsIf: "at every step of both; partly: of one",
            ours:
                "In the mask PSNR: \(inPSNR ? "always" : "not everywhere"). In 1 − α at equal rate: "
                + "\(inAlpha ? "always" : "not everywhere").",
            verdict: inPSNR && inAlpha ? .holds : inPSNR || inAlpha ? .partly : .not)
    }

    private func ceiling(_ means: Means) -> Claim? {
        guard let most = means[0.98]?.map(\.y).max() else { return nil }
        return Claim(
            paper: "When α is close to 1, GVIF remains very low however good the source coder.",
            holdsIf: "below 0.1; partly: below 0.2",
            ours: "At α = 0.98 the best coder reaches \(NumberFormat.decimal(most, 3)).",
            verdict: most < 0.1 ? .holds : most < 0.2 ? .partly : .not)
    }
}

extension Array {
    package subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
