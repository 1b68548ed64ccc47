import Channels
import Records

/// One run as the report reads it.
package struct RunResults: Sendable {
    package var run: RunRecord?
    package var nodes: [NodeRecord] = []
    package var channel = ChannelCourse()
    package var decisions: [DecisionRecord] = []
    package var images: [ImageResult]
    package var stages = StageTimes()
    package var events: [EventRecord] = []
    /// How many packets met which end, by link.
    package var verdicts: [String: [PacketVerdict: Int]] = [:]
    package var validity: Validity
    /// How often a datagram that was sent at all was begun to be sent, in the mean, by link; empty without HARQ.
    package var attempts: [String: Double] = [:]
    /// Measures of one's own.
    package var metrics = MetricsTable()

    package init(_ images: [ImageResult], validity: Validity) {
        self.images = images
        self.validity = validity
    }
}

/// Whether the machine kept the channel's time.
///
/// A testbed that releases packets late measures itself and not the link. The run is valid when 99 % of the releases
/// happened within the bound of when they were due; an invalid run is marked, never averaged away.
package struct Validity: Sendable, Equatable {
    package var releases: Int
    /// Seconds; nil where nothing was released.
    package var median: Double?
    package var p99: Double?
    package var worst: Double?
    package var bound: Double
    /// Nil where nothing was released: there is nothing to judge.
    package var isValid: Bool?

    package init(sortedLateness lateness: [Double], bound: Double) {
        releases = lateness.count
        self.bound = bound
        func at(_ share: Double) -> Double? {
            lateness.isEmpty
                ? nil : lateness[min(lateness.count - 1, Int((share * Double(lateness.count)).rounded(.up)) - 1)]
        }
        median = at(0.5)
        p99 = at(0.99)
        worst = lateness.last
        isValid = p99.map { $0 <= bound }
    }
}
