import Wire

/// Datagrams that are inside channels, by the handle that stands for them there.
struct DatagramStore {
    private var held: [DataDatagram?] = []
    private var free: [Int32] = []

    subscript(handle: Int32) -> DataDatagram? { held[Int(handle)] }

    mutating func hold(_ datagram: DataDatagram) -> Int32 {
        if let handle = free.popLast() {
            held[Int(handle)] = datagram
            return handle
        }
        held.append(datagram)
        return Int32(held.count - 1)
    }

    mutating func release(_ handle: Int32) {
        held[Int(handle)] = nil
        free.append(handle)
    }
}
