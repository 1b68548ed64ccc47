import Files
import Foundation
import Mustache
import Records
import Results

/// The self-contained page of one run.
package enum RunReport {
    /// Reads `run.sqlite` of a run folder (importing the records first where there is none) and writes `report.html`.
    /// - Returns: the page's path.
    /// - Throws: `ResultsError` naming what is missing or cannot be written.
    @discardableResult
    package static func write(folder: String) throws -> String {
        let manager = FileManager.default
        let path = folder + "/run.sqlite"
        let hasRecords = manager.fileExists(atPath: folder + "/records")
        guard manager.fileExists(atPath: path) || hasRecords else { throw ResultsError.noDatabase(folder) }
        let isNew = !manager.fileExists(atPath: path)
        let database = try ResultsDatabase(path: path)
        if isNew { try database.importRun(folder: folder) }
        return try write(results: try database.results(), folder: folder)
    }

    @discardableResult
    package static func write(results: RunResults, folder: String) throws -> String {
        let page = try page(results: results, folder: folder)
        let target = folder + "/report.html"
        do { try page.write(toFile: target, atomically: true, encoding: .utf8) } catch {
            throw ResultsError.writeFailed(path: target, reason: systemReason(error))
        }
        return target
    }

    package static func page(results: RunResults, folder: String) throws -> String {
        let model = ReportBuilder(results: results, picture: Thumbnails(folder: folder)).model(
            style: try PageResource.text("page.css"))
        return try MustacheTemplate(string: try PageResource.text("report.mustache")).render(model)
    }
}
