import Datagrams
import Determinism
import Files
import Wire

/// The part of a node's host before it is in a run: says hello until it is let in.
struct Knocking {
    private let handshake: NodeHandshake
    private let address: String
    private let patience: Instant.Span
    private let began: Instant
    private var nextHello: Instant
    private var pause = Instant.Span.milliseconds(50)
    private var nextWord: Instant
    private var refusal: HandshakeRefusal?
    private static let short = Instant.Span.seconds(3)

    /// - Throws: `WireError.tooLong` for a name that fits no hello.
    init(_ options: AgentOptions, now: Instant) throws {
        handshake = try NodeHandshake(options.secret, name: options.name, build: SecretFile.build)
        address = options.controller
        patience = .seconds(options.patience)
        (began, nextHello, nextWord) = (now, now, now + Self.short)
    }

    /// A hello that is due; they come ever less often, at last every second.
    mutating func hello(_ now: Instant) -> [UInt8]? {
        guard now >= nextHello else { return nil }
        nextHello = now + pause
        pause = min(pause + pause, .seconds(1))
        return handshake.hello
    }

    var nextInstant: Instant { nextHello }

    /// - Returns: the session, once the controller has answered.
    mutating func hear(_ datagram: [UInt8]) -> HandshakeSession? {
        switch handshake.read(datagram) {
        case nil: return nil
        case .session(let session): return session
        case .refused(var refusal):
            // Anyone on the way may have said that: it counts when nothing better comes, and a terminal is not theirs.
            refusal.words = refusal.words.shown()
            self.refusal = refusal
            return nil
        }
    }

    /// A line for the terminal where there is still no answer.
    ///
    /// - Throws: `AgentFailure`, after three seconds of nothing but refusals, or when patience is at its end.
    mutating func complain(_ now: Instant) throws -> String? {
        if let refusal, now - began >= Self.short { throw AgentFailure.refused(address, refusal) }
        if now - began >= patience { throw AgentFailure.noAnswer(address, seconds: patience.seconds) }
        guard now >= nextWord else { return nil }
        nextWord = now + .seconds(30)
        return "\(AgentFailure.noAnswer(address, seconds: (now - began).seconds)) Still trying."
    }
}
