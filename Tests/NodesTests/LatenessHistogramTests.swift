import Determinism
import Testing

@testable import Nodes

/// Quantiles of lateness within the 2 % of a step.
@Suite struct LatenessHistogramTests {
    @Test func quantilesAreWithinAStep() {
        var histogram = LatenessHistogram()
        for microseconds in 1...1000 { histogram.add(.init(nanoseconds: Int64(microseconds) * 1000)) }
        #expect(histogram.count == 1000 && histogram.largest == 1e-3)
        for share in [0.01, 0.5, 0.9, 0.99, 1] {
            let exact = share * 1e-3
            #expect(
                (exact...exact * 1.021).contains(histogram.quantile(share)), "\(share): \(histogram.quantile(share))")
        }
    }

    @Test func whatIsEarlyCountsAsOnTime() {
        var histogram = LatenessHistogram()
        #expect(histogram.quantile(0.5) == 0)
        histogram.add(.init(nanoseconds: -5_000_000))
        histogram.add(.init(nanoseconds: 99))
        #expect(histogram.quantile(1) == 100e-9 && histogram.largest == 99e-9)
    }

    @Test func nothingIsTooLate() {
        var histogram = LatenessHistogram()
        histogram.add(.seconds(1e6))
        #expect(histogram.count == 1 && histogram.quantile(0.5) > 60 && histogram.largest == 1e6)
    }
}
