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

/// `testbed encode IMAGE -o OUT.gsc`: what the transmitter does to one photo.
struct EncodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode",
        abstract: "Code the parts of a photo that matter, as the transmitter would.",
        discussion: """
            Features of cells with importance I ≥ α are coded at the catalogue's rate (1 is the lowest); --alpha 0 sends \
            everything. With --budget, whatever of α and rate is not given is chosen so that the stream fits and GVIF is \
            greatest. The bits printed are the file's, section by section.
            """)

    @Argument(help: "The photo (PNG, JPEG, PPM).")
    var image: String

    @Option(name: [.customShort("o"), .long], help: ArgumentHelp("Where the bitstream goes.", valueName: "OUT.gsc"))
    var output: String

    @Option(help: ArgumentHelp("Codec weights, or a folder of one checkpoint a rate (default: the shipped one).", valueName: "PATH"))
    var model: String?

    @Option(help: ArgumentHelp("Rate of the catalogue, from 1 (default: the highest, or what the budget allows).", valueName: "K"))
    var rate: Int?

    @Option(help: ArgumentHelp("Threshold of the selection (default: 0, or what the budget allows).", valueName: "A"))
    var alpha: Float?

    @Option(help: ArgumentHelp("The prompt (default: photo.txt beside the photo, else made from the label).", valueName: "TEXT"))
    var caption: String?

    @Option(help: ArgumentHelp("A program that gets the photo's path as its last argument and prints a caption; where it fails, the label's is used.", valueName: "COMMAND"))
    var captioner: String?

    @Option(help: ArgumentHelp("Seconds the captioner has.", valueName: "SECONDS"))
    var captionerLimit = CaptionerSettings.usualPatience

    @Option(help: ArgumentHelp("The most bits the stream may have.", valueName: "BITS"))
    var budget: Int?

    @Option(help: ArgumentHelp(
        "Layout for what is not sent: none, its most bytes (24 to 1024), or auto: a twentieth of the budget.", valueName: "none|BYTES|auto"))
    var layout = LayoutSize.none

    @Option(help: ArgumentHelp("The most bytes of a slice.", valueName: "BYTES"))
    var slicePayload = 1100

    @OptionGroup var backbone: BackboneOptions

    @Flag(help: "Print figures as JSON.")
    var json = false

    func validate() throws {
        if let alpha, !(0...1).contains(alpha) { throw ValidationError("--alpha \(alpha): the threshold lies within 0 and 1") }
        try OptionRange.check(rate, "--rate", 1...1000)
        if captioner != nil, caption != nil { throw ValidationError("--caption and --captioner exclude each other") }
        try OptionRange.check(captionerLimit, "--captioner-limit", 1e-3...1e6, "seconds")
        try OptionRange.check(budget, "--budget", 1...1_000_000_000_000, "bits")
        if layout == .auto, budget == nil { throw ValidationError("--layout auto takes a twentieth of --budget, which is missing") }
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
        let request = try choose(catalogue, analysis, importance.plane, prompt: prompt)
        stages.mark("adapt")
        let (stream, gvif) = try encode(request, photo, catalogue, analysis, importance.plane, prompt: prompt)
        stages.mark("encode")
        try WholeFile.write([UInt8](stream.serialised()), to: output)
        stages.mark("save")

        let theoretical = analysis.theoreticalBits(rate: stream.header.rate, mask: stream.mask) + analysis.hyperBits(rate: stream.header.rate, mask: stream.mask)
        let figures = StreamFigures(
            stream, theoreticalBits: theoretical, gvif: gvif, labels: importance.labels.map(\.name), wording: given.caption?.wording ?? (given.hasFailed ? .labelInstead : .label), warnings: damage.map { [$0] }, stages: stages.seconds)
        if json { try printJSON(figures) } else { figures.print(path: output) }
    }

    /// The caption that needs no classifier, or nil; a captioner's failure is told and leaves the label's.
    private func written() throws -> (caption: CaptionChoice?, hasFailed: Bool) {
        if let caption { return (CaptionChoice(caption, .given), false) }
        if let captioner {
            do { return (CaptionChoice(try Captioner(CaptionerSettings(command: captioner, patience: captionerLimit)).caption(of: image), .captioner), false) } catch {
                complain("\(error); the label's caption is used")
                return (nil, true)
            }
        }
        return (try Caption.sidecar(of: image).map { CaptionChoice($0, .sidecar) }, false)
    }

    struct Request {
        var rate: Int
        var alpha: Float
    }

    /// The settings asked for, or those that fit the budget with the greatest GVIF by the predicted bits.
    private func choose(_ catalogue: Catalogue, _ analysis: Analysis, _ importance: Plane, prompt: String) throws -> Request {
        guard let budget else { return Request(rate: rate ?? catalogue.rateCount, alpha: alpha ?? 0) }
        let rates = rate.map { $0...$0 } ?? 1...catalogue.rateCount
        // Thresholds worth trying: those at which the selection changes, at most 64 of them.
        let sorted = importance.values.sorted(by: >)
        let steps = alpha.map { [$0] } ?? Array(Set((0...64).map { sorted[min(sorted.count - 1, $0 * (sorted.count - 1) / 64)] } + [0])).sorted(by: >)
        let reference = information(catalogue, analysis, rate: catalogue.referenceRate).reduce(0, +)
        var best: (request: Request, gvif: Double)?
        var cheapest: (request: Request, bits: Double)?
        for rate in rates {
            let bits = analysis.cellBits(rate: rate)
            let worth = information(catalogue, analysis, rate: rate)
            for threshold in steps {
                let mask = importance.selection(threshold: threshold)
                var (features, gvif) = (0.0, 0.0)
                for cell in bits.indices where mask.values[cell] {
                    features += Double(bits[cell])
                    gvif += worth[cell]
                }
                let side = catalogue.sideInformation(analysis, rate: rate, mask: mask, prompt: prompt, featureBits: features, slicePayload: slicePayload)
                let slices = (features / Double(8 * slicePayload)).rounded(.up)
                let total = features * 1.001 + 24 * slices + Double(side.total)
                let request = Request(rate: rate, alpha: threshold)
                if total <= Double(budget - layoutBits), gvif / reference > best?.gvif ?? -1 { best = (request, gvif / reference) }
                if total < cheapest?.bits ?? .infinity { cheapest = (request, total) }
            }
        }
        guard let found = best else {
            throw CodecFailure.unsuitableRequest(
                "--budget \(budget): the least that can be sent with these options takes about \(Int(cheapest!.bits) + layoutBits) bits")
        }
        return found.request
    }

    /// Codes; where the prediction was a little low, α rises until the budget holds.
    private func encode(
        _ request: Request, _ photo: Image, _ catalogue: Catalogue, _ analysis: Analysis, _ importance: Plane, prompt: String
    ) throws -> (Bitstream, gvif: Double) {
        let reference = information(catalogue, analysis, rate: catalogue.referenceRate).reduce(0, +)
        var request = request
        while true {
            let mask = importance.selection(threshold: request.alpha)
            let stream = try catalogue.encode(
                analysis, rate: request.rate, mask: mask, importance: importance, prompt: prompt, alpha: request.alpha,
                referenceInformation: Float(reference), slicePayload: slicePayload,
                layout: Layout.fit(photo, sent: mask, bytes: layout.bytes(budgetBits: budget ?? 0)))
            guard let budget, stream.bits.total > budget else {
                return (stream, GVIF.value(information: information(catalogue, analysis, rate: request.rate), mask: mask, reference: reference))
            }
            guard alpha == nil, let next = importance.values.filter({ $0 > request.alpha }).min() else {
                throw CodecFailure.unsuitableRequest("--budget \(budget): rate \(request.rate) at α = \(request.alpha) takes \(stream.bits.total) bits")
            }
            request.alpha = next
        }
    }

    /// What the layout may take, with the length it is told by.
    private var layoutBits: Int { layout.bits(budgetBits: budget ?? 0) }

    private func information(_ catalogue: Catalogue, _ analysis: Analysis, rate: Int) -> [Double] {
        let scales = analysis.scales(rate: rate)
        return GVIF.cellInformation(
            scales: scales.values, channels: scales.shape[0], cells: analysis.cells, gain: catalogue.gain(rate: rate),
            limit: catalogue.gain(rate: catalogue.referenceRate))
    }
}
