/// What has passed through a relay.
package struct RelaySummary: Sendable, Codable, Equatable {
    package struct Direction: Sendable, Codable, Equatable {
        package var received: UInt64 = 0
        package var sent: UInt64 = 0
        package var sentBytes: UInt64 = 0
        package var lost: UInt64 = 0
        package var queueFull: UInt64 = 0
        package var corrupted: UInt64 = 0
        package var duplicated: UInt64 = 0
        /// Lost in this host and not on the link: datagrams that the system refused to send or had no room for.
        package var refused: UInt64 = 0
        /// Answers that came from another address than the target's; nobody is told what they say.
        package var strangers: UInt64 = 0
    }
    package var forward = Direction()
    package var backward = Direction()
    package var seconds = 0.0
    /// Lateness of releases, seconds.
    package var latenessP50 = 0.0
    package var latenessP99 = 0.0
    package var latenessP999 = 0.0
    /// Settings of a way that were changed while it relayed.
    package var changes: UInt64 = 0
    package var processorSeconds = 0.0
    package var spunSeconds = 0.0
    /// Lost before the links: in the kernel's receive buffers, and for want of a slot of the relay's own.
    package var kernelDrops: UInt64 = 0
    package var noRoom: UInt64 = 0
    /// Datagrams of clients that could not be served: no descriptor was left, or too many clients spoke.
    package var refusedClients: UInt64 = 0
    /// TCP that passed beside the emulated link, both ways together; nothing of the link held for it.
    package var unshapedConnections: UInt64 = 0
    package var unshapedBytes: UInt64 = 0
}
