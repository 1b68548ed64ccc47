import Foundation
import Results
import Runs
import TestSupport
import Testing

/// Measures that add-metric put beside a run.
@Suite struct MetricsTests {
    @Test func aMeasureStandsInTheReportAndOutlivesAnImport() throws {
        let folder = try TemporaryFolder()
        try SyntheticRun().write(to: folder.path)
        let image = try #require(try RunClosing.close(folder: folder.path).results.images.first)
        let path = folder.path + "/csv/metrics.csv"
        let row = ",\(image.transmitter),\(image.image),\(try #require(image.receiver)),"
        try "run,transmitter,image,receiver,lpips,dists\r\n\(row)0.1234,\r\n".write(
            toFile: path, atomically: true, encoding: .utf8)
        // The database is made anew: what the file says is taken up.
        try FileManager.default.removeItem(atPath: folder.path + "/run.sqlite")
        let results = try RunClosing.close(folder: folder.path).results
        #expect(results.metrics.names == ["lpips"] && results.metrics.value("lpips", image) == 0.1234)
        let page = try String(contentsOfFile: folder.path + "/report.html", encoding: .utf8)
        #expect(page.contains("<th scope=\"col\">lpips</th>") && page.contains("<td>0.1234</td>"))
        #expect(FileManager.default.fileExists(atPath: path))
        try "run,transmitter,image,receiver,lpips\n\(row)low\n".write(
            toFile: path, atomically: true, encoding: .utf8)
        #expect { try RunClosing.close(folder: folder.path) } throws: {
            "\($0)".contains("metrics.csv") && "\($0)".contains("line 2: 'low' is not a number")
        }
    }
}
