/// Cuts one image's bitstream into data datagrams: preamble fragments first, then slices in their order of importance.
public struct ImagePacketiser: Sendable {
    /// - Parameters:
    ///   - image: the image's number.
    ///   - preamble: everything but the slices; cut into as few, nearly equal fragments as fit.
    ///   - slices: slice 0 first; each must fit one datagram.
    /// - Throws: `WireError.tooLong` when a slice does not fit, or there are more than 65,535 parts.
    public static func datagrams(
        image: UInt32, preamble: [UInt8], slices: [[UInt8]]
    ) throws(WireError) -> [DataDatagram] {
        let limit = DataDatagram.largestContent
        let fragments = max(1, (preamble.count + limit - 1) / limit)
        guard fragments <= UInt16.max else {
            throw .tooLong(field: "preamble", length: preamble.count, limit: limit * Int(UInt16.max))
        }
        guard slices.count <= UInt16.max else {
            throw .tooLong(field: "slices", length: slices.count, limit: Int(UInt16.max))
        }
        var datagrams: [DataDatagram] = []
        datagrams.reserveCapacity(fragments + slices.count)
        for fragment in 0..<fragments {
            let from = preamble.count * fragment / fragments
            let to = preamble.count * (fragment + 1) / fragments
            datagrams.append(
                .init(
                    image: image, section: .preamble, index: UInt16(fragment), count: UInt16(fragments),
                    bytes: Array(preamble[from..<to])))
        }
        for (index, slice) in slices.enumerated() {
            guard slice.count <= limit else {
                throw .tooLong(field: "slice \(index)", length: slice.count, limit: limit)
            }
            datagrams.append(
                .init(image: image, section: .slice, index: UInt16(index), count: UInt16(slices.count), bytes: slice))
        }
        datagrams[datagrams.count - 1].isLast = true
        return datagrams
    }
}
