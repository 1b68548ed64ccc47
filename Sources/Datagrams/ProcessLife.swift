import CPlatform
import Glibc

/// How a node's process begins and ends.
public enum ProcessLife {
    /// Tells a node who its launcher is.
    package static let launcherVariable = "GENSEMCOM_LAUNCHER"

    /// This process ends when its parent dies, however the parent dies: no orphans after `kill -9`.
    ///
    /// The kernel watches the thread that started this process. A launcher starts nodes from its main thread, and the
    /// kernel kills outright; a wrapper between them (ssh, a scheduler's, a script's) may use a thread that ends at
    /// once.
    /// - Parameter expected: the parent's process number if known; should it be gone already, the process ends at once.
    public static func endWithParent(expected: Int32 = 0) {
        let launcher = getenv(launcherVariable).flatMap { Int32(String(cString: $0)) }
        let isDirect = launcher.map { $0 == getppid() } ?? false
        if platform_die_with_parent(isDirect ? 1 : 0, expected) == 1 { exit(1) }
    }

    /// Takes the ends of processes that became children of this one since their own parent ended: the leftovers of a
    /// captioner, where this is process 1 of a container. Its own children are left to those who wait for them.
    /// - Returns: how many.
    @discardableResult
    package static func reapForeign(own: [Int32]) -> Int { Int(platform_reap_foreign(own, Int32(own.count))) }

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

    /// What Ctrl-C sends.
    package static let interrupt = SIGINT

    /// This process's number.
    package static var identifier: Int32 { getpid() }

    /// Takes what stands in standard input.
    /// - Returns: true where it has ended: whoever held the other end is gone.
    package static func inputHasEnded() -> Bool {
        var scratch = [UInt8](repeating: 0, count: 256)
        return read(0, &scratch, scratch.count) <= 0
    }

    /// Largest resident set so far, in bytes.
    package static var peakMemory: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
    }

    /// Gives memory that is free back to the system.
    package static func trimHeap() { platform_trim_heap() }

    /// Ends this process at once.
    package static func end(_ code: Int32) -> Never { exit(code) }
}
