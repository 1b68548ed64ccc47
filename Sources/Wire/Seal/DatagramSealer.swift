import CSodium

/// Seals one lane's plaintexts into datagrams, in the order of its counter.
public struct DatagramSealer: Sendable {
    public let lane: KeyContext
    public let epoch: UInt16
    private let identifier: UInt32
    private let key: [UInt8]
    public private(set) var counter: UInt64

    /// - Parameters:
    ///   - secret: the run's.
    ///   - lane: what the datagrams are for.
    ///   - epoch: which incarnation of the sender this is; must grow with every restart under the same secret.
    ///   - firstCounter: for tests of the counter's end.
    public init(_ secret: Secret, lane: KeyContext, epoch: UInt16 = 0, firstCounter: UInt64 = 0) {
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
        datagram.withUnsafeMutableBytes { write(plaintext, into: $0) }
        return datagram
    }

    /// Seals into a buffer of at least 1,200 bytes, without allocating.
    /// - Returns: how many of its bytes the datagram takes.
    /// - Throws: as above.
    public mutating func seal(
        _ plaintext: [UInt8], into datagram: UnsafeMutableRawBufferPointer
    ) throws(SealError) -> Int {
        guard plaintext.count <= SealFormat.largestPlaintext else { throw .tooLong(plaintext.count) }
        guard counter < .max - 1 else { throw .exhausted(lane) }
        precondition(datagram.count >= SealFormat.overhead + plaintext.count)
        write(plaintext, into: datagram)
        return SealFormat.overhead + plaintext.count
    }

    private mutating func write(_ plaintext: [UInt8], into datagram: UnsafeMutableRawBufferPointer) {
        datagram[0] = SealFormat.mark
        datagram[1] = SealFormat.version
        datagram.storeBytes(of: epoch.littleEndian, toByteOffset: 2, as: UInt16.self)
        datagram.storeBytes(of: identifier.littleEndian, toByteOffset: 4, as: UInt32.self)
        datagram.storeBytes(of: counter.littleEndian, toByteOffset: 8, as: UInt64.self)
        // The nonce is four zero bytes and the counter: a tuple, so that nothing is allocated per datagram.
        var nonce = (
            UInt32(0), UInt32(truncatingIfNeeded: counter).littleEndian,
            UInt32(truncatingIfNeeded: counter >> 32).littleEndian
        )
        counter += 1
        let bytes = datagram.bindMemory(to: UInt8.self).baseAddress!
        // libsodium writes through the pointer: ciphertext and tag follow the header in place.
        withUnsafeBytes(of: &nonce) {
            _ = crypto_aead_chacha20poly1305_ietf_encrypt(
                bytes + SealFormat.headerLength, nil, plaintext, UInt64(plaintext.count), bytes,
                UInt64(SealFormat.headerLength), nil,
                $0.bindMemory(to: UInt8.self).baseAddress!, key)
        }
    }
}

/// Why a plaintext could not be sealed.
public enum SealError: Error, Equatable, Sendable, CustomStringConvertible {
    case tooLong(Int)
    case exhausted(KeyContext)

    public var description: String {
        switch self {
        case .tooLong(let count): "\(count) bytes do not fit a datagram, at most \(SealFormat.largestPlaintext) do"
        case .exhausted(let lane): "the counter of lane “\(lane.link)” is used up; the run needs a new secret"
        }
    }
}
