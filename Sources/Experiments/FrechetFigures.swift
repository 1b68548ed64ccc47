import Adaptation
import Declarations
import Fidelity
import Foundation
import HyperpriorCodec
import ImagePipeline
import Imaging
import Report
import Results
import Semantics
import Topologies

extension FigureContext {
    private struct Point: Codable {
        var alpha: Double
        var distance: Double
        var gvif: Double
        var bits: Double
    }

    /// Features of a picture's crops: nine overlapping ones of half its size, so that ten photos give ninety samples.
    private func features(_ image: Image) throws -> [[Float]] {
        let (width, height) = (image.width / 2, image.height / 2)
        var features: [[Float]] = []
        for row in 0..<3 {
            for column in 0..<3 {
                let crop = image.cropped(
                    x: column * (image.width - width) / 2, y: row * (image.height - height) / 2, width: width,
                    height: height)
                features.append(try laboratory.classifier.pooledFeatures(crop, backboneSize: .shorterSide(160)))
            }
        }
        return features
    }

    /// From the prompt alone, for which α = 1 stands, to the whole photo.
    private var alphas: [Float] { [1, 0.95, 0.9, 0.8, 0.6, 0.4, 0.2, 0] }

    /// The runs behind the points; nil where nothing crosses a link.
    private func sent(at alphas: [Float], rate: Int) throws -> [(alpha: Double, name: String, line: SweepSummary.Line)]?
    {
        guard let link else { return nil }
        let fixed = [
            ("rate", "\(rate)"), ("budget", "5 s"), ("caption", "either"),
            ("inpaint", try laboratory.inpainterInTopology()),
        ]
        let text = try link.lines(
            "fig11-text",
            link.document(
                "fig11-text", senders: [.textOnly], scheme: fixed, snr: "40 dB", axes: [("scheme.alpha", ["1"])]))
        let pictures = try link.lines(
            "fig11",
            link.document(
                "fig11", senders: [.proposed], scheme: [("policy", "fixed")] + fixed, snr: "40 dB",
                axes: [("scheme.alpha", alphas.map { "\($0)" })]))
        return text.map { ($0.value(0), "fig11-text", $0) } + pictures.map { ($0.value(0), "fig11", $0) }
    }

    private func points() throws -> [Point] {
        let rate = minimalRate(33) ?? laboratory.catalogue.rateCount
        let reference = try FeatureStatistics(studies.flatMap { try features($0.image) })
        let inpainter = laboratory.inpainterName.replacingOccurrences(of: "/", with: "-")
        let lines = try sent(at: alphas.filter { $0 < 1 }, rate: rate)
        return try alphas.map { alpha in
            progress("fig11: α \(alpha)")
            return try ledger.value(
                key(
                    "all-\(studies.count)", "frechet", link == nil ? "direct" : "link", inpainter, "\(rate)", "\(alpha)"
                )
            ) {
                var all: [[Float]] = []
                var gvif = 0.0
                var bits = 0.0
                for study in studies {
                    if let lines, let link {
                        guard
                            let (name, line) = lines.first(where: { Float($0.alpha) == alpha }).map({
                                ($0.name, $0.line)
                            }), let image = line.image(of: study),
                            let picture = try link.picture(image.receivedFile ?? image.decodedFile, of: line, name)
                        else {
                            throw ExperimentError.unsuitable("fig11: \(study.name) left no picture at α = \(alpha)")
                        }
                        all += try features(picture)
                        gvif += image.gvif ?? 0
                        bits += Double(image.totalBits)
                    } else {
                        let coded = try laboratory.code(
                            study, alpha: alpha == 1 ? Decision.promptOnlyAlpha : alpha, rate: rate)
                        all += try features(try filled(study, coded))
                        gvif += coded.gvif
                        bits += Double(coded.bits)
                    }
                }
                let n = Double(studies.count)
                return Point(
                    alpha: Double(alpha), distance: try frechetDistance(reference, FeatureStatistics(all)),
                    gvif: gvif / n, bits: bits / n)
            }
        }
    }

    private var frechetMethod: String {
        let classifier = ModelLibrary.standard.classifierName(laboratory.classifierPath)
        return
            """
            Fréchet distance of \(laboratory.classifier.featureCount) pooled features (\(classifier)) over nine crops \
            of each of \(studies.count) photos: not the Inception FID of the paper, and biased upwards by few samples; \
            the trend is what can be compared. Missing regions are filled by ‘\(laboratory.inpainterName)’.
            """
    }

