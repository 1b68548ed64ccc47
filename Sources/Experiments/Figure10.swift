import Adaptation
import Fidelity
import Foundation
import HyperpriorCodec
import ImagePipeline
import Imaging
import Report
import Results
import Topologies

/// Fig. 10: the schemes side by side.
extension FigureContext {
    private struct Comparison: Codable {
        var alpha: Double
        var gvif: Double
        var proposed: Double?
        var vae: Double?
        var jpeg2000: Double?
        var bits: Int
    }

    /// Fig. 10: photos of all schemes at −1 and 6 dB, 30 ms.
    func figure10() throws -> FigureOutcome {
        var outcome = FigureOutcome(
            name: "fig10", title: "Fig. 10 · Schemes side by side",
            method:
                """
                B = 1 MHz, 30 ms. All schemes get C·T_max bits; mask PSNR is taken over the proposed scheme’s mask for \
                all of them. Without filtering, the gain goes below the catalogue’s lowest where nothing else fits. \
                Text-to-image generation needs a diffusion model and is not shown.
                """
        )
        let minimal = minimalRate(30) ?? 1
        let lines = try link.map { link in
            try link.lines(
                "fig10",
                link.document(
                    "fig10", senders: [.proposed, .vae, .jpeg2000],
                    scheme: [
                        ("policy", "optimal"), ("tolerance", "0"), ("budget", "30 ms"), ("lowestRate", "\(minimal)"),
                        ("infeasible", "least-bad"), ("caption", "either"),
                        ("inpaint", try laboratory.inpainterInTopology()),
                    ], snr: "0 dB", axes: [("links.*.snr", ["-1 dB", "6 dB"])]))
        }
        if let lines { outcome.method += " " + lines.provenance }
        var rows: [[String]] = []
        for snr in [-1.0, 6.0] {
            let budget = ExperimentContext.budgetBits(snr: snr, latency: 0.03)
            var results: [Comparison] = []
            for (number, study) in studies.enumerated() {
                progress("fig10: \(NumberFormat.decimal(snr, 0)) dB, \(study.name)")
                let isShown = number < 4
                let result = try compare(
                    study, at: snr, lines, budgetBits: budget, minimalRate: minimal, isShown: isShown)
                results.append(result)
                rows.append(
                    ["\(snr)", study.name, "\(result.alpha)", "\(result.gvif)", "\(result.bits)"]
                        + [result.proposed, result.vae, result.jpeg2000].map { $0.map { "\($0)" } ?? "" })
                if isShown { outcome.strips.append(try strip(study, at: snr, result)) }
            }
            if let claim = claim(results, at: snr) { outcome.claims.append(claim) }
        }
        outcome.tables.append(
            .init(
                file: "fig10",
                columns: [
                    "snr_db", "photo", "alpha", "gvif", "bits", "proposed_psnr_db", "vae_psnr_db",
                    "jpeg2000_psnr_db",
                ], rows: rows))
        return outcome
    }

    /// One photo under all schemes; its pictures are written where they are to be shown.
    private func compare(
        _ study: Study, at snr: Double, _ lines: [SweepSummary.Line]?, budgetBits: Int, minimalRate: Int, isShown: Bool
    ) throws -> Comparison {
        let base = pictureBase(study, snr)
        let files = ["proposed", "vae", "jpeg2000"].map { "\(folder)/pictures/\(base)-\($0).jpg" }
        let isDrawn = !isShown || files.allSatisfy { FileManager.default.fileExists(atPath: $0) }
        let make = { () throws -> Comparison in
            let received = try received(study, at: snr, lines, budgetBits: budgetBits, minimalRate: minimalRate)
            if isShown {
                _ = try picture("\(base)-proposed") { try received.filled.jpegData(quality: 88) }
                _ = try picture("\(base)-vae") { try received.vae?.jpegData(quality: 88) }
                _ = try picture("\(base)-jpeg2000") { try received.jpeg2000?.jpegData(quality: 88) }
            }
            return Comparison(
                alpha: received.alpha, gvif: received.gvif, proposed: received.maskPSNR,
                vae: received.vae.flatMap { laboratory.maskPSNR(study, $0, mask: received.mask) },
                jpeg2000: received.jpeg2000.flatMap { laboratory.maskPSNR(study, $0, mask: received.mask) },
                bits: received.bits)
        }
        let name = key(study.name, "fig10", link == nil ? "direct" : "link", "\(minimalRate)", "\(budgetBits)")
        let result = try isDrawn ? ledger.value(name, make) : make()
        if !isDrawn { _ = try ledger.value(name) { result } }
        return result
    }

    private func pictureBase(_ study: Study, _ snr: Double) -> String { "\(study.name)-fig10-\(Int(snr))dB" }

