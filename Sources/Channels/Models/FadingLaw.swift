/// A law of the channel coefficient: its values, what of them makes no sense, and its course.
///
/// E|h|² = 1 in every law, so that the mean SNR is the configuration's.
public protocol FadingLaw: Sendable {
    /// As people call it.
    var name: String { get }
    /// What it is set to, for people.
    var values: [FadingValue] { get }
    /// Whether h never changes, so that blocks need no length.
    var isConstant: Bool { get }
    /// The first value that makes no sense, if any.
    func problem(link: String) -> ChannelError?
    /// What |h|² has in common with that of `lag` seconds before, as a coefficient of h: the root where powers are
    /// compared.
    func correlation(after lag: Double) -> Double
    /// The course that the draws decide, whatever the traffic does.
    func course(_ draws: FadingDraws) -> any FadingCourse
}

extension FadingLaw {
    public var isConstant: Bool { false }

    func require(
        _ valid: Bool, _ quantity: String, _ value: Double, _ expected: String, link: String
    ) -> ChannelError? {
        valid ? nil : .outOfRange(link: link, quantity: quantity, value: value, expected: expected)
    }

    func requireDoppler(_ doppler: Double, link: String) -> ChannelError? {
        require(doppler >= 0 && doppler.isFinite, "Doppler frequency", doppler, "at least 0 Hz", link: link)
    }

    func requireFactor(_ factor: Double, link: String) -> ChannelError? {
        require(factor >= 0 && factor.isFinite, "Rice factor", factor, "finite, at least 0", link: link)
    }
}

/// The gains of a link's blocks, which may be asked for in any order.
public protocol FadingCourse: Sendable {
    /// Sets the gain of a block, or its gains over the band.
    ///
    /// - Parameter time: when it starts, in seconds after the origin.
    mutating func fade(_ block: inout ChannelBlock, at time: Double)
}

/// What the course of a fading channel is drawn from.
public struct FadingDraws: Sendable {
    public var seed: UInt64
    /// Name of the random streams.
    public var stream: String
    /// Hertz: a delay spread is seen in a wide band only.
    public var bandwidth: Double
}

/// One value of a law, for people.
public struct FadingValue: Sendable, Equatable {
    public enum Unit: Sendable { case none, decibels, hertz, seconds }

    /// A short name, for instance `K`.
    public var label: String
    /// In the base unit; a ratio where the unit is decibels.
    public var value: Double
    public var unit = Unit.none

    static func doppler(_ frequency: Double) -> FadingValue { .init(label: "Doppler", value: frequency, unit: .hertz) }
    static func factor(_ ratio: Double) -> FadingValue { .init(label: "K", value: ratio, unit: .decibels) }
}
