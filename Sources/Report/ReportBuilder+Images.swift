import Determinism
import Foundation
import Imaging
import Records
import Results

extension ReportBuilder {
    func anchor(_ image: ImageResult) -> String { "image-\(image.transmitter)-\(image.image)" }

    var imageTable: ReportModel.Table {
        var columns = [
            "Photo", "SNR", "α", "Φ", "Kept", "Bits", "Budget", "Air time", "GVIF", "Mask PSNR", "Region", "PSNR",
            "SSIM", "Arrived",
        ]
        let (manySchemes, manyTransmitters) = (manySchemes, manyTransmitters)
        if manySchemes { columns.insert("Scheme", at: 1) }
        if manyTransmitters { columns.insert("From", at: 1) }
        let measures = results.metrics.names
        columns.insert(contentsOf: measures, at: columns.count - 1)
        // Tens of thousands of rows no browser shows at ease.
        let most = 1000
        let rows = images.prefix(most).map { image in
            var cells = [
                NumberFormat.decibel(image.snr), NumberFormat.decimal(image.threshold, 2), image.sourceCoderInWords,
                NumberFormat.percent(image.receivedShare),
                NumberFormat.bits(image.totalBits), NumberFormat.bits(image.budgetBits),
                NumberFormat.time(image.airTime),
                NumberFormat.decimal(image.gvif, 3),
                NumberFormat.decibel(image.maskPSNR), NumberFormat.decibel(image.regionPSNR),
                NumberFormat.decibel(image.psnr),
                NumberFormat.decimal(image.ssim, 3),
            ]
            cells += measures.map { NumberFormat.decimal(results.metrics.value($0, image), 4) }
            cells.append(Self.status(image).word)
            if manySchemes { cells.insert(image.scheme, at: 0) }
            if manyTransmitters { cells.insert(image.transmitter, at: 0) }
            return ReportModel.Row(
                anchor: anchor(image), head: image.name, cells: cells,
                kind: Self.status(image).kind == "good" ? "" : "bad")
        }
        let region =
            images.compactMap(\.regionAlpha).first.map { "the importance at α = \(NumberFormat.decimal($0, 2))" }
            ?? "a fixed α"
        return .init(
            caption:
                """
                Mask PSNR: over the pixels the receiver knows (Eq. 40, normalised). Region: \
                PSNR over a region of interest that does not move with α, \(region). Kept: latent cells received. \
                Whole: \(BrokenBounds.wholeMeans).
                """
                    + (images.count > most
                        ? " The first \(most) of \(images.count) images; csv/images.csv holds all." : ""),
            columns: columns, rows: rows)
    }

    static func status(_ image: ImageResult) -> (word: String, kind: String) {
        switch image.status {
        case .complete: image.keepsBudget ? ("whole", "good") : ("whole, over budget", "poor")
        case .partial: ("\(image.slicesReceived ?? 0) of \(image.slicesExpected ?? 0) slices", "poor")
        case .undecodable: ("undecodable", "poor")
        case .missing: ("missing: nothing came", "poor")
        case .away: ("away: no receiver", "poor")
        case nil: ("no word from the receiver", "poor")
        }
    }

    /// Means with 95 % intervals by scheme, where a run compares several.
    var schemeTable: ReportModel.Table? {
        guard manySchemes else { return nil }
        let groups = Dictionary(grouping: images, by: \.scheme).sorted { $0.key < $1.key }
        let metrics = results.metrics
        var figures: [(decimals: Int, value: (ImageResult) -> Double?)] = [
            (1, { Double($0.totalBits) / 1000 }), (3, { $0.bitsPerPixel }), (4, { $0.bandwidthRatio }),
            (1, { $0.airTime.map { $0 * 1000 } }), (3, { $0.gvif }), (1, { $0.maskPSNR }), (1, { $0.regionPSNR }),
            (1, { $0.psnr }), (3, { $0.ssim }),
        ]
        for name in metrics.names { figures.append((4, { metrics.value(name, $0) })) }
        let rows = groups.map { scheme, images in
            let clusters = sample(images) { _ in 0 }?.clusters ?? 0
            let cells = figures.map { decimals, value in Sample.cell(values(images, value), decimals) }
            return ReportModel.Row(
                anchor: nil, head: scheme, cells: ["\(images.count)", "\(clusters)"] + cells, kind: "")
        }
        return .init(
            caption:
                "Means with 95 % confidence intervals; images of one coherence block are one cluster, and with "
                + "fewer than \(Sample.leastClusters) clusters there is no interval. \(Sample.leftOutMeans)",
            columns: [
                "Scheme", "Images", "Clusters", "kbit", "bit/pixel", "Bandwidth ratio", "Air, ms", "GVIF",
                "Mask PSNR, dB",
                "Region, dB", "PSNR, dB", "SSIM",
            ] + metrics.names,
            rows: rows)
    }