    /// The original and what each scheme made of it, side by side.
    private func strip(_ study: Study, at snr: Double, _ result: Comparison) throws -> FigureOutcome.Strip {
        var pictures: [FigureOutcome.Picture] = []
        if let file = try picture("\(study.name)-original", { try study.image.jpegData(quality: 88) }) {
            pictures.append(.init(title: "Original", alt: "\(study.name), the original", file: file))
        }
        for (scheme, words, value) in [
            ("jpeg2000", "JPEG 2000", result.jpeg2000), ("vae", "Without filtering", result.vae),
            (
                "proposed",
                "Proposed, α = \(NumberFormat.decimal(result.alpha, 2)), GVIF \(NumberFormat.decimal(result.gvif, 3))",
                result.proposed
            ),
        ] {
            let file = "pictures/\(pictureBase(study, snr))-\(scheme).jpg"
            guard FileManager.default.fileExists(atPath: folder + "/" + file) else { continue }
            pictures.append(
                .init(title: "\(words): \(NumberFormat.decibel(value))", alt: "\(study.name), \(words)", file: file))
        }
        return .init(title: "\(study.name) at \(NumberFormat.decibel(snr, 0))", pictures: pictures)
    }

    /// What the proposed scheme gains; nil where no photo says.
    private func claim(_ results: [Comparison], at snr: Double) -> Claim? {
        let gains = results.compactMap { one in one.proposed.flatMap { p in one.vae.map { p - $0 } } }
        let overJPEG = results.compactMap { one in one.proposed.flatMap { p in one.jpeg2000.map { p - $0 } } }
        guard let gain = Sample(gains), let most = gains.max() else { return nil }
        let jpeg = Sample(overJPEG).map { " Over JPEG 2000: \(NumberFormat.decibel($0.mean)) on average." } ?? ""
        return Claim(
            paper: snr < 0
                ? "At −1 dB and 30 ms the proposed scheme gains up to about 12 dB of mask PSNR over the "
                    + "scheme without filtering."
                : "At 6 dB and 30 ms it gains 3 to 7 dB over the scheme without filtering in the two photos shown.",
            holdsIf: snr < 0 ? "more than 9 dB at most; partly: 3 dB" : "more than 2 dB on average; partly: any",
            ours:
                "It gains \(NumberFormat.decibel(gain.mean)) on average and up to \(NumberFormat.decibel(most)), "
                + "on \(gains.filter { $0 > 0 }.count) of \(gains.count) photos.\(jpeg)",
            verdict: snr < 0
                ? (most > 9 ? .holds : most > 3 ? .partly : .not)
                : (gain.mean > 2 ? .holds : gain.mean > 0 ? .partly : .not))
    }

    /// What came of one photo under the three schemes.
    private struct Received {
        var alpha: Double
        var gvif: Double
        var bits: Int
        var mask: Mask
        var maskPSNR: Double?
        var filled: Image
        var vae: Image?
        var jpeg2000: Image?
    }

    private func received(
        _ study: Study, at snr: Double, _ lines: [SweepSummary.Line]?, budgetBits: Int, minimalRate: Int
    ) throws -> Received {
        guard let lines, let link else {
            let (coded, _) = try laboratory.code(
                study, budgetBits: budgetBits, constraints: .init(minimalRate: minimalRate))
            return Received(
                alpha: Double(min(coded.decision.alpha, 1)), gvif: coded.gvif, bits: coded.bits, mask: coded.mask,
                maskPSNR: laboratory.maskPSNR(study, try laboratory.decode(coded), mask: coded.mask),
                filled: try filled(study, coded),
                vae: try unfilteredPicture(study, budgetBits: budgetBits),
                jpeg2000: try JPEG2000.encode(study.image, bytes: budgetBits / 8).map { try JPEG2000.decode($0) })
        }
        func found(_ scheme: SchemeKind) -> (line: SweepSummary.Line, image: ImageResult)? {
            lines.first { $0.value(0) == snr && $0.scheme == scheme.rawValue }.flatMap { line in
                line.image(of: study).map { (line, $0) }
            }
        }
        func picture(_ scheme: SchemeKind) throws -> Image? {
            try found(scheme).flatMap { line, image in
                try link.picture(image.receivedFile ?? image.decodedFile, of: line, "fig10")
            }
        }
        guard let image = found(.proposed)?.image, let filled = try picture(.proposed) else {
            throw ExperimentError.unsuitable("fig10: \(study.name) left no picture at \(NumberFormat.decibel(snr, 0))")
        }
        return Received(
            alpha: min(image.alpha, 1), gvif: image.gvif ?? 0, bits: image.totalBits,
            mask: study.mask(alpha: Float(image.alpha)),
            maskPSNR: image.maskPSNR.flatMap { $0.isFinite ? $0 : nil },
            filled: filled, vae: found(.vae)?.image.threshold == nil ? nil : try picture(.vae),
            jpeg2000: try picture(.jpeg2000))
    }
}
