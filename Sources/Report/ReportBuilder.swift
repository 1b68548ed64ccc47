import Determinism
import Foundation
import Imaging
import Records
import Results

/// Turns a run's results into what the template names.
struct ReportBuilder {
    let results: RunResults
    let picture: Thumbnails
    /// Panels are shown for this many images; the table holds all.
    var panelLimit = 24

    var images: [ImageResult] { results.images }
    var origin: Int64 { results.run?.originAt ?? results.channel.firstAt ?? 0 }
    /// T_max of an image: the transmitter's own, as events had left it.
    func budget(of image: ImageResult) -> Double { image.latencyBudget ?? results.run?.latencyBudget ?? 0 }
    /// All that were in force, the shortest first.
    var budgets: [Double] {
        images.isEmpty ? [results.run?.latencyBudget ?? 0] : Set(images.map(budget(of:))).sorted()
    }
    var budgetInWords: String {
        let words = budgets.map { NumberFormat.time($0) }
        return words.count <= 3 ? words.joined(separator: ", ") : "\(words[0]) to \(words[words.count - 1])"
    }
    func seconds(_ instant: Int64) -> Double {
        // Saturating: a damaged record may hold any number.
        (Instant(nanoseconds: instant) - Instant(nanoseconds: origin)).seconds
    }
    var manySchemes: Bool { Set(images.map(\.scheme)).count > 1 }
    var manyTransmitters: Bool { Set(images.map(\.transmitter)).count > 1 }

    func model(style: String) -> ReportModel {
        let run = results.run
        return ReportModel(
            title: run?.topology ?? "Run without a header",
            eyebrow: "GenSemCom testbed · run report" + (run?.virtual == true ? " · virtual clock" : ""),
            date: run.map { Self.date($0.startedOn) } ?? "start unknown", style: style, verdict: verdict,
            summary: summary, headline: headline,
            table: imageTable, schemes: schemeTable,
            images: images.prefix(panelLimit).enumerated().map { entry($1, number: $0) },
            imagesLeftOut: images.count > panelLimit
                ? "Pictures of the first \(panelLimit) of \(images.count) images; the table above and the run "
                    + "folder hold all."
                : nil,
            channel: channelFigures, decisions: decisionFigures, latency: latencyFigures, stages: stageTable,
            fidelity: fidelityFigures,
            record: recordFacts, machine: facts(run?.machine), versions: facts(run?.versions), packets: packetTable,
            nodes: nodeTable,
            events: eventTable, resolved: run?.resolved ?? "", command: (run?.command ?? []).joined(separator: " "))
    }

    static func date(_ text: String) -> String {
        guard let date = ISO8601DateFormatter().date(from: text) else { return text }
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_GB")
        formatter.timeZone = TimeZone(identifier: "UTC")
        formatter.dateFormat = "d MMMM yyyy, HH:mm 'UTC'"
        return formatter.string(from: date)
    }

    // MARK: head

    var verdict: ReportModel.Verdict {
        let validity = results.validity
        let failures = results.events.filter { $0.severity == .failure }
        let bound = NumberFormat.time(validity.bound)
        guard let isValid = validity.isValid, let p99 = validity.p99 else {
            return .init(
                kind: "unjudged", symbol: "?", word: "not judged",
                sentence: results.run?.virtual == true
                    ? "The virtual clock releases every packet exactly when it is due."
                    : "No packet was released, so there is nothing to judge.")
        }
        var sentence =
            "99 % of \(NumberFormat.count(validity.releases)) releases left within \(NumberFormat.time(p99)) "
            + "of when they were due "
        sentence += "(bound \(bound), worst \(NumberFormat.time(validity.worst)))."
        if !failures.isEmpty {
            sentence += " \(failures.count == 1 ? "One failure" : "\(failures.count) failures") is in the log below."
        }
        return isValid
            ? .init(kind: "valid", symbol: "✓", word: "valid", sentence: sentence)
            : .init(
                kind: "invalid", symbol: "✗", word: "invalid",
                sentence: sentence + " These figures measure the machine, not the link.")
    }

    var inTime: [ImageResult] {
        images.filter { $0.status == .complete && ($0.airTime ?? .infinity) <= budget(of: $0) * 1.01 + 2e-4 }
    }

    var summary: String {
        guard let run = results.run else { return "The launcher's record is missing; what the nodes wrote is shown." }
        guard !images.isEmpty else { return "No image was sent." }
        let photos = images.count == 1 ? "One photo" : "\(images.count) photos"
        // The record has the bandwidth of the first link alone.
        let links = Set(images.compactMap(\.link)).count
        var text =
            "\(photos) crossed \(links > 1 ? "\(links) links" : "a \(NumberFormat.frequency(run.bandwidth)) link")"
        let snrs = images.compactMap(\.snr)
        if let low = snrs.min(), let high = snrs.max() {
            text +=
                high - low < 0.05
                ? " at \(NumberFormat.decibel(low))"
                : " that faded between \(NumberFormat.decibel(low)) and \(NumberFormat.decibel(high))"
        }
        text += ". "
        let kept = inTime.count
        let whose = budgets.count > 1 ? "its own budget" : "the budget"
        text +=
            kept == images.count
            ? "Each arrived whole within \(whose) of \(budgetInWords). "
            : "\(kept == 0 ? "None" : "\(kept)") of \(images.count) arrived whole within \(whose) of \(budgetInWords). "
        if let words = NotSent(results).words { text += "\(words.prefix(1).uppercased() + words.dropFirst()). " }
        let bounds = BrokenBounds(images)
        if let list = bounds.list {
            text += "\(bounds.broken == 1 ? "One" : "\(bounds.broken)") broke a bound of problem (31): \(list). "
        }
        if !manySchemes, let gvif = Sample(images.compactMap(\.gvif)) {
            text += "On average \(NumberFormat.percent(gvif.mean)) of the visual information came through (GVIF)"
            text += "\(knownRegion)."
        }
        return text
    }

