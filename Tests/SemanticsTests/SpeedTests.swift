import Foundation
import Imaging
import Neural
import Testing

@testable import Semantics

/// How fast ResNet-50 is beside plain matrix products of the same run, and EfficientNet-Lite0, by the clock and by
/// processor time. Prints one JSON object a line; `Scripts/bench classifier` reads them and names the weights in
/// GENSEMCOM_BENCH_CLASSIFIER and GENSEMCOM_BENCH_EFFICIENT.
@Suite(.serialized) struct SpeedTests {
    static let weights = ProcessInfo.processInfo.environment["GENSEMCOM_BENCH_CLASSIFIER"]
    static let efficientWeights = ProcessInfo.processInfo.environment["GENSEMCOM_BENCH_EFFICIENT"]
    /// Multiplications and additions of ResNet-50 at 224 × 224.
    static let work = 2 * 4.089e9

    private func report(_ figure: String, _ value: Double, _ unit: String) {
        print(
            """
            {"bench": "classifier", "figure": "\(figure)", "value": \(String(format: "%.5g", value)), "unit": "\(unit)"}
            """
        )
    }

    @Test(.enabled(if: SpeedTests.weights != nil, "GENSEMCOM_BENCH_CLASSIFIER names no weights"))
    func residualNetworkOf50Layers() throws {
        let classifier = try Classifier(weights: Self.weights)
        let image = picture(width: 224, height: 224)
        let size = 1024
        let a = Tensor(shape: [size, size], values: (0..<size * size).map { Float($0 % 13) })
        _ = try classifier.examine(image)
        _ = a.product(a)
        var (network, product) = (Self.never, Self.never)
        for _ in 0..<7 {
            network = try Self.time(best: network) { _ = try classifier.examine(image) }
            product = Self.time(best: product) { _ = a.product(a) }
        }
        let work = 2 * pow(Double(size), 3)
        report("sgemm", work / product.wall / 1e9, "GFLOP/s")
        report("ResNet-50 at 224", 1000 * network.wall, "ms")
        report("ResNet-50 at 224, processor time", 1000 * network.processor, "ms")
        report("ResNet-50 ÷ limit", network.wall / (Self.work * product.wall / work), "× FLOPs ÷ sgemm rate")
        report("ResNet-50 ÷ limit, processor time", network.processor / (Self.work * product.processor / work), "×")
    }

    @Test(.enabled(if: SpeedTests.efficientWeights != nil, "GENSEMCOM_BENCH_EFFICIENT names no weights"))
    func efficientNetworkLite0() throws {
        let classifier = try Classifier(weights: Self.efficientWeights)
        let image = picture(width: 224, height: 224)
        for _ in 0..<3 { _ = try classifier.examine(image) }
        var network = Self.never
        for _ in 0..<25 { network = try Self.time(best: network) { _ = try classifier.examine(image) } }
        report("EfficientNet-Lite0 at 224", 1000 * network.wall, "ms")
        report("EfficientNet-Lite0 at 224, processor time", 1000 * network.processor, "ms")
    }

    private typealias Duration = (wall: Double, processor: Double)
    private static let never: Duration = (.infinity, .infinity)

    private static func time(best: Duration, _ body: () throws -> Void) rethrows -> Duration {
        func now(_ clock: clockid_t) -> Double {
            var time = timespec()
            clock_gettime(clock, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let (wall, processor) = (now(CLOCK_MONOTONIC), now(CLOCK_PROCESS_CPUTIME_ID))
        try body()
        return (
            min(best.wall, now(CLOCK_MONOTONIC) - wall), min(best.processor, now(CLOCK_PROCESS_CPUTIME_ID) - processor)
        )
    }
}
