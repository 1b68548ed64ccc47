import Records
import Report
import Results

/// Everything that ends a run: records into the database, tables as CSV, the page.
package enum RunClosing {
    /// - Returns: what the records hold, and lines that could not be read.
    @discardableResult
    package static func close(folder: String) throws -> (results: RunResults, damages: [RunRecordFiles.Damage]) {
        let database = try ResultsDatabase(path: folder + "/run.sqlite")
        let damages = try database.importRun(folder: folder)
        try database.exportCSV(to: folder + "/csv")
        let results = try database.results()
        try RunReport.write(results: results, folder: folder)
        return (results, damages)
    }
}
