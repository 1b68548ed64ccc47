/// What a terminal shows while the run goes on.
package enum ProgressNote: Sendable, Equatable {
    case node(String)
    case image(ImageNote)
    /// A line that stays, whoever reads: something a person has to do or to know.
    case notice(String)
}

/// One image that has come to its end.
package struct ImageNote: Sendable, Equatable {
    package var transmitter: String
    package var receiver: String
    package var image: Int
    package var photo: String
    package var done: Int
    package var total: Int
    package var alpha: Float
    package var rate: Int
    package var snr: Double
    package var bits: Int
    package var budgetBits: Int
    /// Seconds from the first bit to the last datagram; `nil` where nothing came.
    package var airTime: Double?
    package var gvif: Double
    package var verdict: String
}
