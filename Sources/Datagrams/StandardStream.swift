import CPlatform
import Glibc
import Synchronization

/// What a process says: results on standard output, complaints and progress on standard error.
///
/// The one writer of both. A full disk, a closed descriptor or a reader that has gone must not end a run in the middle,
/// so nothing here traps or throws: output that could not be written is remembered (``outputFailure``) and decides the
/// exit code, and of complaints that nobody can read nothing remains.
public enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    private static let failure = Mutex<Int32?>(nil)
    /// Keeps lines of several threads whole.
    private static let turn = Mutex<Void>(())

    /// To be called first in every program: opens descriptors 0 to 2 where they are closed (or the next file or socket
    /// would become one of them), ignores SIGPIPE, and raises the number of descriptors to what the system allows.
    public static func prepare() {
        // A program started in turn opens them for itself; what is written to a closed one fails, and is noticed.
        while true {
            let opened = open("/dev/null", O_RDONLY)
            guard opened >= 0, opened <= 2 else {
                if opened > 2 { close(opened) }
                break
            }
        }
        signal(SIGPIPE, SIG_IGN)
        platform_raise_descriptor_limit()
    }

    /// - Returns: whether all of it was written.
    @discardableResult
    public func write(_ text: String) -> Bool {
        let code = Self.turn.withLock { _ in put(Array(text.utf8)) }
        guard code != 0 else { return true }
        if self == .output { Self.failure.withLock { $0 = $0 ?? code } }
        return false
    }

    /// Whether a person watches it.
    public var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Why a result did not reach standard output, if one did not.
    public static var outputFailure: OutputFailure? { failure.withLock { $0 }.map { OutputFailure(code: $0) } }

    /// What the system said of a result that could not be printed.
    public struct OutputFailure: Sendable, Equatable {
        let code: Int32
        /// Whoever read it closed the pipe, and knows.
        public var isClosedPipe: Bool { code == EPIPE }
        public var reason: String { String(cString: strerror(code)) }
    }

    /// - Returns: 0, or the system's error code.
    private func put(_ bytes: [UInt8]) -> Int32 {
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress, $0.count) }
            if count > 0 {
                offset += count
            } else if count < 0, errno == EAGAIN {
                // A terminal or pipe that another program made non-blocking.
                var waiting = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
                _ = poll(&waiting, 1, 1000)
            } else if count == 0 || errno != EINTR {
                return count == 0 ? EIO : errno
            }
        }
        return 0
    }
}