    func entry(_ image: ImageResult, number: Int) -> ReportModel.ImageEntry {
        let status = Self.status(image)
        let bits = [image.headerBits, image.promptBits, image.maskBits, image.hyperBits, image.featureBits]
        let names = [
            "header", image.layoutBits > 0 ? "prompt (layout \(NumberFormat.bits(image.layoutBits)))" : "prompt",
            "mask",
            "hyperprior ŝ", "features ŷ",
        ]
        let used = Double(image.totalBits) / Double(max(1, image.budgetBits))
        return .init(
            anchor: anchor(image), number: String(number + 1), name: image.name,
            prompt: image.wording == CaptionOrigin.labelInstead.rawValue
                ? "\(image.prompt) (from the label: the captioner failed)" : image.prompt,
            label: image.label.isEmpty
                ? ""
                : image.label
                    + (image.labelProbability > 0 ? " (\(NumberFormat.percent(image.labelProbability)))" : ""),
            scheme: image.scheme, status: status.word, statusKind: status.kind, panels: panels(image),
            facts: Self.facts(image),
            bitsBar: BitsBar.svg(image, id: "bits-\(number)"),
            sections: zip(names, bits).enumerated().filter { $1.1 > 0 }.map {
                .init(name: $1.0, value: NumberFormat.bits($1.1), colour: BitsBar.colours[$0] + 1)
            },
            bitsSentence:
                """
                \(NumberFormat.bits(image.totalBits)) of \(NumberFormat.bits(image.budgetBits)), \
                \(NumberFormat.percent(used, 1)); \
                the entropy model says \(NumberFormat.bits(Int(saturating: image.theoreticalBits.rounded())))
                """
        )
    }
    /// The pictures that there are, from the photo to what the receiver showed.
    private func panels(_ image: ImageResult) -> [ReportModel.Panel] {
        var panels: [ReportModel.Panel] = []
        func add(_ title: String, _ alt: String, _ source: String?) {
            if let source { panels.append(.init(title: title, alt: alt, source: source)) }
        }
        add(
            "Original", "\(image.name) as it was taken. \(image.prompt)",
            picture.embedded(image.originalFile ?? image.photo))
        add(
            "Importance",
            "\(image.name) with the importance for “\(image.label)” laid over it: bright where it matters",
            picture.embedded(image.importanceFile))
        add(
            "Mask", "White: the \(NumberFormat.percent(image.receivedShare)) of \(image.name) that the receiver knows",
            picture.embedded(image.maskFile))
        let isInpainted = (image.inpainting ?? "none") != "none"
        add(
            "Received", "\(image.name) as decoded; the region that was not sent is hatched",
            picture.hatched(image.decodedFile ?? image.receivedFile, mask: image.maskFile).flatMap(picture.embedded))
        if isInpainted {
            add(
                "Filled · GVIF reads none of it", "\(image.name) with the unknown region filled in from the prompt",
                picture.embedded(image.receivedFile))
        }
        return panels
    }

    private static func facts(_ image: ImageResult) -> [ReportModel.Fact] {
        var facts: [ReportModel.Fact] = [
            .init(name: "α", value: NumberFormat.decimal(image.threshold, 2), note: nil),
            .init(name: "Φ", value: image.sourceCoderInWords, note: nil),
            .init(
                name: "GVIF", value: NumberFormat.decimal(image.gvif, 3),
                note: image.predictedGVIF.map { "predicted \(NumberFormat.decimal($0, 3))" }),
            .init(name: "Mask PSNR", value: NumberFormat.decibel(image.maskPSNR), note: nil),
            .init(name: "SNR", value: NumberFormat.decibel(image.snr), note: nil),
            .init(
                name: "On the air", value: NumberFormat.time(image.airTime),
                note: image.capacity.map { "bits/C \(NumberFormat.time(Double(image.totalBits) / $0))" }),
        ]
        if let broken = BrokenBounds.words(image) {
            facts.append(.init(name: "Bound broken", value: broken, note: nil))
        }
        return facts
    }
}
