import CPlatform
import Foundation
import Glibc
import Synchronization

/// Passes TCP connections on without touching them, on threads of their own: the control connection of a program whose
/// datagrams are relayed. Nothing of an emulated link holds for them.
public final class TCPPassthrough: Sendable {
    private let listener: Int32
    private let passed: Passed

    /// Connections and bytes, both ways together, that went by unshaped so far.
    public var counts: (connections: UInt64, bytes: UInt64) {
        (passed.connections.load(ordering: .relaxed), passed.bytes.load(ordering: .relaxed))
    }

    private final class Passed: Sendable {
        let connections = Atomic<UInt64>(0)
        let bytes = Atomic<UInt64>(0)
    }

    /// - Parameter onFirst: called once, on another thread, when the first connection comes.
    /// - Throws: `DatagramError.portInUse` or `.cannotBind`.
    public init(
        listen: Endpoint, target: Endpoint, onFirst: @escaping @Sendable () -> Void = {}
    ) throws(DatagramError) {
        listener = try Self.open(listen)
        // A peer that has gone must not end the process.
        signal(SIGPIPE, SIG_IGN)
        let (listener, passed) = (listener, Passed())
        self.passed = passed
        try SystemThread.start(name: "tcp") {
            var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            while poll(&waiting, 1, -1) >= 0 {
                var destination = target.storage
                let incoming = platform_tcp_accept(listener)
                guard incoming >= 0 else {
                    // Out of descriptors: the connection waits, and so do we, or the loop would not rest.
                    if -incoming != EAGAIN { usleep(100_000) }
                    continue
                }
                if passed.connections.add(1, ordering: .relaxed).oldValue == 0 { onFirst() }
                let outgoing = platform_tcp_connect(&destination)
                guard outgoing >= 0 else {
                    close(incoming)
                    continue
                }
                for descriptor in [incoming, outgoing] { _ = fcntl(descriptor, F_SETFL, 0) }
                var connected = pollfd(fd: outgoing, events: Int16(POLLOUT), revents: 0)
                _ = poll(&connected, 1, 5000)
                Self.carry(incoming, outgoing, passed)
            }
        }
    }

    private static func open(_ local: Endpoint) throws(DatagramError) -> Int32 {
        var storage = local.storage
        let listener = platform_tcp_listen(&storage)
        guard listener >= 0 else {
            throw -listener == EADDRINUSE ? .portInUse(local) : .cannotBind(local, code: -listener)
        }
        return listener
    }

    /// Both ways; the one that ends last closes both descriptors.
    private static func carry(_ a: Int32, _ b: Int32, _ passed: Passed) {
        let open = Ends()
        for (source, sink) in [(a, b), (b, a)] {
            let pass: @Sendable () -> Void = {
                pump(from: source, to: sink, passed)
                if open.end() {
                    close(a)
                    close(b)
                }
            }
            do { try SystemThread.start(name: "tcp", pass) } catch {
                // No thread for this way: the connection ends, the other way's thread sees it.
                shutdown(a, Int32(SHUT_RDWR))
                shutdown(b, Int32(SHUT_RDWR))
                if open.end() {
                    close(a)
                    close(b)
                }
            }
        }
    }

    private final class Ends: Sendable {
        private let left = Mutex(2)
        /// True for the last.
        func end() -> Bool {
            left.withLock {
                $0 -= 1
                return $0 == 0
            }
        }
    }

    private static func pump(from source: Int32, to sink: Int32, _ passed: Passed) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0 else { break }
            // Before they are passed on: whoever has heard an answer finds it counted.
            passed.bytes.add(UInt64(count), ordering: .relaxed)
            var offset = 0
            while offset < count {
                let written = buffer[offset..<count].withUnsafeBytes { write(sink, $0.baseAddress, $0.count) }
                guard written > 0 else { break }
                offset += written
            }
        }
        shutdown(sink, Int32(SHUT_WR))
    }
}
