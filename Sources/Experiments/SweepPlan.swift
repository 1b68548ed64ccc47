import Foundation
import Topologies

/// The points of a sweep: the product of its axes, each repeated with a seed of its own.
///
/// Repetition r has the seed of the topology plus r at every point, so that points differ in nothing but the axes: the
/// same fading, the same losses, the same photos.
package struct SweepPlan: Sendable {
    package struct Point: Sendable, Equatable {
        /// Its folder: stable as long as the axes are.
        package var name: String
        /// One value an axis, as in `--set KEY=VALUE`.
        package var settings: [(key: String, value: String)]
        package var repetition: Int
        package var seed: UInt64

        package static func == (a: Point, b: Point) -> Bool { a.name == b.name && a.seed == b.seed }

        package var description: String {
            (settings.map { "\($0.key)=\($0.value)" } + ["repetition \(repetition)"]).joined(separator: ", ")
        }
    }

    package let topology: Topology
    package let points: [Point]

    /// - Throws: `ExperimentError.unsuitable` for a topology without a sweep or with more than 100 000 points.
    package init(_ topology: Topology, file: String) throws {
        guard let sweep = topology.sweep, !sweep.axes.isEmpty else {
            throw ExperimentError.unsuitable("\(file): sweep: is missing; there is nothing to sweep")
        }
        let count = sweep.axes.reduce(sweep.repetitions) {
            $0.multipliedReportingOverflow(by: $1.values.count).partialValue
        }
        guard count > 0, count <= 100_000 else {
            throw ExperimentError.unsuitable("\(file): sweep: \(count) points; at most 100000")
        }
        var combinations: [[(key: String, value: String)]] = [[]]
        for axis in sweep.axes {
            combinations = combinations.flatMap { combination in axis.values.map { combination + [(axis.key, $0)] } }
        }
        var points: [Point] = []
        for settings in combinations {
            for repetition in 0..<sweep.repetitions {
                let words =
                    settings.map { "\($0.key.split(separator: ".").last ?? "")=\($0.value)" }
                    + (sweep.repetitions > 1 ? ["r\(repetition)"] : [])
                let readable = words.joined(separator: ",").map {
                    $0.isLetter || $0.isNumber || "=,.-".contains($0) ? $0 : "_"
                }
                points.append(
                    Point(
                        name: String(format: "%05d-", points.count) + String(readable.prefix(120)), settings: settings,
                        repetition: repetition,
                        seed: topology.seed &+ UInt64(repetition)))
            }
        }
        self.topology = topology
        self.points = points
    }
}
