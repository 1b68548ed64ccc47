import Channels
import Determinism
import Foundation
import Records
import Results

extension ReportBuilder {
    /// When an image's first bit went on the air, seconds of the run.
    func moment(_ image: ImageResult) -> Double { seconds(image.firstSentAt) }

    var channelFigures: [ReportModel.Figure] {
        let links = Dictionary(grouping: results.channel.blocks, by: \.link).sorted { $0.key < $1.key }
        let count = results.channel.linkCount
        guard !links.isEmpty else { return [] }
        let shown =
            count > links.count ? " The first \(links.count) of \(count) links; csv/blocks.csv holds all." : ""
        let names = Set(links.map(\.key))
        let sentOnShown = count > links.count ? images.filter { $0.link.map(names.contains) ?? true } : images
        // A channel that never changes has one block without end: it is drawn to the end of the run.
        let end = max(
            ((results.channel.lastAt.map { [seconds($0)] } ?? []) + images.map { moment($0) + ($0.airTime ?? 0) }).max()
                ?? 0, 1)
        func curves(_ value: (BlockRecord) -> Double) -> [Plot.Series] {
            links.enumerated().map { index, link in
                let blocks = link.value.sorted { $0.startAt < $1.startAt }
                var points = blocks.map { Plot.Point(seconds($0.startAt), value($0)) }
                if let last = blocks.last {
                    points.append(
                        .init(
                            last.duration < BlockRecord.endless.seconds / 2
                                ? seconds(last.startAt) + last.duration : end, value(last)))
                }
                return Plot.Series(links.count == 1 ? "channel" : link.key, points, style: .steps, colour: index)
            }
        }
        func sent(_ value: (ImageResult) -> Double?) -> Plot.Series {
            Plot.Series(
                "image sent",
                sentOnShown.compactMap { image in value(image).map { .init(moment(image), $0, note: image.name) } },
                style: .points, colour: 1)
        }
        var snr = Plot(
            title: "Receive SNR over time",
            description: "Receive SNR of each coherence block; markers where images were sent.",
            xLabel: "seconds since the start", yLabel: "SNR, dB", series: curves(\.snr) + [sent(\.snr)])
        snr.height = 230
        snr.xLow = 0
        var capacity = Plot(
            title: "Capacity over time",
            description:
                "What each block carries, C = B log2(1 + SNR) where no other law is set; "
                + "markers where images were sent.",
            xLabel: "seconds since the start", yLabel: "C, Mbit/s",
            series: curves { $0.capacity / 1e6 } + [sent { $0.capacity.map { $0 / 1e6 } }])
        capacity.height = 230
        capacity.xLow = 0
        capacity.yLow = 0
        return [
            .init(
                title: "Receive SNR", drawing: snr.svg(id: "snr"),
                caption: "|h|²/σ² by coherence block; markers show what the controller believed when it sent an image."
                    + shown),
            .init(title: "Capacity", drawing: capacity.svg(id: "capacity"), caption: "C = B·log₂(1 + SNR)." + shown),
        ]
    }

    var decisionFigures: [ReportModel.Figure] {
        guard !images.isEmpty else { return [] }
        func points(_ value: (ImageResult) -> Double?) -> [Plot.Point] {
            images.compactMap { image in value(image).map { .init(moment(image), $0, note: image.name) } }
        }
        var alpha = Plot(
            title: "Threshold over time", description: "The threshold alpha set for each image.",
            xLabel: "seconds since the start", yLabel: "α",
            series: [
                .init("realised", points(\.threshold), style: .points, colour: 0),
                .init(
                    "decided",
                    points { image in image.decidedAlpha.flatMap { image.threshold == nil ? nil : min($0, 1) } },
                    style: .rings, colour: 1),
            ])
        var rate = Plot(
            title: "Source coder over time", description: "The index of the source coder chosen for each image.",
            xLabel: "seconds since the start",
            yLabel: "Φ, rate index",
            series: [.init("", points { $0.sourceCoder.map(Double.init) }, style: .points, colour: 2)])
        var gvif = Plot(
            title: "GVIF over time", description: "Predicted and realised GVIF of each image.",
            xLabel: "seconds since the start", yLabel: "GVIF",
            series: [
                .init("realised at the receiver", points(\.gvif), style: .points, colour: 0),
                .init("predicted by the controller", points(\.predictedGVIF), style: .rings, colour: 1),
            ])
        (alpha.yLow, alpha.yHigh, rate.yLow, gvif.yLow) = (0, 1, 0, 0)
        (alpha.xLow, rate.xLow, gvif.xLow) = (0, 0, 0)
        (alpha.height, rate.height, gvif.height) = (220, 190, 230)
        return [
            .init(
                title: "Threshold α", drawing: alpha.svg(id: "alpha"),
                caption:
                    "Low α sends more of the picture; at α = 0 all of it. The transmitter raises α where the "
                    + "real bits exceed the budget."
            ),
            .init(
                title: "Source coder Φ", drawing: rate.svg(id: "rate"),
                caption: "Higher indices are finer: more bits a cell, less distortion."),
            .init(
                title: "GVIF", drawing: gvif.svg(id: "gvif"),
                caption: "Visual information of what arrived, as a share of the reference (Eq. 27)."),
        ]
    }

