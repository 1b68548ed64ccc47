import CPlatform
import Determinism
import Glibc

/// A datagram as it came in.
public struct ReceivedDatagram: Sendable {
    public var bytes: [UInt8]
    public var sender: Endpoint
    /// When the kernel took it from the network, on the monotonic clock.
    public var arrival: Instant
}

/// A bound, non-blocking UDP socket with kernel receive timestamps. Closed when the last reference goes.
public final class UDPSocket {
    public let descriptor: Int32
    /// Where it listens; the port is the one the kernel chose if 0 was asked for.
    public let local: Endpoint
    /// Datagrams that the system refused to send (no route, a firewall, too long), and the last refusal's error code.
    public internal(set) var refused: (count: UInt64, code: Int32) = (0, 0)
    private var scratch: UnsafeMutableRawPointer?
    private static let scratchStride = 65_536

    /// - Parameters:
    ///   - local: address and port to listen on; port 0 takes a free one.
    ///   - buffer: kernel buffer for each direction, in bytes; without privileges the system's limit caps it.
    /// - Throws: `DatagramError.portInUse` naming the port, or `.cannotBind`.
    public init(_ local: Endpoint = .loopback, buffer: Int = 8 << 20) throws(DatagramError) {
        var wanted = local.storage
        var bound = platform_endpoint()
        let result = platform_udp_open(&wanted, Int32(clamping: buffer), Int32(clamping: buffer), &bound)
        guard result >= 0 else {
            if -result == EADDRINUSE { throw .portInUse(local) }
            throw .cannotBind(local, code: -result)
        }
        descriptor = result
        self.local = Endpoint(bound)
    }

    /// A socket and what `beside` opens on its port. Where any free port will do (port 0), one that is free for
    /// datagrams alone, and taken for `beside`, is given back for another.
    /// - Throws: what opening either throws; `DatagramError.portInUse` when no port of `attempts` was free for both.
    public static func opened<Other>(
        _ local: Endpoint, attempts: Int = 16, beside: (Endpoint) throws(DatagramError) -> Other
    ) throws(DatagramError) -> (socket: UDPSocket, other: Other) {
        for _ in 1..<(local.port == 0 ? attempts : 1) {
            let socket = try UDPSocket(local)
            do { return (socket, try beside(socket.local)) } catch {
                guard case .portInUse = error else { throw error }
            }
        }
        let socket = try UDPSocket(local)
        return (socket, try beside(socket.local))
    }

    deinit {
        close(descriptor)
        // The batch area below comes from the page allocator, hence not from `deallocate`.
        if let scratch { platform_free_pages(scratch, Self.scratchStride * Int(PLATFORM_BATCH)) }
    }

    /// Everything that has arrived, up to one batch of 64; empty when nothing has.
    /// - Throws: `DatagramError.system`; a peer's “port unreachable” is not an error.
    public func receive() throws(DatagramError) -> [ReceivedDatagram] {
        if scratch == nil { scratch = platform_pages(Self.scratchStride * Int(PLATFORM_BATCH)) }
        guard let scratch else { throw .system(call: "mmap", code: ENOMEM) }
        var batch = [platform_datagram](repeating: platform_datagram(), count: Int(PLATFORM_BATCH))
        for index in batch.indices {
            batch[index].bytes = scratch + index * Self.scratchStride
            batch[index].capacity = UInt32(Self.scratchStride)
        }
        let count = platform_receive(descriptor, &batch, Int32(PLATFORM_BATCH))
        guard count >= 0 else {
            if Self.isHarmless(-count) { return [] }
            throw .system(call: "recvmmsg", code: -count)
        }
        return batch.prefix(Int(count)).map {
            ReceivedDatagram(
                bytes: Array(UnsafeRawBufferPointer(start: $0.bytes, count: Int($0.length))),
                sender: Endpoint($0.endpoint),
                arrival: Instant(nanoseconds: $0.timestamp))
        }
    }

    /// Datagrams that the kernel has thrown away for want of room since the socket was opened.
    public var kernelDrops: UInt64 { UInt64(max(0, platform_receive_drops(descriptor))) }

    /// What was refused, in words; nil where nothing was.
    public var refusalSummary: String? {
        guard refused.count > 0 else { return nil }
        return "\(refused.count) refused by the system (\(String(cString: strerror(refused.code))))"
    }

    /// Sends datagrams to one destination, in batches.
    ///
    /// A datagram that the system refuses is lost, as on any path, and counted in ``refused``; the others go on.
    /// - Returns: how many the kernel took or refused; fewer than given means its buffer is full and the rest should be
    ///   sent later.
    /// - Throws: `DatagramError.system` where the socket itself is broken.
    @discardableResult
    public func send(_ datagrams: [[UInt8]], to destination: Endpoint) throws(DatagramError) -> Int {
        var sent = 0
        while sent < datagrams.count {
            let count = min(Int(PLATFORM_BATCH), datagrams.count - sent)
            // One contiguous copy, since arrays give up their addresses only inside nested closures.
            var joined: [UInt8] = []
            for datagram in datagrams[sent..<sent + count] { joined += datagram }
            let result: Int32 = joined.withUnsafeMutableBytes { bytes in
                var batch: [platform_datagram] = []
                var offset = 0
                for datagram in datagrams[sent..<sent + count] {
                    var entry = platform_datagram()
                    entry.bytes = bytes.baseAddress.map { $0 + offset }
                    entry.length = UInt32(datagram.count)
                    entry.endpoint = destination.storage
                    batch.append(entry)
                    offset += datagram.count
                }
                return platform_send(descriptor, &batch, Int32(count), 0)
            }
            guard result >= 0 else {
                // A refusal that came back from an earlier datagram is reported once by the kernel: try again.
                if -result == ECONNREFUSED { continue }
                if Self.isTransient(-result) { return sent }
                guard refuses(-result) else { throw .system(call: "sendmmsg to \(destination)", code: -result) }
                sent += 1
                continue
            }
            sent += Int(result)
        }
        return sent
    }

    @discardableResult
    public func send(_ datagram: [UInt8], to destination: Endpoint) throws(DatagramError) -> Bool {
        try send([datagram], to: destination) == 1
    }

    /// Counts a datagram as refused, unless the error says that the socket itself is broken.
    func refuses(_ code: Int32) -> Bool {
        guard ![EBADF, ENOTSOCK, EFAULT].contains(code) else { return false }
        refused = (refused.count + 1, code)
        return true
    }

    /// Errors at a receiving socket after which it goes on: nothing there, or news of a path that is gone.
    static func isHarmless(_ code: Int32) -> Bool {
        isTransient(code) || [EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN, ENOMEM].contains(code)
    }

    static func isTransient(_ code: Int32) -> Bool {
        code == EAGAIN || code == EWOULDBLOCK || code == ECONNREFUSED || code == EINTR || code == ENOBUFS
    }
}
