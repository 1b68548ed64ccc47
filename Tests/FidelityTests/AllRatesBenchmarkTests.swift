import Fidelity
import Foundation
import HyperpriorCodec
import Imaging
import Neural
import Testing

/// What a transmitter's profile of one photo costs beside encoding it once; only where GENSEMCOM_BENCH=1 asks for it,
/// with the weights shipped or those that GENSEMCOM_BENCH_MODEL names.
@Suite(
    .serialized, .enabled(if: ProcessInfo.processInfo.environment["GENSEMCOM_BENCH"] == "1", "GENSEMCOM_BENCH is not 1")
)
struct AllRatesBenchmarkTests {
    /// The least of five repetitions, in seconds on the clock and of all threads' processor time.
    private func time(_ body: () throws -> Void) rethrows -> (wall: Double, processor: Double) {
        func processorTime() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        var best = (wall: Double.infinity, processor: Double.infinity)
        for _ in 0..<5 {
            let (start, processor) = (ContinuousClock().now, processorTime())
            try body()
            best = (
                min(best.wall, (ContinuousClock().now - start) / .seconds(1)),
                min(best.processor, processorTime() - processor)
            )
        }
        return best
    }

    @Test func profile() throws {
        let catalogue = try Catalogue(path: ProcessInfo.processInfo.environment["GENSEMCOM_BENCH_MODEL"])
        let photo = try PhotoTests.photo("cat").resized(width: 512, height: 512, filter: .lanczos)
        let (rows, columns) = Catalogue.latentSize(width: 512, height: 512)
        let all = Mask(width: columns, height: rows, repeating: true)
        let flat = Plane(width: columns, height: rows, repeating: 1)
        let encoding = try time {
            let analysis = try catalogue.analyse(photo)
            _ = try catalogue.encode(
                analysis, rate: catalogue.referenceRate, mask: all, importance: flat, prompt: "", alpha: 0,
                referenceInformation: 1)
        }
        let profile = try time {
            let analysis = try catalogue.analyse(photo)
            for rate in 1...catalogue.rateCount {
                _ = analysis.cellBits(rate: rate)
                _ = analysis.hyperBits(rate: rate)
                _ = GVIF.cellInformation(
                    scales: analysis.scales(rate: rate).values, channels: analysis.channels, cells: analysis.cells,
                    gain: catalogue.gain(rate: rate),
                    limit: catalogue.gain(rate: catalogue.referenceRate))
            }
        }
        for (figure, value, unit) in [
            ("encoding at the highest rate", 1000 * encoding.wall, "ms"),
            ("θ, bits and GVIF of \(catalogue.rateCount) rates", 1000 * profile.wall, "ms"),
            ("θ, bits and GVIF of all rates ÷ encoding", profile.wall / encoding.wall, "×"),
            ("θ, bits and GVIF of all rates ÷ encoding, processor time", profile.processor / encoding.processor, "×"),
        ] {
            print(
                """
                {"bench": "codec", "figure": "\(figure)", "value": \(String(format: "%.5g", value)), "unit": "\(unit)"}
                """
            )
        }
        #expect(catalogue.rateCount > 1)
    }
}
