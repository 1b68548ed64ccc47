import Channels
import Foundation
import Records
import Report
import Results
import Roles
import Topologies

/// A run's closing words and figures.
package enum RunSummary {
    package static func lines(_ result: Execution.Result, _ execution: Execution) -> [String] {
        var lines: [String] = []
        let validity = result.results.validity
        if let p99 = validity.p99, let isValid = validity.isValid {
            let micro = String(format: "%.0f", p99 * 1e6)
            let bound = String(format: "%.0f", validity.bound * 1e6)
            lines.append(
                isValid
                    ? "time kept: 99 % of \(validity.releases) releases within \(micro) µs (bound \(bound) µs)"
                    : "INVALID: 99 % of releases only within \(micro) µs, bound \(bound) µs: "
                        + "this machine did not keep the channel's time"
            )
        }
        if let words = NotSent(result.results).words { lines.append(words) }
        let memory = result.results.nodes.compactMap { node in
            node.peakMemory.map { "\(node.name) \($0 / 1_000_000) MB" }
        }
        if !memory.isEmpty { lines.append("memory: \(memory.joined(separator: ", "))") }
        lines.append(
            "bits on the air count \(execution.topology.scheme.accounting.rawValue); report: "
                + "\(execution.folder.reportFile)"
        )
        return lines
    }

    package static func json(_ result: Execution.Result, folder: RunFolder) throws -> String {
        struct Output: Encodable {
            var folder: String
            var exitCode: Int32
            var reason: String
            var failures: [String]
            var figures: [String: Double]
            var valid: Bool?
            var images: [ImageResult]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let output = Output(
            folder: folder.path, exitCode: result.exitCode, reason: result.end.reason, failures: result.failures,
            figures: result.figures.values,
            valid: result.results.validity.isValid, images: result.results.images)
        return String(decoding: try encoder.encode(output), as: UTF8.self)
    }
}
