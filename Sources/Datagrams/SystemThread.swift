import CPlatform

/// Threads whose start can fail and says so: Foundation's returns as if nothing had happened where the system allows no
/// more of them, and whoever waits for its work waits for ever.
public enum SystemThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a detached thread.
    ///
    /// - Parameters:
    ///   - name: as the system shows it, at most 15 bytes.
    ///   - stackSize: bytes; 0 for the system's choice.
    /// - Throws: `DatagramError.system` where the system allows no further thread.
    public static func start(
        name: String, stackSize: Int = 0, _ run: @escaping @Sendable () -> Void
    ) throws(DatagramError) {
        // Owned by the thread from here on; taken back where there is none.
        let body = Unmanaged.passRetained(
            Body {
                platform_name_thread(name)
                run()
            })
        let code = platform_start_thread(
            stackSize,
            { context in
                if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, body.toOpaque())
        guard code == 0 else {
            body.release()
            throw .system(call: "a thread (\(name)) cannot be started", code: -code)
        }
    }
}
