import ArgumentParser
import Experiments
import Foundation

struct ReproduceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reproduce", abstract: "Make the paper's figures again, and set its claims beside what comes out.",
        discussion: """
            Figures: \(Reproduction.names.joined(separator: ", ")), or all. Writes CSV, SVG and index.html into the \
            output folder; what is found there is not computed again, so that a run that was killed goes on where it \
            stopped. Photos cross the link between processes over UDP; --virtual runs the same roles under the virtual \
            clock, and --direct calls codec, semantics and adaptation alone, with C·T_max bits as the link's budget.
            """)

    @Argument(help: "Which figures.")
    var figures: [String]

    @Option(help: ArgumentHelp("Folder of photos.", valueName: "dir"))
    var images = "Topologies/Photos"

    @Option(name: .shortAndLong, help: ArgumentHelp("Output folder.", valueName: "dir"))
    var output = "runs/reproduction"

    @Option(help: "What fills the missing region: none, harmonic, layout, texture, default, or a diffusers folder.")
    var inpaint = "harmonic"

    @Option(help: "Photos are made no larger than this.")
    var longestSide = 512

    @Flag(help: "How photos reach the receiver: over UDP in real time, under the virtual clock, or not at all.")
    var passage: LinkRuns.Passage = .sockets

    @Option(help: "Codec weights instead of the shipped ones.")
    var model: String?

    @Option(help: "Classifier weights instead of the shipped ones.")
    var backbone: String?

    func validate() throws {
        for figure in figures where figure != "all" && !Reproduction.names.contains(figure) {
            throw ValidationError("\(ExperimentError.unknownFigure(figure))")
        }
        guard (64...4096).contains(longestSide) else {
            throw ValidationError("--longest-side must lie between 64 and 4096")
        }
    }

    func run() throws {
        let line = ProgressNoteLine()
        let begun = Date.now
        let laboratory = try ExperimentContext(
            codec: model, classifier: backbone, inpaint: inpaint, longestSide: longestSide)
        let program = CommandLine.arguments[0].contains("/") ? CommandLine.arguments[0] : "testbed"
        let page = try Reproduction(
            laboratory: laboratory, images: images, folder: output, passage: passage, program: program
        ) { note in
            line.show("\(note) (\(Int(Date.now.timeIntervalSince(begun))) s)")
        }.run(figures)
        line.clear()
        print(page)
    }
}

extension LinkRuns.Passage: EnumerableFlag {}
