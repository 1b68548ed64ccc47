/// One run as the report reads it.
public struct RunResults: Sendable {
    public var run: RunRecord?
    public var nodes: [NodeRecord]
    public var blocks: [BlockRecord]
    public var decisions: [DecisionRecord]
    public var images: [ImageResult]
    public var stages: [StageRecord]
    public var events: [EventRecord]
    /// How many packets met which end, by link.
    public var verdicts: [String: [PacketRecord.Verdict: Int]]
    public var validity: Validity

    public init(
        run: RunRecord?, nodes: [NodeRecord], blocks: [BlockRecord], decisions: [DecisionRecord], images: [ImageResult],
        stages: [StageRecord], events: [EventRecord], verdicts: [String: [PacketRecord.Verdict: Int]], validity: Validity
    ) {
        self.run = run
        self.nodes = nodes
        self.blocks = blocks
        self.decisions = decisions
        self.images = images
        self.stages = stages
        self.events = events
        self.verdicts = verdicts
        self.validity = validity
    }
}

/// Whether the machine kept the channel's time.
///
/// A testbed that releases packets late measures itself and not the link. The run is valid when 99 % of the releases
/// happened within the bound of when they were due; an invalid run is marked, never averaged away.
public struct Validity: Sendable, Equatable {
    public var releases: Int
    /// Seconds; nil where nothing was released.
    public var median: Double?
    public var p99: Double?
    public var worst: Double?
    public var bound: Double
    /// Nil where nothing was released: there is nothing to judge.
    public var isValid: Bool?

    public init(sortedLateness lateness: [Double], bound: Double) {
        releases = lateness.count
        self.bound = bound
        func at(_ share: Double) -> Double? {
            lateness.isEmpty ? nil : lateness[min(lateness.count - 1, Int((share * Double(lateness.count)).rounded(.up)) - 1)]
        }
        median = at(0.5)
        p99 = at(0.99)
        worst = lateness.last
        isValid = p99.map { $0 <= bound }
    }
}