    /// The rest of the sentence on fidelity: how well the cells received came through.
    private var knownRegion: String {
        let known = images.compactMap(\.maskPSNR)
        guard let mask = Sample(known) else { return known.isEmpty ? "" : ", the known region without any error" }
        return ", the known region at \(NumberFormat.decibel(mask.mean))"
            + (mask.leftOut > 0 ? ", but for \(mask.leftOut) where it has no error" : "")
    }

    /// A figure of each image, those of one coherence block in one cluster.
    func values(
        _ images: [ImageResult], _ value: (ImageResult) -> Double?
    ) -> [(value: Double, cluster: Cluster)] {
        images.compactMap { image in
            value(image).map { (value: $0, cluster: Cluster(image, constant: results.channel.constantLinks)) }
        }
    }

    /// The mean over images, those of one coherence block taken together for its interval.
    func sample(_ images: [ImageResult], _ value: (ImageResult) -> Double?) -> Sample? {
        Sample(values(images, value))
    }

    /// The interval and how many clusters it rests on, or that they are too few; nil for a few independent images.
    private func interval(_ sample: Sample, _ decimals: Int, unit: String = "") -> String? {
        let isClustered = sample.clusters < sample.count
        guard let half = sample.halfWidth else {
            let blocks = sample.clusters == 1 ? "one block" : "\(sample.clusters) blocks"
            return isClustered ? "of \(blocks): too few for an interval" : nil
        }
        return
            "± \(NumberFormat.decimal(half, decimals))\(unit) (95 %\(isClustered ? ", \(sample.clusters) blocks" : ""))"
    }

    var headline: [ReportModel.Fact] {
        var facts: [ReportModel.Fact] = [
            .init(name: "Images", value: "\(images.count)", note: "\(inTime.count) whole and in time")
        ]
        let bounds = BrokenBounds(images)
        facts.append(
            .init(
                name: "Bounds kept", value: "\(bounds.images - bounds.broken) of \(bounds.images)",
                note: bounds.list ?? "budget, quality and α_th"))
        // Means over schemes would say nothing; the table below has them apart.
        if manySchemes {
            return facts + [
                .init(name: "Budget", value: budgetInWords, note: "on the air"),
                .init(name: "Schemes", value: "\(Set(images.map(\.scheme)).count)", note: "side by side, below"),
            ]
        }
        if let gvif = sample(images, \.gvif) {
            facts.append(.init(name: "GVIF", value: NumberFormat.decimal(gvif.mean, 3), note: interval(gvif, 3)))
        }
        let known = images.compactMap(\.maskPSNR)
        if !known.isEmpty {
            let mask = sample(images, \.maskPSNR)
            let exact = Sample.infinite(known)
            let notes = [
                mask.flatMap { interval($0, 1, unit: " dB") },
                exact > 0 ? "\(exact) of \(known.count) without error\(mask == nil ? "" : " left out")" : nil,
            ].compactMap { $0 }
            facts.append(
                .init(
                    name: "Mask PSNR", value: NumberFormat.decibel(mask?.mean ?? .infinity),
                    note: notes.isEmpty ? nil : notes.joined(separator: "; ")))
        }
        if let share = Sample(images.map { Double($0.totalBits) / Double(max(1, $0.budgetBits)) }) {
            facts.append(
                .init(name: "Budget used", value: NumberFormat.percent(share.mean, 1), note: "of C·T_max, on average"))
        }
        if let air = Sample(images.compactMap(\.airTime)) {
            facts.append(
                .init(name: "On the air", value: NumberFormat.time(air.mean), note: "budget \(budgetInWords)"))
        }
        if let bits = Sample(images.map(\.bitsPerPixel)) {
            facts.append(.init(name: "Rate", value: NumberFormat.decimal(bits.mean, 3), note: "bits per pixel"))
        }
        return facts
    }

    func facts(_ values: [String: String]?) -> [ReportModel.Fact] {
        (values ?? [:]).sorted { $0.key < $1.key }.map { .init(name: $0.key, value: $0.value, note: nil) }
    }

    var recordFacts: [ReportModel.Fact] {
        guard let run = results.run else { return [] }
        var facts: [ReportModel.Fact] = [
            .init(name: "seed", value: String(run.seed), note: nil),
            .init(name: "clock", value: run.virtual ? "virtual" : "real, over UDP sockets", note: nil),
            .init(
                name: "bits counted",
                value: run.accounting == "wire"
                    ? "wire: with headers and seals" : "payload: the sections of the bitstream", note: nil),
            .init(name: "latency budget", value: budgetInWords, note: nil),
            .init(name: "bandwidth", value: NumberFormat.frequency(run.bandwidth), note: nil),
            .init(name: "rate", value: run.rateLaw ?? "Shannon: B·log₂(1 + SNR), without error", note: nil),
            .init(name: "policy", value: Set(images.compactMap(\.policy)).sorted().joined(separator: ", "), note: nil),
            .init(
                name: "inpainting", value: Set(images.compactMap(\.inpainting)).sorted().joined(separator: ", "),
                note: nil),
        ]
        facts.removeAll { $0.value.isEmpty }
        return facts
    }
}
