import Report
import Results
import Topologies

/// One row a point and scheme: `sweep.csv`, and the table `points` of `sweep.sqlite`.
extension SweepSummary {
    private typealias Column = (name: String, kind: PointsTable.Kind, unit: String, meaning: String)

    private static let before: [Column] = [
        ("repetition", .integer, "", "which repetition of the point, from 0"),
        ("seed", .text, "", "seed of every random stream"),
        ("scheme", .text, "", "whose images the row counts"),
        ("images", .integer, "", "how many images, at every receiver"),
        ("valid", .flag, "", "whether the machine kept the channel's time"),
    ]

    private static let after: [Column] =
        [
            ("gvif_deviation", .number, "0 to 1", "standard deviation of GVIF from image to image"),
            ("concessions", .integer, "", "images for which a bound gave way"),
            (
                "clusters", .integer, "",
                "independent blocks: images of one run and coherence block are one, on a channel that never changes "
                    + "each is its own"
            ),
        ]
        + Line.unbounded.map { figure -> Column in
            ("\(figure)_exact", .integer, "", "images without error there, which stand in no mean")
        }

    private func leading(_ line: Line) -> [PointsTable.Value] {
        [
            .integer(line.point.repetition), .text("\(line.point.seed)"), .text(line.scheme),
            .integer(line.images.count), line.valid.map(PointsTable.Value.flag) ?? .absent,
        ]
    }

    private func figures(_ line: Line) -> [PointsTable.Value] {
        func number(_ value: Double?) -> PointsTable.Value { value.map(PointsTable.Value.number) ?? .absent }
        return Line.figures.flatMap { figure in
            let sample = line.sample(figure.name)
            return [number(sample?.mean), number(sample?.halfWidth)]
        } + [
            number(line.sample("gvif")?.deviation), .integer(line.concessions), .integer(line.clusterCount),
        ] + Line.unbounded.map { PointsTable.Value.integer(line.exactCount($0)) }
    }

    private static let shared: (before: [(String, PointsTable.Kind)], after: [(String, PointsTable.Kind)]) = (
        before.map { ($0.name, $0.kind) },
        Line.figures.flatMap { [($0.name, .number), ($0.name + "_ci95", .number)] } + after.map { ($0.name, $0.kind) }
    )

    /// `sweep.csv`: the table's columns and rows.
    package var csv: String {
        let table = table
        let header = table.columns.map { ResultsDatabase.quoted($0.name) }
        return ([header] + table.rows.map { $0.map(\.csv) }).map { $0.joined(separator: ",") + "\n" }.joined()
    }

    /// One row a point and scheme: a mean and the half width of its interval a figure,
    /// swept values as text and as numbers.
    var table: PointsTable {
        let axes = (plan.topology.sweep?.axes ?? []).map { SweptAxis($0.key, $0.values) }
        let swept = axes.flatMap { axis -> [(String, PointsTable.Kind)] in
            [(axis.key, .text)] + (axis.numbers.isEmpty ? [] : [(axis.column, .number)])
        }
        let rows = lines.map { line in
            let values = zip(axes, line.point.settings).flatMap { axis, setting -> [PointsTable.Value] in
                let number = axis.numbers[setting.value].map(PointsTable.Value.number) ?? .absent
                return [.text(setting.value)] + (axis.numbers.isEmpty ? [] : [number])
            }
            return [.text(line.point.name)] + leading(line) + values + figures(line)
        }
        return PointsTable(columns: [("run", .text)] + Self.shared.before + swept + Self.shared.after, rows: rows)
    }

    /// The columns of `sweep.csv` and of the table `points` as sections of Markdown.
    package static func reference() -> String {
        let figures = Line.figures.map { "| `\($0.name)`, `\($0.name)_ci95` ○ | number | \($0.unit) | \($0.meaning) |" }
        func rows(_ columns: [Column]) -> [String] {
            columns.map { column in
                let kind =
                    switch column.kind {
                    case .text: "text"
                    case .integer: "whole number"
                    case .number: "number"
                    case .flag: "0 or 1"
                    }
                return "| `\(column.name)` | \(kind) | \(column.unit) | \(column.meaning) |"
            }
        }
        let shared = (rows(before) + figures + rows(after)).joined(separator: "\n")
        return """
            ## `sweep.csv`

            One row a point of a sweep and a scheme. Each axis has a column of its text under its key and, where its
            values are quantities, one of their numbers under key and unit: `links.uplink.snr_db`, `scheme.budget_ms`;
            `scheme.alpha_number` without a unit. Values in several units stand in the base unit.
            A figure is the mean over the images; `_ci95` is the half width of its 95 % interval. Images of one run and
            one coherence block are not independent: the interval is robust to that (a jackknife over such clusters,
            Student's t on their number less one), and absent where there are fewer than \(Sample.leastClusters)
            clusters. Where a plot averages as many repetitions, all images of one run are a cluster; since repetitions
            send the same photos, such an interval speaks of other fading, not of other photos.
            Fading or shadowing that is correlated from block to block needs such repetitions: within one run its
            blocks are taken as independent, and the interval is too narrow.

            | column | type | unit | meaning |
            |---|---|---|---|
            | `run` | text |  | the point's name, as in the other tables |
            \(shared)

            ## `points`

            In `sweep.sqlite`: the rows and columns of `sweep.csv`, made anew with every summary.

            | column | type | unit | meaning |
            |---|---|---|---|
            | `run` | text |  | the point's name, as in the other tables |
            \(shared)

            """
    }
}
