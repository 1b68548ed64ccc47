import CPlatform
import Glibc

/// How a node's process begins and ends.
public enum ProcessLife {
    /// The kernel kills this process when its parent dies, however the parent dies: no orphans after `kill -9`.
    /// - Parameter expected: the parent's process number if known; should it be gone already, the process ends at once.
    public static func endWithParent(expected: Int32 = 0) {
        if platform_die_with_parent(SIGKILL, expected) == 1 { exit(1) }
    }

    /// A descriptor for an event loop that becomes readable on SIGINT, SIGTERM or SIGHUP, which then no longer kill.
    /// Call it before any thread is started: the mask is inherited.
    public static func terminationDescriptor() throws(DatagramError) -> Int32 {
        let descriptor = platform_termination_descriptor()
        guard descriptor >= 0 else { throw .system(call: "signalfd", code: -descriptor) }
        return descriptor
    }

    /// The signal that made the descriptor readable.
    public static func terminationSignal(_ descriptor: Int32) -> Int32? {
        let signal = platform_termination_signal(descriptor)
        return signal > 0 ? signal : nil
    }
}
