import Glibc

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
    public static func start(name: String, stackSize: Int = 0, _ run: @escaping @Sendable () -> Void) throws(DatagramError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        if stackSize > 0 { pthread_attr_setstacksize(&attributes, stackSize) }
        // Owned by the thread from here on; taken back where there is none.
        let body = Unmanaged.passRetained(Body(run))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, &attributes,
            { context in
                guard let context else { return nil }
                Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        guard code == 0 else {
            body.release()
            throw .system(call: "a thread (\(name)) cannot be started", code: code)
        }
        pthread_setname_np(thread, String(name.prefix(15)))
    }
}
