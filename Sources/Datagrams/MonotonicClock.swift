import CPlatform
import Determinism

/// The run's clock: the host's monotonic clock (CLOCK_MONOTONIC), the same for every process of the host, plus what sets it
/// on the controller's where that is another host. Nothing here reads the time of day.
public enum MonotonicClock {
    public static var now: Instant { Instant(nanoseconds: platform_monotonic()) }

    /// The host's own clock, whatever the offset: for waits and for measuring the offset.
    public static var local: Instant { Instant(nanoseconds: platform_monotonic() - platform_clock_offset()) }

    /// What is added to the host's clock; kernel timestamps get it, too. Zero on the controller's host.
    public static var offset: Instant.Span {
        get { .init(nanoseconds: platform_clock_offset()) }
        set { platform_set_clock_offset(newValue.nanoseconds) }
    }

    /// Processor time this process has used.
    public static var processorTime: Instant.Span { .init(nanoseconds: platform_process_time()) }
    /// Processor time the calling thread has used.
    public static var ownProcessorTime: Instant.Span { .init(nanoseconds: platform_thread_time()) }
}