    var latencyFigures: [ReportModel.Figure] {
        var figures: [ReportModel.Figure] = []
        if let waterfall = Waterfall(images: images, stages: results.stages.ways, budget: budget(of:)) {
            figures.append(
                .init(
                    title: "Where the time went", drawing: waterfall.svg(id: "waterfall"),
                    caption:
                        """
                        Transmitter in blue, controller in grey, the air in vermilion, receiver in green, its \
                        filling in ochre. The bracket is the latency budget T_max (\(budgetInWords)) for the air. \
                        Waiting is for a coherence block that can hold T_max.
                        """
                ))
        }
        let measured = images.filter { $0.airTime != nil && $0.capacity != nil }
        if !measured.isEmpty {
            let theory = measured.map { Double($0.totalBits) / $0.capacity! * 1000 }
            let end = max((budgets.last ?? 0) * 1000, theory.max() ?? 0) * 1.05
            func tolerance(_ sign: Double) -> [Plot.Point] {
                [.init(0, sign * 0.2), .init(end, sign * (0.2 + 0.01 * end))]
            }
            var plot = Plot(
                title: "Measured less theoretical time on the air",
                description: "Measured time on the air less bits over capacity, one point an image.",
                xLabel: "bits / C, ms", yLabel: "measured less bits / C, ms",
                series: [
                    .init(
                        "image", zip(measured, theory).map { .init($1, $0.airTime! * 1000 - $1, note: $0.name) },
                        style: .points, colour: 1),
                    .init("1 % + 0.2 ms", tolerance(1), style: .rule, colour: 6),
                    .init("", tolerance(-1), style: .rule, colour: 6),
                ])
            plot.marks = (budgets.count > 3 ? budgets.suffix(1) : budgets[...]).map {
                .init($0 * 1000, "T_max", isVertical: true)
            }
            (plot.xLow, plot.xHigh) = (0, end)
            plot.height = 270
            figures.append(
                .init(
                    title: "The clock against theory", drawing: plot.svg(id: "air"),
                    caption:
                        """
                        Time on the air by the receiver's socket timestamps against bits/C, where C is that of the \
                        block an image was settled on; at 0 they agree. What crossed into another block is off by what \
                        that one carried more or less.
                        """
                ))
        }
        return figures
    }

