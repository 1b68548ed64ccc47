public enum BandScheduler: String, Sendable, CaseIterable { case roundRobin, proportionalFair, priority }

/// Spectrum that several links share.
public struct Band: Sendable, Equatable {
    public var name: String
    public var bandwidth: Double
    public var scheduler: BandScheduler
}

/// A link from a transmitter through a channel node to one receiver or several.
public struct LinkSettings: Sendable, Equatable {
    public var name: String
    public var from: String
    public var to: [String]
    public var through: String
    /// Name of the shared ``Band``; `nil`: the link has ``ChannelSettings/bandwidth`` to itself.
    public var band: String?
    /// The link whose fading, losses and missed reports this one repeats; `nil`: its own.
    public var fadesLike: String?
    /// Larger goes first under the priority scheduler.
    public var priority: Int
    public var channel: ChannelSettings

    /// Names the link's random streams.
    public var streamName: String { fadesLike ?? name }
}
