/// The controller's side of handshakes: an answer to every hello, and the session that it offers. Nothing is believed
/// of a node before a datagram has opened under the session's key: a hello may be a replayed one.
public struct ControllerHandshake: Sendable {
    /// What a hello led to.
    public struct Outcome: Sendable {
        /// To be sent back; nil where the datagram was no hello at all.
        public var reply: [UInt8]?
        /// A session that waits for its node's first word.
        public var offer: (name: String, session: HandshakeSession)?
        /// Why the node was not let in.
        public var refusal: HandshakeRefusal?
        /// The name that a refused node gave; proven unless the secret was the cause.
        public var claimed: String?
    }

    private let secret: Secret
    private let build: String
    /// The last hellos' values with the answers to them: a hello that comes twice gets the same.
    private var answered: [(value: [UInt8], reply: [UInt8])] = []
    private static let most = 256

    public init(_ secret: Secret, build: String) {
        self.secret = secret
        self.build = build
    }

    /// - Parameters:
    ///   - datagram: as it came.
    ///   - awaits: whether a node of that name may come.
    public mutating func answer(_ datagram: [UInt8], awaits: (String) -> Bool) -> Outcome {
        guard HandshakeFormat.isHello(datagram) else { return Outcome() }
        let value = HandshakeFormat.value(of: datagram)
        func refuse(_ cause: HandshakeRefusal.Cause, _ words: String, _ name: String? = nil) -> Outcome {
            var writer = HandshakeFormat.heading(.refusal, value)
            writer.integer(cause.rawValue)
            writer.text(String(words.prefix(40)))
            return Outcome(
                reply: writer.bytes.count <= datagram.count ? writer.bytes : nil,
                refusal: HandshakeRefusal(cause: cause, words: words), claimed: name)
        }
        guard datagram[1] == HandshakeFormat.version else {
            return refuse(.version, "\(HandshakeFormat.version), build \(build)")
        }
        guard datagram.count == HandshakeFormat.helloLength else { return Outcome() }
        let body = Array(datagram.dropLast(HandshakeFormat.tagLength))
        var reader = ByteReader(body[(3 + HandshakeFormat.valueLength)...])
        guard let name = try? reader.text("name"), let theirBuild = try? reader.text("build") else { return Outcome() }
        guard HandshakeFormat.isEqual(Array(datagram.suffix(32)), HandshakeFormat.tag(body, secret)) else {
            return refuse(.secret, "", name)
        }
        if let known = answered.first(where: { $0.value == value }) { return Outcome(reply: known.reply) }
        guard theirBuild == build else { return refuse(.build, build, name) }
        guard awaits(name) else { return refuse(.name, "'\(name)'", name) }
        let own = HandshakeValue()
        guard
            let session = HandshakeSession(
                secret, name: name, own: own, theirs: value, node: value, controller: own.shown)
        else { return Outcome() }
        var writer = HandshakeFormat.heading(.welcome, value)
        writer.rest(own.shown)
        let reply = writer.bytes + HandshakeFormat.tag(writer.bytes + datagram, secret)
        if answered.count >= Self.most { answered.removeFirst() }
        answered.append((value, reply))
        return Outcome(reply: reply, offer: (name, session))
    }
}
