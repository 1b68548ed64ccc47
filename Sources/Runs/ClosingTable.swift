import Files
import Foundation
import Records
import Report
import Results

/// The table a run closes with.
package struct ClosingTable: CustomStringConvertible {
    package let results: RunResults

    package init(_ results: RunResults) { self.results = results }

    package var description: String {
        guard !results.images.isEmpty else { return "no image was sent" }
        let several = Set(results.images.map(\.transmitter)).count > 1
        var rows = [
            (several ? ["transmitter"] : []) + [
                "photo", "SNR dB", "α", "Φ", "kbit", "of", "air ms", "GVIF", "mask dB", "whole dB", "kept", "ended",
            ]
        ]
        func number(_ value: Double?, _ digits: Int) -> String {
            value.map { $0.isFinite ? String(format: "%.\(digits)f", $0) : $0 > 0 ? "∞" : "–" } ?? "–"
        }
        for image in results.images.prefix(Self.mostRows) {
            let kept = image.requestedShare.map { number($0 * 100, 0) + " %" } ?? "–"
            let air = number(image.airTime.map { $0 * 1e3 }, 2)
            var row: [String] = several ? [image.transmitter] : []
            row += [image.name.shown(), number(image.snr, 1), number(image.threshold, 2), image.sourceCoderInWords]
            row += [number(Double(image.totalBits) / 1e3, 1), number(Double(image.budgetBits) / 1e3, 1), air]
            row += [
                number(image.gvif, 3), number(image.maskPSNR, 1), number(image.psnr, 1), kept,
                image.status?.rawValue ?? "unknown",
            ]
            rows.append(row)
        }
        let rest = results.images.count - Self.mostRows
        let more = rest > 0 ? "\n… and \(rest) more in csv/images.csv; \(Self.average(results.images))" : ""
        let bounds = BrokenBounds(results.images)
        let broken = bounds.list.map { "\nbounds of (31): \(bounds.broken) of \(bounds.images) broken, \($0)" } ?? ""
        return Self.aligned(rows, left: several ? [0, 1, rows[0].count - 1] : [0, rows[0].count - 1]) + more + broken
            + "\ncomplete: \(BrokenBounds.wholeMeans)"
    }

    /// A screenful; longer runs are summed up.
    static let mostRows = 40

    private static func average(_ images: [ImageResult]) -> String {
        let complete = images.filter { $0.status == .complete }.count
        let fidelities = images.filter { !$0.isForeign }.map { $0.gvif ?? 0 }
        let gvif = fidelities.reduce(0, +) / Double(max(1, fidelities.count))
        return "\(complete) of \(images.count) complete, mean GVIF \(String(format: "%.3f", gvif))"
    }

    /// Columns as wide as their widest entry; numbers to the right.
    static func aligned(_ rows: [[String]], left: Set<Int>) -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                return left.contains(column) ? text + space : space + text
            }.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
