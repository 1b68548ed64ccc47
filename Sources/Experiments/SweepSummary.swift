import Foundation
import ImagePipeline
import Mustache
import Records
import Report
import Results
import Topologies

/// What a sweep found: one database, one table, one page.
package struct SweepSummary {
    let plan: SweepPlan
    let lines: [Line]

    /// Imports all points that have ended into `sweep.sqlite`, reads them back, and writes the table `points` there.
    package init(plan: SweepPlan, folder: String) throws {
        self.plan = plan
        let database = try ResultsDatabase(path: folder + "/sweep.sqlite")
        var lines: [Line] = []
        for point in plan.points {
            let source = "\(folder)/points/\(point.name)"
            if FileManager.default.fileExists(atPath: "\(source)/records") {
                try database.importRun(folder: source, run: point.name)
            } else if FileManager.default.fileExists(atPath: "\(source)/run.sqlite") {
                try database.copyRun(from: "\(source)/run.sqlite", as: point.name)
            } else {
                continue
            }
            let results = try database.results(run: point.name)
            let report = "points/\(point.name)/report.html"
            let place = FileManager.default.fileExists(atPath: "\(folder)/\(report)") ? report : "points/\(point.name)/"
            for (scheme, images) in Dictionary(grouping: results.images, by: \.scheme).sorted(by: { $0.key < $1.key }) {
                let clusters = images.map {
                    Cluster($0, run: point.name, constant: results.channel.constantLinks)
                }
                lines.append(
                    Line(
                        point: point, scheme: scheme, images: images, clusters: clusters,
                        valid: results.validity.isValid, place: place))
            }
        }
        self.lines = lines
        try database.write(table)
    }

    /// The leading number of `20 ms`; nil for words.
    package static func number(_ text: String) -> Double? {
        Double(text.prefix { $0.isNumber || "+-.eE".contains($0) })
    }

    /// Lines that differ by their place along the axis with the most numeric values alone.
    private struct Curves {
        var name: String
        var lines: [Line]
    }

    /// How many curves the page draws of a figure, in as many plots as they need.
    static let mostCurves = 24

    /// All other axes and the schemes tell curves apart; they come in the order of the sweep.
    private func curves() -> (along: Int, curves: [Curves])? {
        guard let axes = plan.topology.sweep?.axes,
            let along = axes.indices.filter({ axes[$0].values.allSatisfy { Self.number($0) != nil } }).max(by: {
                axes[$0].values.count < axes[$1].values.count
            })
        else { return nil }
        let schemes = Set(lines.map(\.scheme))
        let grouped = Dictionary(grouping: lines.indices) { index in
            let line = lines[index]
            let others = line.point.settings.enumerated().filter { $0.offset != along }.map {
                "\($1.key.split(separator: ".").last ?? "") \($1.value)"
            }
            return (schemes.count > 1 || others.isEmpty ? [line.scheme] + others : others).joined(separator: ", ")
        }.sorted { $0.value[0] < $1.value[0] }
        return (along, grouped.map { key, indices in Curves(name: key, lines: indices.map { lines[$0] }) })
    }

    func plots() -> [Plot] {
        guard let axes = plan.topology.sweep?.axes, let (along, curves) = curves() else { return [] }
        let unit = axes[along].values[0].drop { $0.isNumber || "+-.eE ".contains($0) }
        let label = axes[along].key + (unit.isEmpty ? "" : ", \(unit)")
        let shown: [(String, String)] = [
            ("gvif", "GVIF"), ("whole_gvif", "GVIF without slices"), ("region_psnr_db", "region PSNR, dB"),
            ("psnr_db", "PSNR, dB"), ("air_time_ms", "time on the air, ms"), ("miss_share", "share of misses"),
            ("alpha", "α"),
        ]
        // As many curves as there are colours stand in one plot.
        let parts = stride(from: 0, to: min(curves.count, Self.mostCurves), by: 6).map {
            curves[$0..<min($0 + 6, curves.count, Self.mostCurves)]
        }
        return shown.flatMap { figure, name in
            parts.compactMap { plot(figure, name, $0, along: along, against: axes[along].key, label) }
        }
    }

    private func plot(
        _ figure: String, _ name: String, _ curves: ArraySlice<Curves>, along: Int, against key: String, _ label: String
    ) -> Plot? {
        var plot = Plot(
            title: "\(name) against \(key)",
            description:
                "Means over images with 95 % confidence intervals over clusters, none where there are "
                + "fewer than \(Sample.leastClusters); one curve a scheme.",
            xLabel: label, yLabel: name,
            series: curves.map { curve in
                let byValue = Dictionary(grouping: curve.lines) { Self.number($0.point.settings[along].value) ?? 0 }
                return Plot.Series(
                    curve.name,
                    byValue.sorted { $0.key < $1.key }.compactMap { x, lines in
                        lines.sample(figure).map { Curve.point(x, $0) }
                    })
            })
        if ["gvif", "whole_gvif", "miss_share", "alpha"].contains(figure) {
            (plot.yLow, plot.yHigh) = (0, figure.hasSuffix("gvif") ? nil : 1)
        }
        plot.height = 300
        return plot.isEmpty ? nil : plot
    }

    private struct Page {
        var title: String
        var style: String
        var summary: String
        var plots: [String]
        var columns: [String]
        var rows: [ReportModel.Row]
    }

    /// Writes `sweep.csv`, `metadata.json` and `sweep.html`.
    /// - Returns: the page's path.
    package func write(to folder: String) throws -> String {
        let columns: [(title: String, figure: String, decimals: Int)] = [
            ("Bits", "bits", 0), ("bit/pixel", "bits_per_pixel", 3), ("Air, ms", "air_time_ms", 1), ("GVIF", "gvif", 3),
            ("Mask PSNR, dB", "mask_psnr_db", 1),
            ("Region, dB", "region_psnr_db", 1), ("PSNR, dB", "psnr_db", 1), ("SSIM", "ssim", 3), ("α", "alpha", 2),
            ("Misses", "miss_share", 2),
        ]
        let rows = lines.map { line in
            let cells = columns.map { Sample.cell([line].values($0.figure), $0.decimals) }
            let settings =
                line.point.settings.map(\.value).joined(separator: ", ")
                + (plan.topology.sweep?.repetitions ?? 1 > 1 ? " · \(line.point.repetition)" : "")
            return ReportModel.Row(
                anchor: line.place, head: settings,
                cells: [line.scheme, "\(line.images.count)", "\(line.clusterCount)"] + cells,
                kind: line.valid == false ? "bad" : "")
        }
        let invalid = lines.filter { $0.valid == false }.count
        let timing =
            invalid == 0
            ? "Every run kept the channel’s time."
            : "\(invalid) runs are invalid: the machine did not keep the channel’s time."
        let isExact = lines.contains { line in Line.unbounded.contains { line.exactCount($0) > 0 } }
        let drawn = curves()?.curves.count ?? 0
        let curvesLeftOut = drawn > Self.mostCurves ? " Of \(drawn) curves the first \(Self.mostCurves) are drawn." : ""
        let exact = isExact ? " In the table, \(Sample.leftOutMeans)" : ""
        let page = Page(
            title: plan.topology.name, style: try PageResource.text("page.css"),
            summary:
                "\(plan.points.count) points, \(lines.reduce(0) { $0 + $1.images.count }) images. "
                + timing + curvesLeftOut + exact,
            plots: plots().enumerated().map { $1.svg(id: "sweep-\($0)") },
            columns: [
                (plan.topology.sweep?.axes.map(\.key) ?? []).joined(separator: ", "), "Scheme", "Images", "Clusters",
            ]
                + columns.map(\.title), rows: rows)
        let html = try MustacheTemplate(string: try PageResource.text("sweep.mustache")).render(page)
        for (file, text) in [("sweep.csv", csv), ("sweep.html", html)] {
            do { try text.write(toFile: "\(folder)/\(file)", atomically: true, encoding: .utf8) } catch {
                throw ExperimentError.cannotWrite("\(folder)/\(file)")
            }
        }
        try Metadata.write(SweepMetadata(plan: plan, folder: folder), to: "\(folder)/\(Metadata.fileName)")
        return folder + "/sweep.html"
    }
}