    /// Fig. 11a: distance against the time on the air at 10 dB.
    func figure11a() throws -> FigureOutcome {
        let points = try points()
        let capacity = 1e6 * log2(1 + pow(10, 1.0))
        var outcome = FigureOutcome(
            name: "fig11a", title: "Fig. 11a · Fréchet distance against latency", method: frechetMethod)
        var plot = Plot(
            title: "Fréchet distance against latency",
            description: "From text alone on the left to the whole photo on the right.",
            xLabel: "time on the air at 10 dB, ms", yLabel: "Fréchet distance",
            series: [.init("", points.map { .init($0.bits / capacity * 1000, $0.distance, note: "α = \($0.alpha)") })])
        (plot.xLow, plot.yLow) = (0, 0)
        outcome.plots = [("fig11a", plot)]
        outcome.tables.append(
            .init(
                file: "fig11a", columns: ["alpha", "frechet", "gvif", "bits", "air_time_at_10_db_ms"],
                rows: points.map {
                    ["\($0.alpha)", "\($0.distance)", "\($0.gvif)", "\($0.bits)", "\($0.bits / capacity * 1000)"]
                }))
        let most = points.max { $0.distance < $1.distance }, least = points.min { $0.distance < $1.distance }
        outcome.claims.append(
            Claim(
                paper:
                    "Text alone has the highest distance and the lowest latency, the unfiltered coder the "
                    + "lowest distance and the highest latency.",
                holdsIf: "highest at α = 1, lowest at 0; partly: within 0.1 and 0.2 of them",
                ours:
                    "Highest at α = \(most.map { NumberFormat.decimal($0.alpha, 2) } ?? "–"), "
                    + "lowest at α = \(least.map { NumberFormat.decimal($0.alpha, 2) } ?? "–").",
                verdict: most?.alpha == 1 && least?.alpha == 0
                    ? .holds : (most?.alpha ?? 0) > 0.899 && (least?.alpha ?? 1) < 0.201 ? .partly : .not,
                why: smoothFilling))
        func distance(_ alpha: Double) -> Double { points.first { abs($0.alpha - alpha) < 1e-6 }?.distance ?? 0 }
        let (first, second) = (distance(1) - distance(0.8), distance(0.8) - distance(0.6))
        func words(_ fall: Double) -> String {
            let share = NumberFormat.decimal(abs(fall) / max(1e-9, distance(1)) * 100, 0)
            return "\(fall < 0 ? "rises" : "falls") by \(share) % from α ="
        }
        outcome.claims.append(
            Claim(
                paper: "The distance changes fastest as α leaves 1: it falls by 40 from α = 1 to 0.8.",
                holdsIf: "it falls more from 1 to 0.8 than from 0.8 to 0.6; partly: it falls",
                ours:
                    "It \(words(first)) 1 to 0.8 and \(words(second)) 0.8 to 0.6, of the distance at 1.",
                verdict: first > second && first > 0 ? .holds : first > 0 ? .partly : .not, why: smoothFilling))
        return outcome
    }

    /// Why distances near α = 1 are not the paper's, where nothing draws what is missing.
    private var smoothFilling: String? {
        ["none", "harmonic", "layout"].contains(laboratory.inpainterName)
            ? """
            ‘\(laboratory.inpainterName)’ draws nothing: near α = 1 a few sharp squares in a smooth ground are as \
            far from photos, to these features, as an even colour; the paper’s generator draws from the text.
            """
            : nil
    }

    /// Fig. 11b: distance against GVIF.
    func figure11b() throws -> FigureOutcome {
        let points = try points()
        var outcome = FigureOutcome(
            name: "fig11b", title: "Fig. 11b · Fréchet distance against GVIF", method: frechetMethod)
        var plot = Plot(
            title: "Fréchet distance against GVIF", description: "The distance falls as GVIF rises.",
            xLabel: "mean GVIF", yLabel: "Fréchet distance",
            series: [.init("", points.map { .init($0.gvif, $0.distance, note: "α = \($0.alpha)") })])
        (plot.xLow, plot.yLow) = (0, 0)
        outcome.plots = [("fig11b", plot)]
        outcome.tables.append(
            .init(
                file: "fig11b", columns: ["alpha", "gvif", "frechet"],
                rows: points.map { ["\($0.alpha)", "\($0.gvif)", "\($0.distance)"] }))
        let falls = Curve.rises(points.map { ($0.gvif, -$0.distance) })
        let ends = (points.first?.distance ?? 0) > (points.last?.distance ?? 0)
        outcome.claims.append(
            Claim(
                paper: "The distance is a monotonously decreasing function of GVIF.",
                holdsIf: "at each step; partly: from end to end",
                ours: falls
                    ? "It falls at each step."
                    : ends ? "It falls from end to end, not at each step." : "It does not fall.",
                verdict: falls ? .holds : ends ? .partly : .not, why: smoothFilling))
        return outcome
    }
}
