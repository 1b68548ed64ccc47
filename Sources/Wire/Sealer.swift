import CSodium

/// Seals one lane's plaintexts into datagrams, in the order of its counter.
public struct Sealer: Sendable {
    public let lane: Lane
    public let epoch: UInt16
    private let identifier: UInt32
    private let key: [UInt8]
    public private(set) var counter: UInt64

    /// - Parameters:
    ///   - epoch: which incarnation of the sender this is; must grow with every restart under the same secret.
    ///   - firstCounter: for tests of the counter's end.
    public init(_ secret: Secret, lane: Lane, epoch: UInt16 = 0, firstCounter: UInt64 = 0) {
        _ = sodium_init()
        self.lane = lane
        self.epoch = epoch
        identifier = lane.identifier
        key = lane.key(secret, epoch: epoch)
        counter = firstCounter
    }

    /// - Throws: `SealError.tooLong` past 1,168 bytes, `SealError.exhausted` when the counter would wrap.
    public mutating func seal(_ plaintext: [UInt8]) throws(SealError) -> [UInt8] {
        guard plaintext.count <= SealFormat.largestPlaintext else { throw .tooLong(plaintext.count) }
        guard counter < .max - 1 else { throw .exhausted(lane) }
        var datagram = [UInt8](repeating: 0, count: SealFormat.overhead + plaintext.count)
        datagram[0] = SealFormat.mark
        datagram[1] = SealFormat.version
        withUnsafeBytes(of: epoch.littleEndian) { for (index, byte) in $0.enumerated() { datagram[2 + index] = byte } }
        withUnsafeBytes(of: identifier.littleEndian) { for (index, byte) in $0.enumerated() { datagram[4 + index] = byte } }
        var nonce = [UInt8](repeating: 0, count: 12)
        withUnsafeBytes(of: counter.littleEndian) {
            for (index, byte) in $0.enumerated() {
                datagram[8 + index] = byte
                nonce[4 + index] = byte
            }
        }
        counter += 1
        let header = Array(datagram[0..<SealFormat.headerLength])
        // libsodium writes through the pointer: ciphertext and tag follow the header in place.
        datagram.withUnsafeMutableBufferPointer {
            _ = crypto_aead_chacha20poly1305_ietf_encrypt(
                $0.baseAddress! + SealFormat.headerLength, nil, plaintext, UInt64(plaintext.count),
                header, UInt64(header.count), nil, nonce, key)
        }
        return datagram
    }
}

/// Why a plaintext could not be sealed.
public enum SealError: Error, Equatable, Sendable, CustomStringConvertible {
    case tooLong(Int)
    case exhausted(Lane)

    public var description: String {
        switch self {
        case .tooLong(let count): "\(count) bytes do not fit a datagram, at most \(SealFormat.largestPlaintext) do"
        case .exhausted(let lane): "the counter of lane “\(lane.link)” is used up; the run needs a new secret"
        }
    }
}
