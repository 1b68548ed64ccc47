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
    /// Fig. 8: what different thresholds look like at equal mask PSNR.
    func figure8() throws -> FigureOutcome {
        var outcome = FigureOutcome(
            name: "fig8", title: "Fig. 8 · Photos at different thresholds",
            method:
                """
                The rate is the one whose mean mask PSNR is nearest to 37.5 dB. \
                What was not sent is \
                \(laboratory.inpainterName == "none" ? "hatched" : "filled by ‘\(laboratory.inpainterName)’").
                """
        )
        let rate = (qualities.indices.min { abs(qualities[$0] - 37.5) < abs(qualities[$1] - 37.5) } ?? 0) + 1
        let alphas: [Float] = [0.1, 0.3, 0.5, 0.7]
        let lines = try link.map { link in
            try link.lines(
                "fig8",
                link.document(
                    "fig8", senders: [.proposed],
                    scheme: [
                        ("policy", "fixed"), ("rate", "\(rate)"), ("budget", "5 s"), ("caption", "either"),
                        ("inpaint", try laboratory.inpainterInTopology()),
                    ],
                    snr: "40 dB", axes: [("scheme.alpha", alphas.map { "\($0)" })]))
        }
        if let lines { outcome.method += " \(lines.provenance)" }
        var falls = 0
        for study in studies.prefix(3) {
            let (pictures, falling) = try strip(study, alphas: alphas, rate: rate, lines: lines)
            if falling { falls += 1 }
            outcome.strips.append(.init(title: "\(study.name) (\(study.label))", pictures: pictures))
        }
        outcome.claims.append(
            Claim(
                paper: "The larger α, the more the generated image differs from the original; GVIF states the loss.",
                holdsIf: "on every photo; partly: on some",
                ours: "GVIF falls with α on \(falls) of \(outcome.strips.count) photos.",
                verdict: falls == outcome.strips.count ? .holds : .partly))
        return outcome
    }

    /// The original and what is received at each threshold, and whether GVIF falls from one to the next.
    private func strip(
        _ study: Study, alphas: [Float], rate: Int, lines: [SweepSummary.Line]?
    ) throws -> (pictures: [FigureOutcome.Picture], falling: Bool) {
        var pictures: [FigureOutcome.Picture] = []
        if let file = try picture("\(study.name)-original", { try study.image.jpegData(quality: 88) }) {
            pictures.append(.init(title: "Original", alt: "\(study.name), the original", file: file))
        }
        var last = Double.infinity
        var falling = true
        for alpha in alphas {
            let sent: (gvif: Double, filled: () throws -> Image?)
            if let lines, let link {
                guard let line = lines.first(where: { Float($0.value(0)) == alpha }),
                    let image = line.image(of: study)
                else { continue }
                sent = (
                    image.gvif ?? 0, { try link.picture(image.receivedFile ?? image.decodedFile, of: line, "fig8") }
                )
            } else {
                let coded = try laboratory.code(study, alpha: alpha, rate: rate)
                sent = (coded.gvif, { try filled(study, coded) })
            }
            falling = falling && sent.gvif <= last
            last = sent.gvif
            let inpainter = laboratory.inpainterName.suffix(12).replacingOccurrences(of: "/", with: "-")
            let file = try picture("\(study.name)-fig8-\(alpha)-\(inpainter)") {
                try sent.filled()?.jpegData(quality: 88)
            }
            if let file {
                pictures.append(
                    .init(
                        title: "α = \(alpha), GVIF \(NumberFormat.decimal(sent.gvif, 3))",
                        alt: "\(study.name) received at a threshold of \(alpha)", file: file))
            }
        }
        return (pictures, falling)
    }

    /// The received picture with its missing region filled as the laboratory fills, hatched where it does not.
    func filled(_ study: Study, _ coded: CodedImage) throws -> Image {
        let decoded = try laboratory.decode(coded)
        let known = laboratory.pixels(coded.mask, of: decoded)
        if laboratory.inpainterName == "none" { return decoded.masked(known, outside: .grey(225)) }
        return try laboratory.inpainter.fill(
            decoded, known: known,
            settings: .init(prompt: study.caption, stream: .init(seed: 1, name: "reproduce/" + study.name))
        ).image
    }
}
