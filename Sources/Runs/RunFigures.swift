import Channels
import Declarations
import Records
import Results
import Topologies

/// The figures of a finished run that `expect:` may bound, from the database. What was never measured is absent.
package struct RunFigures: Sendable {
    package let values: [String: Double]

    /// - Parameters:
    ///   - planned: images the topology asked for.
    ///   - crashes: nodes that died unasked.
    package init(_ results: RunResults, planned: Int, crashes: Int, restarts: Int) {
        let images = results.images
        let delivered = images.filter { $0.status == .complete || $0.status == .partial }
        let complete = images.filter { $0.status == .complete }
        func mean(_ numbers: [Double]) -> Double? {
            numbers.isEmpty ? nil : numbers.reduce(0, +) / Double(numbers.count)
        }
        let latencies = images.compactMap(\.airTime).sorted()
        var packets: [PacketVerdict: Int] = [:]
        for counts in results.verdicts.values { packets.merge(counts) { $0 + $1 } }
        var values: [String: Double] = [:]
        values["delivered"] = Double(delivered.count)
        values["deliveredShare"] = planned == 0 ? 1 : Double(delivered.count) / Double(planned)
        values["complete"] = Double(complete.count)
        values["expired"] = Double((packets[.expired] ?? 0) + (packets[.late] ?? 0))
        values["lost"] = Double((packets[.lost] ?? 0) + (packets[.corrupted] ?? 0) + (packets[.queueFull] ?? 0))
        values["failed"] = Double(planned - delivered.count)
        // GVIF is defined on the coder's latents: other codecs have none. Elsewhere what never came counts as nothing.
        let fidelities = images.filter { !$0.isForeign }.map { $0.gvif ?? 0 }
        values["gvif"] = mean(fidelities)
        values["gvifLeast"] = fidelities.min()
        /// Of those that are finite; of nothing but pictures without error, infinite.
        func level(_ decibels: [Double]) -> Double? {
            mean(decibels.filter(\.isFinite)) ?? (decibels.isEmpty ? nil : .infinity)
        }
        values["psnr"] = level(images.compactMap(\.psnr))
        values["maskPSNR"] = level(images.compactMap(\.maskPSNR))
        values["latency"] = mean(latencies)
        values["latencyP99"] =
            latencies.isEmpty
            ? nil : latencies[min(latencies.count - 1, Int((0.99 * Double(latencies.count)).rounded(.up)) - 1)]
        values["bitsOverBudget"] = Double(images.filter { !$0.keepsBudget }.count)
        values["lateness"] = results.validity.p99
        values["restarts"] = Double(restarts)
        values["crashes"] = Double(crashes)
        self.values = values
    }

    /// The expectations that do not hold, in words.
    package func failures(of bounds: [ExpectedBound]) -> [String] {
        bounds.compactMap { bound in
            guard let value = values[bound.figure] else {
                return "expected \(bound.text), but nothing was measured: the run has no \(bound.figure)"
            }
            return bound.holds(value)
                ? nil
                : """
                expected \(bound.text), found \(bound.figure) \
                = \(value.isFinite ? Dimension.shortest((value * 1e6).rounded() / 1e6) : "∞ (no picture differs)")
                """
        }
    }
}
