import Channels
import Roles
import Topologies

extension ChannelSettings {
    /// What a relay's options say by themselves; none of them knows a deadline.
    package static var relay: ChannelSettings {
        var settings = ChannelSettings()
        settings.queuePackets = 1000
        return settings
    }
}

extension LinkConfiguration {
    /// A relayed link.
    ///
    /// - Parameter overhead: bytes counted beside each datagram's own.
    /// - Throws: `ChannelError` naming the value at fault, `FileFailure` naming the trace.
    package init(relaying settings: ChannelSettings, overhead: Int) throws {
        try self.init("relay", settings, trace: try settings.readTrace())
        accounting = .wire
        overheadBytes = overhead
        if let problem { throw problem }
    }
}
