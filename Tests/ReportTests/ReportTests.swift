import Foundation
import Imaging
import Results
import TestSupport
import Testing

@testable import Records
@testable import Report
@testable import Runs

@Suite struct ReportTests {
    /// A run folder with pictures: gradients, so that the test needs no photo.
    static func folder(_ run: SyntheticRun = .init()) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try run.write(to: folder.path)
        try FileManager.default.createDirectory(atPath: folder.path + "/images", withIntermediateDirectories: true)
        for index in 0..<run.images {
            var image = Image(width: 96, height: 64)
            for pixel in 0..<(96 * 64) {
                image.pixels[3 * pixel] = UInt8(pixel % 96 * 2)
                image.pixels[3 * pixel + 1] = UInt8(pixel / 96 * 3)
                image.pixels[3 * pixel + 2] = UInt8(index * 25)
            }
            for kind in ["original", "importance", "decoded", "received"] {
                try image.write(to: "\(folder.path)/images/\(index)-\(kind).png")
            }
            var mask = Mask(width: 96, height: 64, repeating: false)
            for row in 16..<48 { for column in 16..<64 { mask[row, column] = true } }
            try mask.image.write(to: "\(folder.path)/images/\(index)-mask.png")
        }
        return folder
    }

    @Test func pageIsSelfContainedAndComplete() throws {
        let folder = try Self.folder()
        let (results, damages) = try RunClosing.close(folder: folder.path)
        #expect(damages.isEmpty && results.images.count == 8)
        let page = try String(contentsOfFile: folder.path + "/report.html", encoding: .utf8)
        for foreign in ["http://", "https://", "<script", "@import", "url("] where foreign != "http://" {
            #expect(!page.contains(foreign))
        }
        #expect(page.replacingOccurrences(of: "http://www.w3.org/2000/svg", with: "").contains("http://") == false)
        #expect(page.components(separatedBy: "data:image/jpeg;base64,").count == 1 + 8 * 4)
        #expect(page.components(separatedBy: "<img ").count == page.components(separatedBy: " alt=\"").count)
        #expect(!page.contains("alt=\"\"") && !page.contains("{{"))
        for id in ["snr", "capacity", "alpha", "rate", "gvif", "waterfall", "air", "rate-gvif", "rate-psnr", "bits-7"] {
            #expect(page.contains("id=\"\(id)-t\""))
        }
        for word in ["✓", "seed", "9f3a77c01b2d4e55", "Example CPU", "SNR set", "A photo, &quot;of&quot; something"] {
            #expect(page.contains(word), "\(word)")
        }
        #expect(FileManager.default.fileExists(atPath: folder.path + "/csv/images.csv"))
    }

    @Test func hostileNamesStayText() throws {
        let folder = try Self.folder(.init(images: 2, photos: ["<script>alert(1).png", "a&b\"c.png"]))
        try RunClosing.close(folder: folder.path)
        let page = try String(contentsOfFile: folder.path + "/report.html", encoding: .utf8)
        #expect(!page.contains("<script") && page.contains("&lt;script&gt;"))
    }

    /// PSNR without error is infinite in tables and files; means are of the others, and say so.
    @Test func whatHasNoErrorIsCountedBesideTheMean() throws {
        let folder = try Self.folder(.init(exact: [0, 2]))
        let images = try RunClosing.close(folder: folder.path).results.images
        #expect(images.map { $0.psnr == .infinity } == (0..<8).map { $0 == 0 || $0 == 2 })
        let page = try String(contentsOfFile: folder.path + "/report.html", encoding: .utf8)
        let mean = try #require(Sample(images.compactMap(\.maskPSNR)))
        #expect(mean.count == 5 && mean.leftOut == 2)
        for words in [
            "at \(NumberFormat.decibel(mean.mean)), but for 2 where it has no error", "2 of 7 without error left out",
            "2 without any error, at ∞ dB, are not drawn", "<td>∞\u{202F}dB</td>",
        ] { #expect(page.contains(words), "\(words)") }
        let csv = try String(contentsOfFile: folder.path + "/csv/scores.csv", encoding: .utf8)
        #expect(csv.components(separatedBy: ",inf,").count > 2)
        let all = try Self.folder(.init(exact: Set(0..<8)))
        try RunClosing.close(folder: all.path)
        let exact = try String(contentsOfFile: all.path + "/report.html", encoding: .utf8)
        #expect(exact.contains("the known region without any error.") && exact.contains("7 of 7 without error"))
    }

    @Test func aRunThatBrokeEarlyStillHasItsPage() throws {
        let folder = try TemporaryFolder()
        let file = try RecordFile(path: folder.path + "/records/air.jsonl")
        file.append(.event(.init(at: 5, node: "air", severity: .failure, what: "crash", detail: "killed by signal 9")))
        try file.flush()
        try RunReport.write(folder: folder.path)
        let page = try String(contentsOfFile: folder.path + "/report.html", encoding: .utf8)
        #expect(page.contains("killed by signal 9") && page.contains("not judged"))
        let empty = try TemporaryFolder()
        #expect(throws: ResultsError.noDatabase(empty.path)) { try RunReport.write(folder: empty.path) }
    }

    @Test func invalidRunsSaySo() throws {
        let folder = try Self.folder(.init(lateness: 0.004))
        try RunClosing.close(folder: folder.path)
        let page = try String(contentsOfFile: folder.path + "/report.html", encoding: .utf8)
        #expect(page.contains("badge invalid") && page.contains("measure the machine, not the link"))
    }

    @Test func axesAreNice() {
        let axis = Axis(values: [0.3, 97], low: 0, wanted: 5, from: 0, to: 100)
        #expect(axis.ticks == [0, 20, 40, 60, 80, 100] && axis.label(20) == "20" && axis.position(50) == 50)
        let small = Axis(values: [-0.013, 0.021], wanted: 5, from: 0, to: 1)
        #expect(
            small.ticks.count >= 4 && small.low <= -0.013 && small.high >= 0.021
                && small.label(small.ticks[1]).count > 3)
        let flat = Axis(values: [6, 6], wanted: 5, from: 0, to: 1)
        #expect(flat.low < 6 && flat.high > 6 && !flat.ticks.isEmpty)
        #expect(Axis(values: [], wanted: 4, from: 0, to: 1).ticks.count > 1)
    }

    @Test func figuresAreSetAsPrinted() {
        #expect(NumberFormat.decimal(-0.04, 1) == "0.0" && NumberFormat.decimal(-1.26, 1) == "−1.3")
        #expect(NumberFormat.decimal(1_234_567, 0) == "1\u{202F}234\u{202F}567")
        #expect(
            NumberFormat.time(0.0204) == "20.4\u{202F}ms" && NumberFormat.time(nil) == "–"
                && NumberFormat.bits(14_060) == "14.1\u{202F}kbit")
        #expect(abs(Sample.studentT(30) - 2.042) < 0.001)
    }

    /// Writes a page to look at: `GENSEMCOM_REPORT=DIR`, with the photos of the repository where they are found.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["GENSEMCOM_REPORT"] != nil))
    func pageToLookAt() throws {
        let target = ProcessInfo.processInfo.environment["GENSEMCOM_REPORT"]!
        let photos = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../Topologies/Photos"
        ).standardizedFileURL.path
        let names = try FileManager.default.contentsOfDirectory(atPath: photos).filter { $0.hasSuffix(".jpg") }.sorted()
        let run = SyntheticRun(photos: names)
        try? FileManager.default.removeItem(atPath: target)
        try run.write(to: target)
        try FileManager.default.createDirectory(atPath: target + "/images", withIntermediateDirectories: true)
        for index in 0..<run.images {
            let image = try Image(contentsOf: photos + "/" + names[index % names.count])
            let (columns, rows) = ((image.width + 15) / 16, (image.height + 15) / 16)
            var plane = Plane(width: columns, height: rows)
            var mask = Mask(width: columns, height: rows, repeating: false)
            for row in 0..<rows {
                for column in 0..<columns {
                    let (x, y) = (Float(column) / Float(columns) - 0.5, Float(row) / Float(rows) - 0.45)
                    plane[row, column] = max(0, 1 - 2.2 * (x * x + y * y).squareRoot())
                    mask[row, column] = plane[row, column] > 0.2 + 0.06 * Float(index)
                }
            }
            let known = mask.upsampled(by: 16, width: image.width, height: image.height)
            try image.write(to: "\(target)/images/\(index)-original.png")
            try image.overlaid(with: plane).write(to: "\(target)/images/\(index)-importance.png")
            try image.write(to: "\(target)/images/\(index)-decoded.png")
            try image.write(to: "\(target)/images/\(index)-received.png")
            try known.image.write(to: "\(target)/images/\(index)-mask.png")
        }
        try RunClosing.close(folder: target)
    }
}
