import Determinism

/// Packets that are held back until others have overtaken them.
public struct Reordering: Sendable, Equatable {
    /// Probability that a packet is held back.
    public var probability: Double
    /// By how many packets it is overtaken.
    public var distance: Int
    /// How long it waits for them at most.
    public var patience: Instant.Span

    public init(probability: Double, distance: Int = 3, patience: Instant.Span = .milliseconds(20)) {
        self.probability = probability
        self.distance = distance
        self.patience = patience
    }
}
