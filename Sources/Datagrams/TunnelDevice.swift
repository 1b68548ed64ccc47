import CPlatform
import Determinism
import Glibc

/// A network device whose IP packets this process reads and writes: whatever is routed into it comes here.
///
/// It may be moved into another network namespace (`ip link set NAME netns NS`) and stays connected;
/// it goes with the object.
public final class TunnelDevice {
    public let name: String
    public let descriptor: Int32
    /// Packets read and thrown away since no slot was free.
    public private(set) var overflow: UInt64 = 0
    private var scratch = [UInt8](repeating: 0, count: 65_536)
    /// The system's own longest name.
    public static let longestName = 15

    private struct NothingThere: Error { let code: Int32 }

    /// - Throws: `DatagramError.cannotMakeDevice`.
    public init(_ name: String) throws(DatagramError) {
        guard (1...Self.longestName).contains(name.utf8.count), !name.contains("/"), !name.contains("%") else {
            throw .cannotMakeDevice(name, code: EINVAL)
        }
        descriptor = platform_tunnel_open(name)
        guard descriptor >= 0 else { throw .cannotMakeDevice(name, code: -descriptor) }
        self.name = name
    }

    deinit { close(descriptor) }

    /// Reads at most `most` packets; `body` gets each one's slot, which it owns from then on,
    /// its length and when it was read.
    ///
    /// - Throws: `DatagramError.system` where the device is broken. One that is down has nothing.
    public func receive(
        into slab: PacketSlab, most: Int = 64, _ body: (Int32, Int, Instant) -> Void
    ) throws(DatagramError) {
        for _ in 0..<most {
            var length = 0
            let slot: Int32?
            do throws(NothingThere) {
                slot = try slab.fill { (bytes) throws(NothingThere) -> Int in
                    length = read(descriptor, bytes.baseAddress, bytes.count)
                    if length < 0 { throw NothingThere(code: errno) }
                    return length
                }
            } catch {
                if [EAGAIN, EINTR, EIO].contains(error.code) { return }
                throw .system(call: "read from \(name)", code: error.code)
            }
            if let slot {
                body(slot, length, MonotonicClock.now)
            } else if read(descriptor, &scratch, scratch.count) > 0 {
                overflow += 1
            } else {
                return
            }
        }
    }

    /// Writes one packet.
    ///
    /// - Returns: false where the system does not take it: the device is down, or the packet is damaged.
    public func send(_ slot: Int32, of slab: PacketSlab) -> Bool {
        let bytes = slab.bytes(slot)
        return write(descriptor, bytes.baseAddress, bytes.count) == bytes.count
    }
}
