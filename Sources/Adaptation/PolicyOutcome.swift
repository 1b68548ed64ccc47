/// What became of an image that an external policy decided on: one JSON object `{"outcome": …}` on one line of its
/// standard input, answered by nothing, and sent only to a program that has asked for it.
public struct PolicyOutcome: Codable, Sendable, Equatable {
    /// The number of the question it answers; nil where another incarnation of the program was asked.
    public var id: Int?
    public var transmitter: String
    public var image: Int
    public var photo: String
    public var link: String
    /// The receiver that tells it, and how many more are still to tell theirs. Without a receiver nobody told the end.
    public var receiver: String?
    public var awaited = 0
    /// Seconds since the start of the run at which the controller heard it.
    public var time: Double
    /// `complete`, `partial`, `expired` (the preamble is incomplete), `lost` (nothing came), `undecodable`, or `failed`
    /// (nobody told the end).
    public var verdict: String
    /// One line where it is not `complete`.
    public var reason: String?
    /// In force, after the transmitter kept the budget; nil where nothing left.
    public var alpha: Float?
    public var rate: Int?
    /// Payload bits that left, that had to be kept, and that arrived in time.
    public var bits: Int?
    public var budgetBits: Int
    public var receivedBits: Int?
    /// GVIF (27) of what arrived; 0 where nothing decodes.
    public var gvif = 0.0
    /// Of the whole picture in dB, where `policyPSNR` allows it and there is a picture that differs.
    public var psnr: Double?
    /// Seconds from the first bit to the last datagram that was taken, and how far that is past T_max:
    /// negative where time was left.
    /// Nil where nothing came.
    public var airTime: Double?
    public var lateness: Double?

    public init(
        transmitter: String, image: Int, photo: String, link: String, time: Double, verdict: String, budgetBits: Int
    ) {
        self.transmitter = transmitter
        self.image = image
        self.photo = photo
        self.link = link
        self.time = time
        self.verdict = verdict
        self.budgetBits = budgetBits
    }
}

/// The line an outcome is sent as: its one key tells it from a question.
public struct PolicyOutcomeLine: Codable, Sendable, Equatable {
    public var outcome: PolicyOutcome

    public init(_ outcome: PolicyOutcome) { self.outcome = outcome }
}
