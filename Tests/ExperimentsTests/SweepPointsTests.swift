import Foundation
import GRDB
import ImagePipeline
import Results
import Runs
import TestSupport
import Testing

@testable import Experiments
@testable import Report
@testable import Topologies

/// What a sweep leaves for others to read: the table `points`, and `metadata.json`.
@Suite struct SweepPointsTests {
    @Test func sweptValuesAreNumbersUnderTheirUnits() {
        let budget = SweptAxis("scheme.budget", ["10 ms", "1.5ms"])
        #expect(budget.column == "scheme.budget_ms" && budget.numbers == ["10 ms": 10, "1.5ms": 1.5])
        let mixed = SweptAxis("scheme.budget", ["500 us", "1 s"])
        #expect(mixed.column == "scheme.budget_s" && mixed.numbers == ["500 us": 0.0005, "1 s": 1])
        #expect(SweptAxis("links.up.loss", ["5 %", "10 %"]).column == "links.up.loss_percent")
        #expect(SweptAxis("links.up.loss", ["5 %", "0.1"]).numbers == ["5 %": 0.05, "0.1": 0.1])
        #expect(SweptAxis("links.up.loss", ["5 %", "0.1"]).column == "links.up.loss_number")
        #expect(SweptAxis("links.up.queueRate", ["512 kbit/s"]).column == "links.up.queueRate_kbit_per_s")
        #expect(SweptAxis("scheme.rate", ["3", "7"]).column == "scheme.rate_number")
        #expect(SweptAxis("scheme.policy", ["optimal", "fixed"]).numbers.isEmpty)
        #expect(SweptAxis("controller.outage", ["none", "5 %"]).numbers.isEmpty)
    }

