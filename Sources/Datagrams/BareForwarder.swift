import CPlatform
import Determinism

/// The least a forwarder can do, as a yardstick: receives a batch, sends it on, on one thread, until the time is up.
public enum BareForwarder {
    /// - Returns: datagrams sent.
    public static func run(from: UDPSocket, to: UDPSocket, destination: Endpoint, for duration: Instant.Span) -> Int {
        var storage = destination.storage
        return Int(
            platform_forward_bare(from.descriptor, to.descriptor, &storage, (MonotonicClock.now + duration).nanoseconds)
        )
    }
}
