import CPlatform
import Glibc

/// A file descriptor that is closed with its last owner.
package final class Descriptor: Sendable {
    package let number: Int32

    init(_ number: Int32) { self.number = number }

    deinit { close(number) }

    /// Both ends of a new pipe; no program started meanwhile, by whatever thread, inherits them.
    ///
    /// - Throws: ``StartFailure`` where no descriptors are left.
    package static func pipe() throws(StartFailure) -> (read: Descriptor, write: Descriptor) {
        var ends: [Int32] = [-1, -1]
        let code = platform_pipe(&ends)
        guard code == 0 else { throw StartFailure(program: "a pipe", code: -code) }
        return (Descriptor(ends[0]), Descriptor(ends[1]))
    }

    /// Reading and writing return at once from now on, where there is nothing to read or no room.
    package func neverWait() { _ = fcntl(number, F_SETFL, O_NONBLOCK) }

    /// Takes what is there, at most a mebibyte, which is more than a pipe holds: one who never stops writing does not
    /// keep the reader.
    ///
    /// - Parameter use: gets the bytes, piece by piece.
    /// - Returns: false at the end of the stream, or where it broke.
    package func drain(_ use: (ArraySlice<UInt8>) -> Void) -> Bool {
        var scratch = [UInt8](repeating: 0, count: 1 << 14)
        for _ in 0..<64 {
            let count = read(number, &scratch, scratch.count)
            if count <= 0 { return count < 0 && (errno == EAGAIN || errno == EINTR) }
            use(scratch[..<count])
        }
        return true
    }

    /// Writes once.
    ///
    /// - Returns: how many bytes were taken, 0 where there is no room now; nil where nobody reads any more.
    package func write(_ bytes: ArraySlice<UInt8>) -> Int? {
        let count = bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
        if count >= 0 { return count }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }
}
