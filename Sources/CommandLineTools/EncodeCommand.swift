import Adaptation
import ArgumentParser
import Fidelity
import Files
import Foundation
import HyperpriorCodec
import ImagePipeline
import Imaging
import Neural
import Records
import Semantics
import Topologies

extension LayoutSize: ExpressibleByArgument {}
extension Constraints.Preference: ExpressibleByArgument {}

/// `testbed encode IMAGE -o OUT.gsc`: what the transmitter does to one photo.
struct EncodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode",
        abstract: "Code the parts of a photo that matter, as the transmitter would.",
        discussion: """
            Features of cells with importance I ≥ α are coded at the catalogue's rate (1 is the lowest); \
            --alpha 0 sends everything. With --budget, whatever of α and rate is not given is chosen so that the \
            stream fits and GVIF is greatest. The bits printed are the file's, section by section.
            """)

    @Argument(help: "The photo (PNG, JPEG, WebP, PPM).")
    var image: String

    @Option(name: [.customShort("o"), .long], help: ArgumentHelp("Where the bitstream goes.", valueName: "OUT.gsc"))
    var output: String

    @Option(
        help: ArgumentHelp(
            "Codec weights, or a folder of one checkpoint a rate (default: the shipped one).", valueName: "PATH"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Rate of the catalogue, from 1 (default: the highest, or what the budget allows).", valueName: "K"))
    var rate: Int?

    @Option(help: ArgumentHelp("Threshold of the selection (default: 0, or what the budget allows).", valueName: "A"))
    var alpha: Float?

    @Option(
        help: ArgumentHelp(
            "The prompt (default: photo.txt beside the photo, else made from the label).", valueName: "TEXT"))
    var caption: String?

    @Option(
        help: ArgumentHelp(
            "A program that gets the photo's path as its last argument and prints a caption; where it fails, "
                + "the label's is used.",
            valueName: "COMMAND"))
    var captioner: String?

    @Option(help: ArgumentHelp("Seconds the captioner has.", valueName: "SECONDS"))
    var captionerLimit = CaptionerSettings.usualPatience

    @Option(help: ArgumentHelp("The most bits the stream may have.", valueName: "BITS"))
    var budget: Int?

    @Option(
        help: ArgumentHelp(
            "Layout for what is not sent: none, its most bytes (24 to 1024), or auto: a twentieth of the budget.",
            valueName: "none|BYTES|auto"))
    var layout = LayoutSize.none

    @Option(
        help: ArgumentHelp(
            "Percent of the best GVIF given up for --prefer within a --budget; 0: the exact maximum.",
            valueName: "PERCENT"))
    var tolerance = 100 * Constraints.usualTolerance

    @Option(help: "What is taken within the tolerance: most of the photo, the highest rate, the region of interest.")
    var prefer = Constraints.Preference.coverage

    @Option(help: ArgumentHelp("The most bytes of a slice.", valueName: "BYTES"))
    var slicePayload = ImageCoding.usualSlicePayload

    @OptionGroup var backbone: BackboneOptions

    @Flag(help: "Print figures as JSON.")
    var json = false

    func validate() throws {
        if let alpha, !(0...1).contains(alpha) {
            throw ValidationError("--alpha \(alpha): the threshold lies within 0 and 1")
        }
        try OptionRange.check(rate, "--rate", 1...1000)
        if captioner != nil, caption != nil { throw ValidationError("--caption and --captioner exclude each other") }
        try OptionRange.check(captionerLimit, "--captioner-limit", 1e-3...1e6, "seconds")
        try OptionRange.check(budget, "--budget", 1...1_000_000_000_000, "bits")
        try OptionRange.check(tolerance, "--tolerance", 0...50, "percent")
        if layout == .auto, budget == nil {
            throw ValidationError("--layout auto takes a twentieth of --budget, which is missing")
        }
    }

    func run() throws {
        var stages = StageTimes()
        let (photo, damage) = try readPhoto(image)
        let catalogue = try Catalogue(path: codecPath(model))
        if let rate, rate > catalogue.rateCount { throw CodecFailure.unsupportedRate(rate, count: catalogue.rateCount) }
        stages.mark("load")
        let (rows, columns) = Catalogue.latentSize(width: photo.width, height: photo.height)
        let sendsAll = alpha == 0 && backbone.importance == nil && backbone.label.isEmpty && budget == nil
        let given = try written()
        let importance: Importance
        var prompt = given.caption?.text ?? ""
        if sendsAll, given.caption != nil {
            // Nothing to choose and nothing to describe: the classifier need not look.
            importance = Importance(plane: Plane(width: columns, height: rows, repeating: 1))
        } else {
            let found = try backbone.importance(of: photo, rows: rows, columns: columns)
            importance = found.0
            prompt = given.caption?.text ?? found.2
        }
        stages.mark("describe")
        let analysis = try catalogue.analyse(photo)
        stages.mark("analyse")
        var coding = ImageCoding(catalogue)
        coding.slicePayload = slicePayload
        let source = coding.source(analysis, importance: importance.plane, prompt: prompt, picture: photo)
        let coded = try code(source, with: coding, &stages)
        let stream = coded.stream
        stages.mark("encode")
        try WholeFile.write([UInt8](stream.serialised()), to: output)
        stages.mark("save")

        let theoretical =
            analysis.theoreticalBits(rate: stream.header.rate, mask: stream.mask)
            + analysis.hyperBits(rate: stream.header.rate, mask: stream.mask)
        let figures = StreamFigures(
            stream, theoreticalBits: theoretical, gvif: coded.gvif, labels: importance.labels.map(\.name),
            wording: given.caption?.wording ?? (given.hasFailed ? .labelInstead : .label),
            warnings: damage.map { [$0] }, stages: stages.seconds)
        if json { try printJSON(figures) } else { figures.print(path: output) }
    }

    /// The caption that needs no classifier, or nil; a captioner's failure is told and leaves the label's.
    private func written() throws -> (caption: CaptionChoice?, hasFailed: Bool) {
        if let caption { return (CaptionChoice(caption, .given), false) }
        if let captioner {
            do {
                return (
                    CaptionChoice(
                        try Captioner(CaptionerSettings(command: captioner, patience: captionerLimit)).caption(
                            of: image), .captioner), false
                )
            } catch {
                complain("\(error); the label's caption is used")
                return (nil, true)
            }
        }
        return (try Caption.sidecar(of: image).map { CaptionChoice($0, .sidecar) }, false)
    }

    /// At the settings asked for; within a budget, what is not given is chosen as for a transmitter.
    func code(_ source: CodingSource, with coding: ImageCoding, _ stages: inout StageTimes) throws -> CodedImage {
        let limits = CodingBudget(bits: budget, layout: layout)
        let highest = coding.catalogue.rateCount
        func at(_ alpha: Float, _ rate: Int) throws -> CodedImage {
            let decision = Decision(alpha: alpha, rate: rate, predictedBits: 0, predictedGVIF: 0, feasible: true)
            return try coding.code(source, at: decision, layoutBytes: limits.layoutBytes)
        }
        guard let budget else {
            stages.mark("adapt")
            return try at(alpha ?? 0, rate ?? highest)
        }
        if let alpha {
            // Bits grow with the rate: the highest that fits is the best at this threshold.
            for rate in rate.map({ [$0] }) ?? (1...highest).reversed() {
                let coded = try at(alpha, rate)
                if coded.bits <= budget { return coded }
                guard rate == 1 || self.rate != nil else { continue }
                throw CodecFailure.unsuitableRequest(
                    "--budget \(budget): rate \(rate) at α = \(alpha) takes \(coded.bits) bits")
            }
        }
        let profile = coding.profile(source)
        // At a given rate the lowest threshold that fits is the best.
        let wanted =
            try rate.map { Policy.promise(profile, 0, $0, .max) }
            ?? coding.choose(profile, limits, Constraints(tolerance: tolerance / 100, preference: prefer))
        stages.mark("adapt")
        let coded = try coding.code(source, profile, wanted, limits)
        guard coded.bits <= budget else {
            throw CodecFailure.unsuitableRequest(
                "--budget \(budget): the least that can be sent with these options takes \(coded.bits) bits")
        }
        return coded
    }
}
