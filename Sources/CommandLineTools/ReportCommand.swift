import ArgumentParser
import Report
import Runs

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write report.html of a run folder again.",
        discussion: "Reads DIR/run.sqlite; where there is none, imports DIR/records first, for instance after a crash.")

    @Argument(help: "The run folder.", completion: .directory)
    var folder: String

    @Flag(help: "Import the nodes' records again even if the database exists, and write the CSV files.")
    var `import` = false

    func run() throws {
        if self.import { try RunClosing.close(folder: folder) }
        print(try RunReport.write(folder: folder))
    }
}
