import CSodium

/// Opens one lane's datagrams: authenticates, decrypts, and refuses what was seen before.
///
/// A higher epoch is believed only once a datagram of it has authenticated; from then on lower ones are refused.
public struct DatagramOpener: Sendable {
    public let lane: KeyContext
    private let secret: Secret
    private let identifier: UInt32
    private var key: [UInt8]
    private var window: ReplayWindow
    /// The sender's incarnation in force.
    public private(set) var epoch: UInt16
    /// Refused datagrams by cause.
    public private(set) var refusals = RefusalCounts()
    /// Datagrams that opened.
    public private(set) var opened: UInt64 = 0

    /// - Parameters:
    ///   - secret: the run's.
    ///   - lane: what is opened; a datagram of another lane is refused.
    ///   - epoch: the lowest incarnation of the sender that is believed.
    ///   - window: how many datagrams one may be overtaken by and still count.
    public init(_ secret: Secret, lane: KeyContext, epoch: UInt16 = 0, window: Int = 4096) {
        _ = sodium_init()
        self.lane = lane
        self.secret = secret
        self.epoch = epoch
        identifier = lane.identifier
        key = lane.key(secret, epoch: epoch)
        self.window = ReplayWindow(width: window)
    }

    /// The plaintext.
    /// - Throws: the cause, which is also counted.
    public mutating func open(_ datagram: [UInt8]) throws(Refusal) -> [UInt8] {
        var plaintext: [UInt8] = []
        // Typed throws do not cross the closure, hence the optional.
        let refusal = datagram.withUnsafeBytes { open($0, into: &plaintext) }
        if let refusal { throw refusal }
        return plaintext
    }

    /// Opens in place of a receive buffer, without allocating once `plaintext` has grown to size.
    /// - Returns: nil when `plaintext` now holds the contents; otherwise the cause, which is also counted.
    public mutating func open(_ datagram: UnsafeRawBufferPointer, into plaintext: inout [UInt8]) -> Refusal? {
        let refusal = attempt(datagram, into: &plaintext)
        if let refusal { refusals.count(refusal) } else { opened &+= 1 }
        return refusal
    }

    /// Counts a datagram that opened but was not a message.
    public mutating func countMalformed() { refusals.count(.malformed) }

    private mutating func attempt(_ datagram: UnsafeRawBufferPointer, into plaintext: inout [UInt8]) -> Refusal? {
        guard datagram.count >= SealFormat.overhead, datagram.count <= SealFormat.largestDatagram else { return .size }
        guard datagram[0] == SealFormat.mark, datagram[1] == SealFormat.version else { return .foreign }
        let claimedEpoch = UInt16(littleEndian: datagram.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        guard UInt32(littleEndian: datagram.loadUnaligned(fromByteOffset: 4, as: UInt32.self)) == identifier else {
            return .lane
        }
        guard claimedEpoch >= epoch else { return .epoch }
        let counter = UInt64(littleEndian: datagram.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        guard counter < .max - 1 else { return .replayed }

        if claimedEpoch == epoch {
            guard window.allows(counter) else { return .replayed }
            guard decrypt(datagram, with: key, into: &plaintext) else { return .forged }
        } else {
            let candidate = lane.key(secret, epoch: claimedEpoch)
            guard decrypt(datagram, with: candidate, into: &plaintext) else { return .forged }
            epoch = claimedEpoch
            key = candidate
            window = ReplayWindow(width: window.width)
        }
        window.record(counter)
        return nil
    }

    private func decrypt(_ datagram: UnsafeRawBufferPointer, with key: [UInt8], into plaintext: inout [UInt8]) -> Bool {
        let length = datagram.count - SealFormat.overhead
        if plaintext.count > length {
            plaintext.removeLast(plaintext.count - length)
        } else if plaintext.count < length {
            plaintext.append(contentsOf: repeatElement(0, count: length - plaintext.count))
        }
        let bytes = datagram.bindMemory(to: UInt8.self)
        // The nonce is four zero bytes and the counter: a tuple, so that nothing is allocated per datagram.
        var nonce: (UInt32, UInt32, UInt32) = (
            0, datagram.loadUnaligned(fromByteOffset: 8, as: UInt32.self),
            datagram.loadUnaligned(fromByteOffset: 12, as: UInt32.self)
        )
        return withUnsafeBytes(of: &nonce) { nonce in
            plaintext.withUnsafeMutableBufferPointer { output in
                crypto_aead_chacha20poly1305_ietf_decrypt(
                    output.baseAddress, nil, nil, bytes.baseAddress! + SealFormat.headerLength,
                    UInt64(bytes.count - SealFormat.headerLength), bytes.baseAddress!, UInt64(SealFormat.headerLength),
                    nonce.bindMemory(to: UInt8.self).baseAddress!, key) == 0
            }
        }
    }
}
