import Determinism

/// Hybrid ARQ with Chase combining: a codeword that failed is sent again as it was,
/// and the SNRs of all its attempts add up.
///
/// Attempt k fails with ε(R, SNR₁ + … + SNR_k) of the law's curve of errors at the rate R of the first. One number u is
/// drawn a codeword, and an attempt fails where u < ε: what is decoded at one SNR would have been at any higher one. So
/// the share that is left after k attempts is the curve's ε_k itself.
public struct HARQ: Sendable, Equatable {
    /// How often a codeword is sent at most.
    public var attempts: Int
    /// From an attempt's last symbol to when the next may begin: feedback and the sender's turn.
    public var delay: Instant.Span

    public static let usual = HARQ(attempts: 4, delay: .milliseconds(8))
    public static let mostAttempts = 16

    public init(attempts: Int, delay: Instant.Span) {
        self.attempts = attempts
        self.delay = delay
    }

    func problem(link: String) -> ChannelError? {
        if !(2...Self.mostAttempts).contains(attempts) {
            return .outOfRange(
                link: link, quantity: "HARQ attempts", value: Double(attempts), expected: "2 to \(Self.mostAttempts)")
        }
        return delay < .zero
            ? .outOfRange(link: link, quantity: "HARQ delay", value: delay.seconds, expected: "at least 0 s") : nil
    }
}
