import Files
import Foundation
import Mustache

/// The self-contained page of one run.
public enum RunReport {
    /// Reads `run.sqlite` of a run folder (importing the records first where there is none) and writes `report.html`.
    /// - Returns: the page's path.
    /// - Throws: `ResultsError` naming what is missing or cannot be written.
    @discardableResult
    public static func write(folder: String) throws -> String {
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
    static func write(results: RunResults, folder: String) throws -> String {
        let page = try page(results: results, folder: folder)
        let target = folder + "/report.html"
        do { try page.write(toFile: target, atomically: true, encoding: .utf8) } catch {
            throw ResultsError.writeFailed(path: target, reason: RunFolder.reason(error))
        }
        return target
    }

    static func page(results: RunResults, folder: String) throws -> String {
        let model = ReportBuilder(results: results, picture: Picture(folder: folder)).model(style: try resource("page.css"))
        return try MustacheTemplate(string: try resource("report.mustache")).render(model)
    }

    /// A file of this module's resources.
    static func resource(_ name: String) throws -> String {
        try TextFile.read(Place.existingResource(name))
    }
}

/// Everything that ends a run: records into the database, tables as CSV, the page.
public enum RunClosing {
    /// - Returns: what the records hold, and lines that could not be read.
    @discardableResult
    public static func close(folder: String) throws -> (results: RunResults, damages: [RunRecordFiles.Damage]) {
        let database = try ResultsDatabase(path: folder + "/run.sqlite")
        let damages = try database.importRun(folder: folder)
        try database.exportCSV(to: folder + "/csv")
        let results = try database.results()
        try RunReport.write(results: results, folder: folder)
        return (results, damages)
    }
}
