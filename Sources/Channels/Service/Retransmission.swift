import Determinism

/// A datagram whose codewords are not all decoded yet.
struct Retransmission: Sendable {
    let packet: Packet
    let codewords: Int
    /// That of the first attempt, which all have.
    let scheme: RateLaw.Codeword
    /// One number a codeword, the same each time they are gone through.
    private let draws: RandomStream
    /// Attempts that were made, and their SNRs' sum.
    private(set) var attempts = 0
    private(set) var snr = 0.0
    private(set) var failed: Int

    init(_ packet: Packet, codewords: Int, scheme: RateLaw.Codeword, draws: RandomStream) {
        self.packet = packet
        self.codewords = codewords
        self.scheme = scheme
        self.draws = draws
        failed = codewords
    }

    /// Counts what is not decoded after one attempt more.
    mutating func attempt(at snr: Double, _ law: RateLaw) {
        attempts += 1
        self.snr += snr
        let error = attempts == 1 ? law.codewordError(snr) : law.error(of: scheme, at: self.snr)
        var draws = draws
        failed = (0..<codewords).count { _ in draws.uniform() < error }
    }

    /// What is sent next: the failed codewords' share.
    var bits: Double { Double(packet.bits) * Double(failed) / Double(codewords) }
}
