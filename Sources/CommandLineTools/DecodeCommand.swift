import ArgumentParser
import Determinism
import Fidelity
import Foundation
import HyperpriorCodec
import ImagePipeline
import Imaging
import Inpainting
import Neural
import Semantics
import SideInformation

/// `testbed decode IN.gsc -o OUT.png`: what the receiver does with one bitstream.
struct DecodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Decode a bitstream, and fill in what was not sent.",
        discussion: """
            Cells that were not sent, or whose slice is missing, are mid-grey in the decoded picture; \
            --inpaint fills them: a diffusers folder does so from the prompt, 'default' with the model that comes \
            along, 'harmonic' smoothly without a model, 'layout' with the layout that came along (harmonic where none \
            did), 'none' not at all. A model begins at the layout where there is one. A bitstream made with other \
            weights is refused.
            """)

    @Argument(help: ArgumentHelp("The bitstream.", valueName: "IN.gsc"))
    var input: String

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("Where the picture goes (PNG or PPM).", valueName: "OUT.png"))
    var output: String

    @Option(
        help: ArgumentHelp(
            "Codec weights, or a folder of one checkpoint a rate (default: the shipped one).", valueName: "PATH"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "What fills the missing cells: a diffusers folder, 'default', 'texture', 'layout', 'harmonic' or 'none'.",
            valueName: "DIR|default|texture|layout|harmonic|none"))
    var inpaint = "harmonic"

    @Option(help: "Denoising steps.")
    var steps = 31

    @Option(help: "Weight of classifier-free guidance; up to 1 is none, the model's own unless given.")
    var guidance: Float?

    @Option(help: "Share of the noise schedule walked back, over 0 up to 1; the model's own unless given.")
    var strength: Float?

    @Option(help: "Seed of the denoising.")
    var seed: UInt64 = 0

    @Option(
        help: ArgumentHelp("Where the mask of the received pixels goes, white for received.", valueName: "MASK.png"))
    var mask: String?

    @Flag(help: "Print figures as JSON.")
    var json = false

    func validate() throws {
        guard steps > 0 else { throw ValidationError("--steps must be at least 1") }
        try OptionRange.check(guidance, "--guidance", 0...100)
        try OptionRange.check(strength, "--strength", 1e-3...1)
    }

    func run() throws {
        var stages = StageTimes()
        let stream = try Bitstream(contentsOf: input)
        let catalogue = try Catalogue(path: codecPath(model))
        let inpainter = try Inpainter(named: inpaint)
        stages.mark("load")
        let decoding = try catalogue.decode(stream)
        stages.mark("decode")
        var picture = decoding.image
        let known = decoding.receivedMask.upsampled(
            by: Catalogue.cellSize, width: picture.width, height: picture.height)
        if inpaint != "none", known.values.contains(false) {
            let settings = FillSettings(
                prompt: stream.prompt, steps: steps, guidance: guidance, strength: strength,
                stream: RandomStream(seed: seed, name: "inpaint"),
                layout: inpaint == "harmonic" ? nil : stream.layout?.image(width: picture.width, height: picture.height)
            )
            let meter = FillProgressLine()
            picture = try inpainter.fill(picture, known: known, settings: settings, progress: meter.show).image
            meter.end()
            stages.mark("inpaint")
        }
        try picture.write(to: output)
        if let mask { try known.image.write(to: mask) }
        stages.mark("save")
        let gvif = catalogue.gvif(decoding, reference: stream.header.referenceInformation)
        let figures = StreamFigures(stream, gvif: gvif, stages: stages.seconds)
        for slice in decoding.damagedSlices {
            complain("\(input): slice \(slice) does not decode and counts as lost")
        }
        if json { try printJSON(figures) } else { figures.print(path: input) }
    }
}

extension Bitstream {
    /// A bitstream file; errors name it.
    init(contentsOf path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw StreamFileError(
                path: path, reason: FileManager.default.fileExists(atPath: path) ? "cannot be read" : "no such file")
        }
        do {
            try self.init(serialised: [UInt8](data))
        } catch {
            throw StreamFileError(path: path, reason: "\(error)")
        }
    }
}

struct StreamFileError: Error, CustomStringConvertible {
    let path: String
    let reason: String
    var description: String { "\(path): \(reason)" }
}