    var fidelityFigures: [ReportModel.Figure] {
        let scored = images.filter { $0.gvif != nil }
        guard scored.count > 1 else { return [] }
        let schemes = Dictionary(grouping: scored, by: \.scheme).sorted { $0.key < $1.key }
        func plot(_ title: String, _ label: String, _ value: (ImageResult) -> Double?) -> Plot {
            Plot(
                title: title, description: "\(title) against bits per pixel, one point an image.",
                xLabel: "bits per pixel of the whole photo", yLabel: label,
                series: schemes.enumerated().map { index, scheme in
                    .init(
                        schemes.count > 1 ? scheme.key : "",
                        scheme.value.compactMap { image in
                            value(image).map {
                                .init(image.bitsPerPixel, $0, note: "\(image.name), \(NumberFormat.decibel(image.snr))")
                            }
                        },
                        style: .points, colour: index)
                })
        }
        var gvif = plot("GVIF", "GVIF") { $0.gvif }
        (gvif.xLow, gvif.yLow) = (0, 0)
        var mask = plot("Mask PSNR", "mask PSNR, dB") { $0.maskPSNR }
        mask.xLow = 0
        gvif.height = 240
        mask.height = 240
        var figures: [ReportModel.Figure] = [
            .init(
                title: "Fidelity against rate", drawing: gvif.svg(id: "rate-gvif"),
                caption: "Each photo at the rate its channel allowed.")
        ]
        if !mask.isEmpty {
            let exact = Sample.infinite(scored.compactMap(\.maskPSNR))
            figures.append(
                .init(
                    title: "Mask PSNR against rate", drawing: mask.svg(id: "rate-psnr"),
                    caption: "Over the pixels the receiver knows; the region moves with α, so compare at equal α only."
                        + (exact > 0 ? " \(exact) without any error, at ∞ dB, are not drawn." : ""))
            )
        }
        return figures
    }

    var stageTable: ReportModel.Table? {
        guard !results.stages.totals.isEmpty else { return nil }
        let rows = StageRecord.Stage.allCases.compactMap { stage -> ReportModel.Row? in
            guard let own = results.stages.totals[stage] else { return nil }
            let sorted = own.durations
            let mean = sorted.reduce(0, +) / Double(sorted.count)
            return .init(
                anchor: nil, head: stage.rawValue,
                cells: [
                    own.nodes.joined(separator: ", "), "\(sorted.count)", NumberFormat.time(mean),
                    NumberFormat.time(Sample.quantile(0.5, sorted: sorted)),
                    NumberFormat.time(Sample.quantile(0.95, sorted: sorted)), NumberFormat.time(sorted.last),
                ], kind: "")
        }
        return .init(
            caption: "Time by stage over all images.",
            columns: ["Stage", "Node", "Images", "Mean", "Median", "95 %", "Longest"], rows: rows)
    }

    var packetTable: ReportModel.Table? {
        guard !results.verdicts.isEmpty else { return nil }
        let kinds = PacketVerdict.allCases
        let rows = results.verdicts.sorted { $0.key < $1.key }.map { link, counts in
            let attempts = results.attempts[link].map { NumberFormat.decimal($0, 3) } ?? "–"
            return ReportModel.Row(
                anchor: nil, head: link,
                cells: kinds.map { NumberFormat.count(counts[$0] ?? 0) } + (results.attempts.isEmpty ? [] : [attempts]),
                kind: "")
        }
        let names = kinds.map { $0 == .queueFull ? "queue full" : $0.rawValue }
        return .init(
            caption: "Datagrams by their end.",
            columns: ["Link"] + names + (results.attempts.isEmpty ? [] : ["attempts (HARQ), mean"]), rows: rows)
    }

    var nodeTable: ReportModel.Table? {
        guard !results.nodes.isEmpty else { return nil }
        let rows = results.nodes.map {
            ReportModel.Row(
                anchor: nil, head: $0.name,
                cells: [
                    $0.role, $0.host, "\($0.process)", NumberFormat.time(seconds($0.readyAt)),
                    NumberFormat.bytes($0.peakMemory),
                    clock($0),
                ], kind: "")
        }
        return .init(
            caption: "Processes.", columns: ["Node", "Role", "Host", "Process", "Ready at", "Peak memory", "Clock"],
            rows: rows)
    }

    /// How far a node's clock may be off the controller's: one-way times between two nodes carry the sum.
    private func clock(_ node: NodeRecord) -> String {
        node.clockError.map { "± \(NumberFormat.time($0))" } ?? "the controller's"
    }

    var eventTable: ReportModel.Table? {
        guard !results.events.isEmpty else { return nil }
        let rows = results.events.prefix(400).map {
            ReportModel.Row(
                anchor: nil, head: NumberFormat.time(seconds($0.at)),
                cells: [$0.node, $0.severity.rawValue, $0.what, $0.detail],
                kind: $0.severity == .failure ? "bad" : "")
        }
        return .init(
            caption: "What happened besides.", columns: ["At", "Node", "Severity", "What", "Detail"], rows: rows)
    }
}
