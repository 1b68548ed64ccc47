import CPlatform
import Determinism

/// The host's monotonic clock (CLOCK_MONOTONIC), the same for every process of the host. The only clock there is: nothing
/// here reads the time of day.
public enum MonotonicClock {
    public static var now: Instant { Instant(nanoseconds: platform_monotonic()) }

    /// Processor time this process has used.
    public static var processorTime: Instant.Span { .init(nanoseconds: platform_thread_time()) }
}
