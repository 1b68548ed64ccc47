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
    /// Fig. 6: which cells hold the information. Sets of equal size, taken by falling and by rising importance.
    func figure6() throws -> FigureOutcome {
        var outcome = FigureOutcome(
            name: "fig6", title: "Fig. 6 · GVIF understands content",
            method:
                "β = 1 (the reference coder), γ² = 0.1. Instead of hand-drawn regions, the cells are taken by "
                + "importance for the photo's top label: the most important first, the least important first."
        )
        let shares = stride(from: 0.1, through: 1.0, by: 0.1).map { ($0 * 10).rounded() / 10 }
        let reference = laboratory.catalogue.referenceRate
        var falling: [[Double]] = []
        var rising: [[Double]] = []
        for study in studies {
            let values = try ledger.value(key(study.name, "fig6")) { () -> [[Double]] in
                let order = study.importance.values.indices.sorted {
                    study.importance.values[$0] > study.importance.values[$1]
                }
                return [order, order.reversed()].map { order in
                    shares.map { share in
                        var mask = Mask(
                            width: study.importance.width, height: study.importance.height, repeating: false)
                        for cell in order.prefix(Int((share * Double(order.count)).rounded())) {
                            mask.values[cell] = true
                        }
                        return laboratory.gvif(study, mask: mask, rate: reference)
                    }
                }
            }
            falling.append(values[0])
            rising.append(values[1])
        }
        func curve(_ values: [[Double]]) -> [Plot.Point] {
            shares.indices.compactMap { at in Curve.point(shares[at], values.map { $0[at] }) }
        }
        var plot = Plot(
            title: "GVIF against the share of cells sent",
            description: "GVIF rises faster when the important cells are sent first.",
            xLabel: "share of cells in P", yLabel: "GVIF",
            series: [.init("most important first", curve(falling)), .init("least important first", curve(rising))])
        (plot.xLow, plot.yLow, plot.yHigh) = (0, 0, 1)
        outcome.plots.append(("fig6", plot))
        var rows: [[String]] = []
        for (at, study) in studies.enumerated() {
            rows.append([study.name, "falling"] + falling[at].map { "\($0)" })
            rows.append([study.name, "rising"] + rising[at].map { "\($0)" })
        }
        outcome.tables.append(
            .init(file: "fig6", columns: ["photo", "order"] + shares.map { "gvif_at_\($0)" }, rows: rows))
        let at = shares.firstIndex(of: 0.3) ?? 2
        if let claim = importanceClaim(studies.indices.map { falling[$0][at] - rising[$0][at] }) {
            outcome.claims.append(claim)
        }
        return outcome
    }

    /// What the most important cells hold more than the least important; nil where there is no photo.
    private func importanceClaim(_ gains: [Double]) -> Claim? {
        guard let gain = Sample(gains) else { return nil }
        let interval = gain.halfWidth.map { " ± " + NumberFormat.decimal($0, 3) } ?? ""
        return Claim(
            paper: "When the object's region is in P, GVIF increases significantly; without it GVIF stays low.",
            holdsIf: "more than 0.1 of GVIF apart; partly: any more",
            ours:
                "The 30 % most important cells hold \(NumberFormat.decimal(gain.mean, 3))\(interval) more GVIF than "
                + "the "
                + "30 % least important; more on \(gains.filter { $0 > 0 }.count) of \(gains.count) photos.",
            verdict: gain.mean > 0.1 ? .holds : gain.mean > 0 ? .partly : .not)
    }
}
