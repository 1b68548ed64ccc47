import Adaptation
import Channels
import Datagrams
import Determinism
import Fidelity
import Foundation
import HyperpriorCodec
import Imaging
import Neural
import Records
import Roles
import Semantics
import Topologies
import Wire

/// The transmitter's models, and the two jobs they do for an image: prepare (describe, analyse, tabulate) and encode.
///
/// Jobs are functions of their arguments; the only thing they touch besides is the run folder's `images/`.
package struct TransmitterPipeline: Sendable {
    package let name: String
    /// How this transmitter sends.
    package let scheme: Scheme
    package let longestSide: Int?
    package let folder: String
    package let catalogue: Catalogue
    package let classifier: Classifier
    /// How photos are tabulated and coded.
    package let coding: ImageCoding
    package let clock: @Sendable () -> Instant
    /// Captioners and codecs that stay running.
    let programs: StandingPrograms

    package var kind: SchemeKind { scheme.kind }
    package var modelIdentity: UInt64 { catalogue.identity }
    package var summary: String {
        "\(kind == .proposed ? "" : "\(kind.rawValue), ")codec of \(catalogue.rateCount) rates, "
            + "classifier of \(classifier.classCount) classes"
    }

    /// Reads the weights.
    ///
    /// - Throws: the file's own error, which names it.
    package init(
        topology: Topology, node: NodeSettings, folder: String,
        clock: @escaping @Sendable () -> Instant = { MonotonicClock.now }
    ) throws {
        let models = topology.models(of: node.name)
        self.init(
            topology: topology, node: node, folder: folder, clock: clock, catalogue: try Catalogue(path: models.codec),
            classifier: try Classifier(weights: models.classifier, classNames: models.classNames))
    }

    /// With weights that have been read.
    init(
        topology: Topology, node: NodeSettings, folder: String, clock: @escaping @Sendable () -> Instant,
        catalogue: Catalogue, classifier: Classifier, programs: StandingPrograms? = nil
    ) {
        self.programs = programs ?? StandingPrograms(in: topology.programFolder(of: node))
        name = node.name
        scheme = node.scheme ?? topology.scheme
        longestSide = (node.images ?? topology.images).longestSide
        self.folder = folder
        self.clock = clock
        self.catalogue = catalogue
        self.classifier = classifier
        coding = ImageCoding(catalogue, scheme: scheme)
    }

    package func base(_ image: UInt32) -> String { "images/\(name)-\(String(format: "%04d", image))" }

    /// A photo prepared before, as this transmitter's image of that number.
    func renumber(_ prepared: inout PreparedImage, _ image: UInt32) {
        prepared.image = image
        // What is not kept is not named.
        prepared.originalFile = prepared.picture == nil ? nil : "\(base(image))-original.png"
        prepared.importanceFile = prepared.picture == nil ? nil : "\(base(image))-importance.png"
    }

    /// Photo in; importance, features and the table of what each (α, Φ) costs and is worth out.
    package func prepare(_ assignment: Assignment) -> JobResult<PreparedImage> {
        JobResult {
            var stages = StageClock(clock)
            let (image, damage) = try Photo.read(assignment.source, longestSide: longestSide)
            let (rows, columns) = Catalogue.latentSize(width: image.width, height: image.height)
            let choice = LabelChoice(scheme.labels)
            let examination = try classifier.examine(image, backboneSize: BackboneSize(scheme.backboneSize))
            let importance =
                if let map = try scheme.importanceMap(of: assignment.source) {
                    try Importance(
                        map: map, rows: rows, columns: columns, imageWidth: image.width, imageHeight: image.height,
                        cell: Catalogue.cellSize)
                } else {
                    try examination.importance(
                        label: choice, rows: rows, columns: columns, imageWidth: image.width, imageHeight: image.height,
                        cell: Catalogue.cellSize)
                }
            // Whole pictures need no prompt: nothing is filled in.
            let isWhole = kind == .vae || kind.isForeign
            let caption = isWhole ? CaptionChoice("", .label) : try caption(of: assignment, examination, choice)
            stages.mark(.describe)
            let order = isWhole ? Plane(width: columns, height: rows, repeating: 1) : importance.plane
            var analysis: Analysis?
            var (profile, reference) = (Self.emptyProfile, 0.0)
            if !kind.isForeign {
                let result = try catalogue.analyse(image)
                stages.mark(.analyse)
                let source = coding.source(result, importance: order, prompt: caption.text)
                (profile, reference) = (coding.profile(source), source.referenceInformation)
                if kind != .textOnly, scheme.minimumMaskPSNR != nil {
                    profile.quality = try quality(result, of: image, importance.plane)
                }
                stages.mark(.profile)
                analysis = result
            }
            let base = base(assignment.image)
            var prepared = PreparedImage(
                image: assignment.image, kind: kind, width: image.width, height: image.height,
                importance: importance.plane, order: order, profile: profile)
            (prepared.photo, prepared.codecName) = (assignment.source, kind == .command ? scheme.codec?.name : nil)
            (prepared.picture, prepared.damage) = (image, damage)
            prepared.label = importance.labels.map(\.name).joined(separator: " + ")
            prepared.labelProbability = Double(importance.labels.first?.probability ?? 0)
            (prepared.caption, prepared.wording, prepared.captionFailure) = (
                caption.text, caption.wording, caption.failure
            )
            (prepared.analysis, prepared.referenceInformation, prepared.stages) = (analysis, reference, stages.timings)
            (prepared.originalFile, prepared.importanceFile) = ("\(base)-original.png", "\(base)-importance.png")
            return prepared
        }
    }

    /// Of a scheme that has nothing to choose.
    private static let emptyProfile = ImageProfile(
        cells: CellTable(
            importance: [1], bits: [[0]], information: [[1]], referenceInformation: 1, overheadBits: 0,
            promptOnlyBits: 0), maskBits: { _ in 0 })

    /// Mask PSNR in dB that each rate reaches on the region of interest of this very image (31c): measured at a few
    /// rates, in between interpolated linearly, since the catalogue's steps are even in dB.
    private func quality(_ analysis: Analysis, of image: Image, _ importance: Plane) throws -> [Double] {
        let rates = coding.rateCount
        let region = importance.selection(threshold: scheme.regionAlpha)
        let cells =
            region.share > 0 ? region : Mask(width: importance.width, height: importance.height, repeating: true)
        let pixels = cells.upsampled(by: Catalogue.cellSize, width: image.width, height: image.height)
        let measured = try Set([1, (rates + 1) / 2, rates]).sorted().map { rate -> (rate: Int, decibels: Double) in
            let stream = try catalogue.encode(
                analysis, rate: rate, mask: cells, importance: importance, prompt: "", alpha: 0,
                referenceInformation: 0, slicePayload: scheme.slicePayload)
            let decoded = try catalogue.decode(stream).image
            return (rate, min(99, maskPeakSignalToNoiseRatio(image, decoded, mask: pixels) ?? 0))
        }
        return (1...rates).map { rate in
            let upper = measured.first { $0.rate >= rate } ?? measured[measured.count - 1]
            let lower = measured.last { $0.rate <= rate } ?? upper
            let share = upper.rate > lower.rate ? Double(rate - lower.rate) / Double(upper.rate - lower.rate) : 0
            return lower.decibels + share * (upper.decibels - lower.decibels)
        }
    }

    private func caption(
        of assignment: Assignment, _ examination: ClassifierOutput, _ choice: LabelChoice
    ) throws -> CaptionChoice {
        switch (scheme.caption, scheme.captioner) {
        case (.sidecar, _): return CaptionChoice(try Caption.read(Caption.sidecarPath(of: assignment.source)), .sidecar)
        case (.captioner, let captioner?):
            return try .asking(Captioner(captioner, programs: programs), about: assignment.source) {
                try examination.caption(for: choice)
            }
        case (.either, _):
            if let written = try Caption.sidecar(of: assignment.source) { return CaptionChoice(written, .sidecar) }
            return CaptionChoice(try examination.caption(for: choice), .label)
        case (.label, _), (.captioner, nil): return CaptionChoice(try examination.caption(for: choice), .label)
        }
    }

    /// Entropy-codes an image under its budget: α rises until the real bits fit, at last the prompt goes alone.
    package func encode(_ prepared: PreparedImage, _ setting: RateDecision) -> JobResult<EncodedImage> {
        if prepared.kind.isForeign { return encodeForeign(prepared, setting) }
        return JobResult {
            var stages = StageClock(clock)
            guard let source = prepared.source else { throw UnpreparedImage(image: prepared.image) }
            let budget = CodingBudget(
                bits: scheme.firstBits(of: Int(clamping: setting.budgetBits)),
                layout: scheme.hasLayout(prepared.kind) ? scheme.layout : .none)
            let wanted = Decision(
                alpha: setting.alpha, rate: Int(setting.rate), predictedBits: 0, predictedGVIF: 0,
                feasible: setting.feasible)
            let count = { accountedBits(try datagrams(prepared, $0)) }
            // Below the catalogue's lowest rate lie gains that α cannot replace where every cell must go.
            if prepared.kind == .vae, wanted.isPromptOnly, scheme.infeasible == .leastBad,
                let whole = try coding.codeWhole(source, budgetBits: budget.bits ?? 0, count: count)
            {
                stages.mark(.encode)
                let gain = Double(whole.header.gain ?? 0)
                let bits =
                    source.analysis.cellBits(gain: gain).reduce(0) { $0 + Double($1) }
                    + source.analysis.hyperBits(gain: gain)
                return encoded(
                    prepared, whole, try datagrams(prepared, whole), alpha: 0, rate: 0, theoreticalBits: bits,
                    stages.timings)
            }
            let coded = try coding.code(source, prepared.profile, wanted, budget, count: count)
            stages.mark(.encode)
            return encoded(
                prepared, coded.stream, try datagrams(prepared, coded.stream), alpha: coded.alpha,
                rate: coded.decision.rate,
                theoreticalBits: coding.theoreticalBits(source.analysis, coded.mask, rate: coded.decision.rate),
                stages.timings)
        }
    }

    private func datagrams(_ prepared: PreparedImage, _ stream: Bitstream) throws -> [DataDatagram] {
        try ImagePacketiser.datagrams(
            image: prepared.image, preamble: stream.preamble, slices: stream.slices.compactMap { $0 })
    }

    private func encoded(
        _ prepared: PreparedImage, _ stream: Bitstream, _ datagrams: [DataDatagram], alpha: Float, rate: Int,
        theoreticalBits: Double,
        _ stages: [StageTiming]
    ) -> EncodedImage {
        var encoded = EncodedImage(
            image: prepared.image, alpha: alpha, rate: rate, datagrams: datagrams, sliceCount: stream.slices.count,
            bits: stream.bits,
            theoreticalBits: theoreticalBits)
        (encoded.overheadBits, encoded.stages) = (overheadBits, stages)
        (encoded.streamFile, encoded.stream) = ("\(base(prepared.image)).gsc", stream)
        return encoded
    }

    /// Writes the original, the importance and the stream into the run folder; the one line why where it cannot.
    package func save(_ prepared: PreparedImage, _ encoded: EncodedImage) -> String? {
        do {
            if let picture = prepared.picture, let original = prepared.originalFile,
                let overlay = prepared.importanceFile
            {
                try picture.write(to: "\(folder)/\(original)")
                let shown = prepared.importance.spread(
                    cell: Catalogue.cellSize, width: picture.width, height: picture.height)
                try picture.overlaid(with: shown).write(to: "\(folder)/\(overlay)")
                try prepared.importance.writeNPY(
                    to: "\(folder)/\(overlay.replacingOccurrences(of: ".png", with: ".npy"))")
            }
            if let stream = encoded.stream, let file = encoded.streamFile {
                try Data(stream.serialised()).write(to: URL(fileURLWithPath: "\(folder)/\(file)"))
            }
            if let bytes = encoded.file, let file = encoded.streamFile {
                try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(file)"))
            }
            return nil
        } catch { return "\(error)" }
    }

    /// What the channel will drain.
    func accountedBits(_ datagrams: [DataDatagram]) -> Int {
        datagrams.reduce(0) { $0 + $1.bytes.count * 8 + overheadBits }
    }

    /// The same for a datagram's headers and seal.
    package var overheadBits: Int {
        scheme.accounting == .payload ? 0 : (DataDatagram.headerLength + SealFormat.overhead + WireOverhead.udp) * 8
    }
}

extension PreparedImage {
    /// The image as the coder takes it; nil where it is known by its profile alone.
    fileprivate var source: CodingSource? {
        analysis.map {
            CodingSource(
                analysis: $0, importance: order, prompt: caption, picture: picture,
                referenceInformation: referenceInformation, sendsAll: kind == .vae)
        }
    }
}

/// An image that was to be coded before its features were there.
private struct UnpreparedImage: Error, CustomStringConvertible {
    let image: UInt32
    var description: String { "image \(image): to be encoded, but not analysed" }
}

extension BackboneSize {
    package init(_ input: BackboneInput) {
        switch input {
        case .trained: self = .trained
        case .native: self = .native
        case .pixels(let side): self = .shorterSide(side)
        }
    }
}
