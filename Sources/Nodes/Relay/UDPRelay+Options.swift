import Channels
import Determinism
import Processes

extension ForeignRelay {
    package struct Options: Sendable {
        package var listen: String
        package var forward: String
        /// The link from clients to the target; the way back has the same settings under another name, or its own.
        package var link: LinkConfiguration
        /// False: the way back is not impaired.
        package var impairsAnswers = true
        /// The way back, where it is another.
        package var back: LinkConfiguration?
        /// A folder for the record of channel and datagrams.
        package var record: String?
        package var seed: UInt64 = 1
        package var spin: Instant.Span = .milliseconds(1)
        /// Pass TCP connections to the same port on, unimpaired: programs such as iperf3 steer their UDP tests by one.
        package var passesTCP = true
        /// What is asked of the links while they run.
        package var changes: Postbox<RelayChange>?
        /// Told once, from another thread, when the first TCP connection passes.
        package var warn: @Sendable (String) -> Void = { _ in }

        package init(listen: String, forward: String, link: LinkConfiguration) {
            self.listen = listen
            self.forward = forward
            self.link = link
        }

        package mutating func setSpin(seconds: Double) { spin = .seconds(seconds) }
    }

    /// What has passed so far.
    package struct Summary: Sendable, Codable, Equatable {
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
}
