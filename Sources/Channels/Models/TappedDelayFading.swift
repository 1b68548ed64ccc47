import Foundation

/// A 3GPP TR 38.901 tapped delay line, scaled to a delay spread.
struct TappedDelayFading: FadingLaw {
    let profile: TapProfile
    /// Seconds.
    let delaySpread: Double
    /// Hertz; 0: taps are independent from block to block.
    let doppler: Double

    var name: String { profile.rawValue }
    var values: [FadingValue] {
        [.init(label: "delay spread", value: delaySpread, unit: .seconds), .doppler(doppler)]
    }

    func problem(link: String) -> ChannelError? {
        require(delaySpread > 0 && delaySpread.isFinite, "delay spread", delaySpread, "above 0 s", link: link)
            ?? requireDoppler(doppler, link: link)
    }

    func correlation(after lag: Double) -> Double { doppler > 0 ? abs(j0(2 * Double.pi * doppler * lag)) : 0 }

    func course(_ draws: FadingDraws) -> any FadingCourse {
        Course(
            line: TappedDelayLine(
                profile, delaySpread: delaySpread, doppler: doppler, bandwidth: draws.bandwidth, seed: draws.seed,
                name: draws.stream))
    }

    private struct Course: FadingCourse {
        let line: TappedDelayLine

        func fade(_ block: inout ChannelBlock, at time: Double) {
            block.gains = line.gains(block: block.number, time: time)
            block.gain = block.gains.reduce(0, +) / Double(block.gains.count)
        }
    }
}

extension FadingModel {
    /// A 3GPP TR 38.901 tapped delay line, scaled to a delay spread in seconds. Taps are independent from block to
    /// block if `doppler` is 0, and follow Clarke's model otherwise. Capacity is that of the frequency-selective block.
    public static func tappedDelayLine(
        _ profile: TapProfile, delaySpread: Double, doppler: Double = 0
    ) -> FadingModel {
        .law(TappedDelayFading(profile: profile, delaySpread: delaySpread, doppler: doppler))
    }
}
