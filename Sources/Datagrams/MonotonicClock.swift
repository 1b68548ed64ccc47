import CPlatform
import Determinism
import Glibc

/// The run's clock: the host's monotonic clock (CLOCK_MONOTONIC), the same for every process of the host, plus what
/// sets it on the controller's where that is another host. Nothing here reads the time of day.
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

    /// Holds the calling thread up for at least so long.
    package static func sleep(_ span: Instant.Span) {
        var left = timespec(
            tv_sec: Int(span.nanoseconds / 1_000_000_000), tv_nsec: Int(span.nanoseconds % 1_000_000_000))
        var rest = timespec()
        while nanosleep(&left, &rest) != 0, errno == EINTR { left = rest }
    }
}
