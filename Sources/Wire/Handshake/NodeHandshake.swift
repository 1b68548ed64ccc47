import CSodium

/// The node's side of a handshake: one hello, sent again until it is answered.
public struct NodeHandshake: Sendable {
    public enum Answer: Equatable, Sendable {
        case session(HandshakeSession)
        case refused(HandshakeRefusal)
    }

    private let secret: Secret
    private let name: String
    private let value = HandshakeValue()
    public let hello: [UInt8]

    /// - Parameters:
    ///   - secret: of both sides; it may have served before.
    ///   - name: of the node in the topology, at most 200 bytes.
    ///   - build: the program's version.
    /// - Throws: `WireError.tooLong`.
    public init(_ secret: Secret, name: String, build: String) throws(WireError) {
        for (field, text) in [("name", name), ("build", build)] where text.utf8.count > 100 {
            throw .tooLong(field: field, length: text.utf8.count, limit: 100)
        }
        self.secret = secret
        self.name = name
        var writer = HandshakeFormat.heading(.hello, value.shown)
        writer.text(name)
        writer.text(build)
        let filling = HandshakeFormat.helloLength - HandshakeFormat.tagLength - writer.bytes.count
        writer.rest(repeatElement(0, count: filling))
        hello = writer.bytes + HandshakeFormat.tag(writer.bytes, secret)
    }

    /// What a datagram says to this hello; nil for one that is no answer to it.
    public func read(_ datagram: [UInt8]) -> Answer? {
        guard let kind = HandshakeFormat.kind(of: datagram), HandshakeFormat.value(of: datagram) == value.shown
        else { return nil }
        switch kind {
        case .hello: return nil
        case .welcome:
            guard datagram[1] == HandshakeFormat.version,
                datagram.count == 3 + 2 * HandshakeFormat.valueLength + HandshakeFormat.tagLength
            else { return nil }
            let (body, tag) = (Array(datagram.dropLast(32)), Array(datagram.suffix(32)))
            guard HandshakeFormat.isEqual(tag, HandshakeFormat.tag(body + hello, secret)) else { return nil }
            let theirs = Array(body.suffix(HandshakeFormat.valueLength))
            return HandshakeSession(
                secret, name: name, own: value, theirs: theirs, node: value.shown, controller: theirs
            ).map { .session($0) }
        case .refusal:
            var reader = ByteReader(datagram[(3 + HandshakeFormat.valueLength)...])
            guard let number = try? reader.integer(UInt8.self, "cause"),
                let cause = HandshakeRefusal.Cause(rawValue: number), let words = try? reader.text("words")
            else { return nil }
            return .refused(HandshakeRefusal(cause: cause, words: words))
        }
    }
}
