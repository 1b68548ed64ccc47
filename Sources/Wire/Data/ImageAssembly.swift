/// Collects the datagrams of one image at the receiver, in any order, with loss and duplicates.
///
/// Memory is bounded by what arrives and by `limit`; a datagram that contradicts an earlier one of the same image
/// (another count) is refused, the first word stands.
public struct ImageAssembly: Sendable {
    public let image: UInt32
    private let limit: Int
    private var fragments: [UInt16: [UInt8]] = [:]
    /// Slices that arrived, by index.
    public private(set) var slices: [UInt16: [UInt8]] = [:]
    /// Number of preamble fragments; nil until one has arrived.
    public private(set) var preambleCount: UInt16?
    /// Number of slices; nil until one has arrived.
    public private(set) var sliceCount: UInt16?
    /// Section bytes held.
    public private(set) var receivedBytes = 0
    public private(set) var duplicates = 0
    private var sawLast = false

    /// - Parameters:
    ///   - image: the image's number; datagrams of others are refused.
    ///   - limit: the most section bytes one image may take.
    public init(image: UInt32, limit: Int = 64 << 20) {
        self.image = image
        self.limit = limit
    }

    public var preambleIndices: [UInt16] { fragments.keys.sorted() }

    public func holds(_ section: DataDatagram.Section, _ index: UInt16) -> Bool {
        section == .preamble ? fragments[index] != nil : slices[index] != nil
    }

    /// - Throws: `WireError.inconsistent` or `.tooLong`; the assembly is then unchanged.
    public mutating func insert(_ datagram: DataDatagram) throws(WireError) {
        guard datagram.image == image else { throw .inconsistent(field: "image") }
        guard receivedBytes + datagram.bytes.count <= limit else {
            throw .tooLong(field: "image", length: receivedBytes, limit: limit)
        }
        switch datagram.section {
        case .preamble:
            if let preambleCount, preambleCount != datagram.count { throw .inconsistent(field: "preamble count") }
            preambleCount = datagram.count
            guard fragments[datagram.index] == nil else {
                duplicates += 1
                return
            }
            fragments[datagram.index] = datagram.bytes
            if datagram.isLast && sliceCount == nil { sliceCount = 0 }
        case .slice:
            if let sliceCount, sliceCount != datagram.count { throw .inconsistent(field: "slice count") }
            sliceCount = datagram.count
            guard slices[datagram.index] == nil else {
                duplicates += 1
                return
            }
            slices[datagram.index] = datagram.bytes
        }
        receivedBytes += datagram.bytes.count
        sawLast = sawLast || datagram.isLast
    }

    /// The preamble, once every fragment of it has arrived.
    public var preamble: [UInt8]? {
        guard let preambleCount, fragments.count == Int(preambleCount) else { return nil }
        return (0..<preambleCount).flatMap { fragments[$0]! }
    }

    /// Everything that was sent has arrived.
    public var isComplete: Bool {
        guard let preambleCount, let sliceCount else { return false }
        return fragments.count == Int(preambleCount) && slices.count == Int(sliceCount)
    }
}
