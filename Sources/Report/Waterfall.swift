import Determinism
import Foundation
import Records
import Results

/// Where the time of each image went: one row an image, one bar a stage, and the budget T_max as a bracket at the air.
struct Waterfall {
    struct Bar {
        /// Seconds since the image's first stage began.
        var start: Double
        var duration: Double
        var stage: StageRecord.Stage
    }

    struct Row {
        var name: String
        /// T_max in seconds.
        var budget: Double
        var bars: [Bar]
        var end: Double { bars.map { $0.start + $0.duration }.max() ?? 0 }
    }

    var rows: [Row]

    /// Stages of one place share a hue: transmitter blue, controller grey, air vermilion, receiver green.
    static func ink(_ stage: StageRecord.Stage) -> (series: Int, opacity: Double) {
        switch stage {
        case .describe: (0, 0.45)
        case .analyse: (0, 1)
        case .profile: (0, 0.7)
        case .encode: (5, 1)
        case .send: (5, 0.55)
        case .decide: (6, 1)
        case .wait: (6, 0.28)
        case .air: (1, 1)
        case .decode: (2, 1)
        case .inpaint: (4, 1)
        case .save: (2, 0.4)
        case .store: (0, 0.25)
        }
    }

    /// - Returns: nil where there is nothing to show.
    init?(
        images: [ImageResult], stages: [StageRecord], budget: (ImageResult) -> Double,
        limit: Int = StageTimes.drawnImages
    ) {
        let grouped = Dictionary(grouping: stages) { "\($0.transmitter)\u{0}\($0.image)" }
        rows = images.prefix(limit).compactMap { image in
            guard let own = grouped["\(image.transmitter)\u{0}\(image.image)"], let first = own.map(\.startAt).min()
            else { return nil }
            return Row(
                name: image.name, budget: budget(image),
                bars: own.map {
                    Bar(
                        start: (Instant(nanoseconds: $0.startAt) - Instant(nanoseconds: first)).seconds,
                        duration: $0.duration, stage: $0.stage)
                }.sorted { $0.start < $1.start })
        }
        if rows.isEmpty { return nil }
    }

    func svg(id: String) -> String {
        let (width, line, top, left) = (720.0, 24.0, 40.0, 126.0)
        let height = top + Double(rows.count) * line + 44
        let (right, bottom) = (width - 62, height - 44)
        let (unit, word) = rows.contains { $0.end >= 10 } ? (1.0, "seconds") : (1000.0, "milliseconds")
        let axis = Axis(values: [0] + rows.map { $0.end * unit }, low: 0, wanted: 7, from: left, to: right)
        func place(_ value: Double) -> String { NumberFormat.place(value) }
        var body = ""
        for tick in axis.ticks {
            let x = axis.position(tick)
            body +=
                "<path d=\"M\(place(x)) \(place(top - 6))V\(place(bottom))\" "
                + "\(PlotTheme.stroke("rule")) stroke-width=\"1\"/>"
            body += PlotTheme.text(axis.label(tick), x: x, y: bottom + 17, anchor: "middle")
        }
        body += PlotTheme.text(
            "\(word) since the image was taken up", x: (left + right) / 2, y: height - 6, anchor: "middle")
        for (index, row) in rows.enumerated() {
            let y = top + Double(index) * line
            let name = row.name.count > 17 ? row.name.prefix(16) + "…" : row.name[...]
            body += PlotTheme.text(String(name), x: left - 10, y: y + 15, anchor: "end", ink: "ink")
            for bar in row.bars {
                let x = axis.position(bar.start * unit)
                let ink = Self.ink(bar.stage)
                body += """
                    <rect x="\(place(x))" y="\(place(y + 4))" \
                    width="\(place(max(0.8, axis.position((bar.start + bar.duration) * unit) - x)))" \
                    height="\(place(line - 9))" \(PlotTheme.fill(series: ink.series)) \
                    fill-opacity="\(ink.opacity)"><title>\(bar.stage.rawValue) \
                    \(NumberFormat.time(bar.duration))</title></rect>
                    """
            }
            if let air = row.bars.first(where: { $0.stage == .air }), row.budget > 0 {
                let (from, to) = (axis.position(air.start * unit), axis.position((air.start + row.budget) * unit))
                body +=
                    """
                    <path d="M\(place(from)) \(place(y + 1.5))H\(place(to))v\(place(line - 4))" fill="none" \
                    \(PlotTheme.stroke("ink")) stroke-width="1.3"/>
                    """
            }
            body += PlotTheme.text(NumberFormat.time(row.end), x: axis.position(row.end * unit) + 6, y: y + 15)
        }
        // From the edge: eleven stages need the whole width.
        var x = 8.0
        for stage in StageRecord.Stage.allCases where rows.contains(where: { $0.bars.contains { $0.stage == stage } }) {
            let ink = Self.ink(stage)
            body +=
                """
                <rect x="\(place(x))" y="6" width="12" height="12" \(PlotTheme.fill(series: ink.series)) \
                fill-opacity="\(ink.opacity)"/>
                """
            body += PlotTheme.text(stage.rawValue, x: x + 16, y: 16, ink: "ink")
            x += 16 + PlotTheme.width(stage.rawValue) + 12
        }
        return PlotTheme.drawing(
            width: width, height: height, title: "Latency by stage",
            description:
                "One row an image, one bar a stage. The bracket over the time on the air is the latency budget.",
            id: id, body)
    }
}
