import Files
import Foundation
import ImagePipeline
import Records
import Report
import Results
import Topologies

/// Everything that ends a run: records into the database, tables as CSV, the page.
package enum RunClosing {
    /// - Parameter kept: what stays of the folder.
    /// - Returns: what the records hold, and lines that could not be read.
    /// - Throws: `ResultsError` naming what cannot be read, written or taken away.
    @discardableResult
    package static func close(
        folder: String, keeping kept: Kept = .pictures
    ) throws -> (results: RunResults, damages: [RunRecordFiles.Damage]) {
        let database = try ResultsDatabase(path: folder + "/run.sqlite")
        let damages = try database.importRun(folder: folder)
        if kept != .pictures {
            try remove("\(folder)/images")
            try database.forgetPictures()
        }
        try database.exportCSV(to: folder + "/csv")
        let results = try database.results()
        try RunReport.write(results: results, folder: folder)
        if kept == .figures {
            try remove("\(folder)/records")
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/csv")
            for name in names where !lasting.contains(name) { try remove("\(folder)/csv/\(name)") }
        }
        return (results, damages)
    }

    /// What stays of `csv/` where figures are kept alone: the rest stands in the database.
    private static let lasting: Set = ["images.csv", MetricsTable.fileName, Metadata.fileName]

    private static func remove(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw ResultsError.writeFailed(path: path, reason: systemReason(error))
        }
    }
}
