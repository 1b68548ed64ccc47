import Channels
import Determinism
import Processes

/// Another setting of one way of a relay while it relays.
package struct RelayChange: Sendable {
    /// 0: towards the target, 1: back.
    package var way: Int
    package var link: LinkConfiguration

    package init(way: Int, link: LinkConfiguration) {
        self.way = way
        self.link = link
    }
}

extension Link {
    /// Puts what was asked in force; bring the link forward to `now` first. Its name stays,
    /// and with it its random streams.
    mutating func take(_ change: RelayChange, at now: Instant) throws(ChannelError) {
        var new = change.link
        new.name = configuration.name
        new.accounting = configuration.accounting
        try reconfigure(new, at: now)
    }
}
