import Channels

/// What an image on a shared band counts on.
package enum BandBudgets: String, Sendable, CaseIterable {
    /// An equal part of the band: kept even where all send at once, too little where they do not.
    case share
    /// The whole band: right where seldom two send at once; those that meet on the air miss their budgets.
    case whole
}

/// Spectrum that several links share.
package struct Band: Sendable, Equatable {
    package var name: String
    package var bandwidth: Double
    package var scheduler: SharedBand.Scheduler
    package var budgets = BandBudgets.share
}

/// A link from a transmitter through a channel node to one receiver or several.
package struct LinkSettings: Sendable, Equatable {
    package var name: String
    package var from: String
    package var to: [String]
    package var through: String
    /// Name of the shared ``Band``; `nil`: the link has ``ChannelSettings/bandwidth`` to itself.
    package var band: String?
    /// The link whose fading, losses and missed reports this one repeats; `nil`: its own.
    package var fadesLike: String?
    /// Larger goes first under the priority scheduler.
    package var priority: Int
    package var channel: ChannelSettings

    /// Names the link's random streams.
    package var streamName: String { fadesLike ?? name }
}
