import CSodium

/// How a node that another host, or a person, has started becomes part of a run. Both sides hold one secret, which may
/// outlive the run; it proves who they are and does nothing else.
///
/// ```
/// node ─ hello: name, build, X, tag ─► controller       X = x·G, drawn for this hello
/// node ◄─ welcome: X, Y, tag ─ controller               Y = y·G, drawn for this answer; the tag is over both messages
/// node ◄─ refusal: X, cause, words ─ controller         in the clear and unproven: a hint for a person
/// ```
/// The key of what follows is BLAKE2b keyed with the secret over (name, X, Y, x·y·G). Since both values are new for
/// every handshake no key comes twice, whatever the secret; since x and y are forgotten, whoever learns the secret
/// later reads nothing of what was recorded (X25519, RFC 7748). A hello that is replayed gets an answer that only the x
/// of that hello could use.
public enum HandshakeFormat {
    static let mark: UInt8 = 0x48
    /// Of the handshake, and of all that is said over the link that it opens.
    public static let version: UInt8 = 1
    static let valueLength = 32
    static let tagLength = 32
    /// A hello is filled up to this length, so that no answer is longer than what asked for it.
    static let helloLength = 400

    enum Kind: UInt8 { case hello = 1, welcome = 2, refusal = 3 }

    static func kind(of datagram: [UInt8]) -> Kind? {
        guard datagram.count >= 3 + valueLength, datagram.count <= helloLength, datagram[0] == mark else { return nil }
        return Kind(rawValue: datagram[2])
    }

    /// Whether a datagram asks to be let in, of whatever version.
    public static func isHello(_ datagram: [UInt8]) -> Bool { kind(of: datagram) == .hello }

    static func value(of datagram: [UInt8]) -> [UInt8] { Array(datagram[3..<3 + valueLength]) }

    static func heading(_ kind: Kind, _ value: [UInt8]) -> ByteWriter {
        var writer = ByteWriter(capacity: helloLength)
        writer.integer(mark)
        writer.integer(version)
        writer.integer(kind.rawValue)
        writer.rest(value)
        return writer
    }

    /// Proves a text to whoever holds the secret, and serves for nothing else.
    static func tag(_ text: [UInt8], _ secret: Secret) -> [UInt8] {
        Secret.hash(text, key: Secret.hash(Array("gensemcom handshake 1".utf8), key: secret.bytes))
    }

    static func isEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool { a.count == b.count && sodium_memcmp(a, b, a.count) == 0 }
}

/// What a handshake yields: the secret of one session, and what its lanes are called.
public struct HandshakeSession: Sendable, Equatable {
    public let secret: Secret
    /// Stands for the node's name in the lanes' keys: no two sessions share one.
    public let label: String

    /// - Returns: nil where the other side's value is none that could be used.
    init?(_ secret: Secret, name: String, own: HandshakeValue, theirs: [UInt8], node: [UInt8], controller: [UInt8]) {
        guard let shared = own.shared(with: theirs) else { return nil }
        var writer = ByteWriter(capacity: 256)
        writer.text("gensemcom session 1")
        writer.text(name)
        for value in [node, controller, shared] { writer.rest(value) }
        self.secret = Secret(derived: Secret.hash(writer.bytes, key: secret.bytes))
        label = "session " + hexadecimal(Secret.hash(node + controller, key: []).prefix(16))
    }
}

/// One side's random value of one handshake.
struct HandshakeValue: Sendable {
    let shown: [UInt8]
    private let kept: [UInt8]

    init() {
        _ = sodium_init()
        var (shown, kept) = ([UInt8](repeating: 0, count: 32), [UInt8](repeating: 0, count: 32))
        randombytes_buf(&kept, kept.count)
        crypto_scalarmult_base(&shown, kept)
        (self.shown, self.kept) = (shown, kept)
    }

    /// - Returns: nil for a value of small order, with which nothing would be secret.
    func shared(with theirs: [UInt8]) -> [UInt8]? {
        guard theirs.count == HandshakeFormat.valueLength else { return nil }
        var shared = [UInt8](repeating: 0, count: 32)
        return crypto_scalarmult(&shared, kept, theirs) == 0 ? shared : nil
    }
}

/// Why a controller does not let a node in.
public struct HandshakeRefusal: Equatable, Sendable, CustomStringConvertible {
    public enum Cause: UInt8, Sendable, CaseIterable { case version = 1, secret, build, name }

    public var cause: Cause
    /// The controller's build, or the names it knows.
    public var words: String

    public var description: String {
        switch cause {
        case .version: "it speaks another version of the protocol (\(words)): install the same build on both"
        case .secret: "it holds another secret: both sides need the same secret file"
        case .build: "it is another build (\(words)): install the same on both"
        case .name: "no such node is awaited there (\(words))"
        }
    }
}