    @Test func tasksOfAnArrayShareThePointsAndLeaveNoneOut() throws {
        let folder = try TemporaryFolder()
        let (topology, path) = try SweepTests.topology(
            "\nsweep:\n  links.uplink.snr: [0 dB, 6 dB]\n  repetitions: 5\n", in: folder)
        let points = try SweepPlan(topology, file: path).points
        let parts = try (1...4).map { try SweepShare("\($0)/4", environment: [:]).points(of: points).map(\.name) }
        #expect(parts.flatMap { $0 }.sorted() == points.map(\.name).sorted() && parts.map(\.count) == [3, 3, 2, 2])
        // sbatch --array=10-40:10, its second task.
        let array = [
            "SLURM_ARRAY_TASK_ID": "20", "SLURM_ARRAY_TASK_MIN": "10", "SLURM_ARRAY_TASK_MAX": "40",
            "SLURM_ARRAY_TASK_STEP": "10",
        ]
        #expect(try SweepShare("slurm", environment: array) == SweepShare("2/4", environment: [:]))
        #expect(throws: ExperimentError.self) {
            try SweepShare("slurm", environment: array.merging(["SLURM_ARRAY_TASK_COUNT": "3"]) { $1 })
        }
        for wrong in ["0/4", "5/4", "2", "a/b", "2/", "slurm"] {
            #expect(throws: ExperimentError.self) { try SweepShare(wrong, environment: [:]) }
        }
    }

    @Test func runsAreToldTheOptionsOfTheSweep() throws {
        let folder = try TemporaryFolder()
        let (topology, path) = try SweepTests.topology("\nsweep:\n  links.uplink.snr: [0 dB, 6 dB]\n", in: folder)
        let plan = try SweepPlan(topology, file: path)
        let program = folder.path + "/stub"
        try """
        #!/bin/sh
        for last; do :; done
        mkdir -p "$last"
        touch "$last/run.sqlite"
        echo "$@" > "$last/arguments"
        """.write(toFile: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        for (name, options) in [("plain", []), ("other", ["--keep", "figures", "--secret-file", "/lab secret"])] {
            let output = "\(folder.path)/\(name)"
            _ = try SweepExecution(
                plan: plan, folder: output, command: [program], arguments: [path], jobs: 1,
                share: try SweepShare("1/2", environment: [:]), options: options
            ).run { _, _, _ in }
            let points = try FileManager.default.contentsOfDirectory(atPath: output + "/points")
            #expect(points == [plan.points[0].name])
            let words = try String(contentsOfFile: "\(output)/points/\(points[0])/arguments", encoding: .utf8)
            #expect(words.contains("links.uplink.snr=0 dB") && !options.contains { !words.contains($0) })
            #expect(words.contains("--keep") == !options.isEmpty)
            // Options are no part of the plan: a sweep goes on with others.
            let plans = try String(contentsOfFile: output + "/plan.txt", encoding: .utf8)
            #expect(!plans.contains("--keep"))
        }
    }

    @Test func aPointOfWhichFiguresAreKeptIsSummedUpAlike() throws {
        let folder = try TemporaryFolder()
        let (topology, path) = try SweepTests.topology("\nsweep:\n  links.uplink.snr: [0 dB, 6 dB]\n", in: folder)
        let plan = try SweepPlan(topology, file: path)
        for point in plan.points {
            let place = "\(folder.path)/points/\(point.name)"
            try SyntheticRun().write(to: place)
            try FileManager.default.createDirectory(atPath: place + "/images", withIntermediateDirectories: true)
        }
        let whole = try SweepSummary(plan: plan, folder: folder.path).csv
        try FileManager.default.removeItem(atPath: folder.path + "/sweep.sqlite")
        for point in plan.points {
            let place = "\(folder.path)/points/\(point.name)"
            try RunClosing.close(folder: place, keeping: .figures)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: place).sorted() == [
                    "csv", "report.html", "run.sqlite",
                ])
            #expect(try FileManager.default.contentsOfDirectory(atPath: place + "/csv") == ["images.csv"])
            #expect(
                try ResultsDatabase(path: place + "/run.sqlite").results().images.allSatisfy { $0.decodedFile == nil })
        }
        // Twice is once.
        for _ in 0..<2 { #expect(try SweepSummary(plan: plan, folder: folder.path).csv == whole) }
    }

    /// A sweep of two axes over records of 8 images that crossed a block each.
    private func sweep(
        in folder: TemporaryFolder, of run: SyntheticRun = .init()
    ) throws -> (summary: SweepSummary, output: String, plan: SweepPlan) {
        let (topology, path) = try SweepTests.topology(
            "\nsweep:\n  links.uplink.snr: [0 dB, 6 dB]\n  scheme.policy: [optimal]\n  repetitions: 2\n", in: folder)
        let plan = try SweepPlan(topology, file: path)
        let output = folder.path + "/sweep"
        // No process: a program written while others fork may be busy when it is to start.
        for point in plan.points { try run.write(to: "\(output)/points/\(point.name)") }
        return (try SweepSummary(plan: plan, folder: output), output, plan)
    }

    @Test func picturesWithoutErrorAreCountedBesideTheMeans() throws {
        let folder = try TemporaryFolder()
        let (summary, output, _) = try sweep(in: folder, of: .init(exact: [0, 6]))
        let rows = try DatabaseQueue(path: output + "/sweep.sqlite").read {
            try Row.fetchAll($0, sql: "SELECT psnr_db, psnr_db_exact, mask_psnr_db_exact FROM points")
        }
        let finite = summary.lines[0].images.compactMap(\.psnr).filter(\.isFinite)
        #expect(rows.count == 4 && finite.count == 6)
        for row in rows {
            #expect(row["psnr_db_exact"] == 2 && row["mask_psnr_db_exact"] == 2)
            #expect(row["psnr_db"] == Sample(finite)?.mean)
        }
        let page = try String(contentsOfFile: try summary.write(to: output), encoding: .utf8)
        #expect(page.contains(", 2 × ∞</td>") && page.contains(Sample.leftOutMeans))
    }

    /// Twelve curves have more colours than there are: they stand in two plots, in the order of the sweep.
    @Test func noCurveIsLeftOut() throws {
        let folder = try TemporaryFolder()
        let (topology, path) = try SweepTests.topology(
            """

            sweep:
              links.uplink.snr: [6 dB, 14 dB]
              scheme.prefer: [coverage, quality, region]
              scheme.infeasible: [least-bad, prompt-only]
              links.uplink.model: [rayleigh, awgn]\n
            """, in: folder)
        let plan = try SweepPlan(topology, file: path)
        let output = folder.path + "/sweep"
        for point in plan.points { try SyntheticRun(images: 1).write(to: "\(output)/points/\(point.name)") }
        let plots = try SweepSummary(plan: plan, folder: output).plots()
        let gvif = plots.filter { $0.yLabel == "GVIF" }
        #expect(gvif.map(\.series.count) == [6, 6])
        let names = gvif.flatMap { $0.series.map(\.name) }
        #expect(Set(names).count == 12 && names[0] == "prefer coverage, infeasible least-bad, model rayleigh")
    }

    @Test func pointsStandInTheDatabase() throws {
        let folder = try TemporaryFolder()
        let (summary, output, plan) = try sweep(in: folder)
        // A summary that is made again replaces the table.
        _ = try SweepSummary(plan: plan, folder: output)
        let rows = try DatabaseQueue(path: output + "/sweep.sqlite").read {
            try Row.fetchAll($0, sql: "SELECT * FROM points ORDER BY run")
        }
        #expect(rows.count == 4)
        let row = try #require(rows.last)
        func text(_ name: String) -> String? { row[name] }
        func number(_ name: String) -> Double? { row[name] }
        #expect(text("run") == plan.points[3].name)
        #expect(text("seed") == "6")
        #expect(text("links.uplink.snr") == "6 dB")
        #expect(text("scheme.policy") == "optimal")
        #expect(!row.columnNames.contains("scheme.policy_number"))
        #expect(number("repetition") == 1)
        #expect(number("links.uplink.snr_db") == 6)
        let images = summary.lines[3].images
        let gvif = Sample(images.compactMap(\.gvif))
        #expect(number("images") == 8)
        #expect(number("clusters") == 8)
        #expect(number("gvif") == gvif?.mean)
        #expect(number("gvif_ci95") == gvif?.halfWidth)
        #expect(number("gvif_deviation") == gvif?.deviation)
        let feasible = images.filter { $0.feasible == true }.count
        #expect(number("feasible_share") == Double(feasible) / 8)
        #expect(number("concessions") == 0)
        for name in ["psnr_db", "ssim", "snr_db"] { #expect(number(name) != nil, "\(name)") }
        let rates: [Double] = images.map { Double($0.rate) }
        #expect(number("rate") == Sample(rates)?.mean)
        #expect(number("kept_share") == Sample(images.compactMap(\.receivedShare))?.mean)
        // The same figures as in the CSV file.
        let lines = summary.csv.split(separator: "\n").map { $0.components(separatedBy: ",") }
        let column = try #require(lines[0].firstIndex(of: "kept_share_ci95"))
        // The point's name has a comma of its own: counted from the end.
        #expect(Double(lines[4][lines[4].count - lines[0].count + column]) == number("kept_share_ci95"))
    }

    /// Images of one block are one cluster; many repetitions together are clusters by run;
    /// a channel that never changes makes none.
    @Test func imagesClusterByRunAndBlock() throws {
        let folder = try TemporaryFolder()
        var line = try sweep(in: folder).summary.lines[0]
        line.images = line.images.map { image in
            var image = image
            image.block = image.image / 4
            return image
        }
        func clusters(_ run: String, constant: Set<String> = []) -> [Cluster] {
            line.images.map { Cluster($0, run: run, constant: constant) }
        }
        line.clusters = clusters("a")
        #expect(line.clusterCount == 2 && line.sample("gvif")?.halfWidth == nil)
        let lines = (0..<6).map { number in
            var other = line
            other.point.name = "\(number)"
            other.clusters = clusters(other.point.name)
            return other
        }
        #expect(Array(lines.prefix(4)).sample("gvif")?.clusters == 8)
        #expect(lines.sample("gvif")?.clusters == 6 && lines.sample("gvif")?.count == 48)
        line.clusters = clusters("a", constant: ["uplink"])
        #expect(line.clusterCount == 8)
        line.images[0].link = "other"
        line.clusters = clusters("a", constant: ["uplink"])
        #expect(line.clusterCount == 8)
    }

    @Test func metadataNamesWhatItsPointsCameFrom() throws {
        let folder = try TemporaryFolder()
        let (summary, output, plan) = try sweep(in: folder)
        // Three points of one build, one of another.
        for (index, point) in plan.points.enumerated() {
            var metadata = Metadata(
                plan.topology, provenance: Provenance(plan.topology), photos: [:],
                startedOn: "2026-11-2\(9 - index)T10:00:00Z", machine: ["processor": "example"])
            if index == 3 { metadata.origin.commit = "another" }
            let home = "\(output)/points/\(point.name)/csv"
            try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
            try Metadata.write(metadata, to: home + "/metadata.json")
        }
        _ = try summary.write(to: output)
        let data = try #require(FileManager.default.contents(atPath: output + "/metadata.json"))
        let read = try JSONDecoder().decode(SweepMetadata.self, from: data)
        #expect(read.topology == plan.topology.name && read.seed == 5 && read.repetitions == 2)
        #expect(read.axes == ["links.uplink.snr": ["0 dB", "6 dB"], "scheme.policy": ["optimal"]])
        #expect(read.sources.map(\.points.count) == [3, 1] && read.sources[1].origin.commit == "another")
        #expect(read.startedOn == "2026-11-26T10:00:00Z" && read.virtual == false)
        #expect(read.sources[0].origin.models == Provenance(plan.topology).models)
    }
}
