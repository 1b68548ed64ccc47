import ArgumentParser
import HyperpriorCodec
import Imaging

/// `testbed inspect IN.gsc`: what a bitstream says without its model.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what a bitstream holds: settings, prompt, mask and the bits of every section.")

    @Argument(help: ArgumentHelp("The bitstream.", valueName: "IN.gsc"))
    var input: String

    @Flag(help: "Print figures as JSON.")
    var json = false

    func run() throws {
        let stream = try Bitstream(contentsOf: input)
        let figures = StreamFigures(stream)
        if json {
            try printJSON(figures)
            return
        }
        figures.print(path: input)
        for index in 0..<stream.sliceCount {
            let state = stream.slices[index] == nil ? " (missing)" : ""
            print(
                "  slice \(index): \(stream.cellCount(slice: index)) cells, \(stream.byteCount(slice: index)) "
                    + "bytes\(state)"
            )
        }
        // The mask as text, a character a cell, where it fits a terminal.
        if stream.mask.width <= 160 {
            for row in 0..<stream.mask.height {
                print("  " + String((0..<stream.mask.width).map { stream.mask[row, $0] ? "█" : "·" }))
            }
        }
    }
}
