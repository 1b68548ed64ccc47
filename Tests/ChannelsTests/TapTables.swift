import Testing

@testable import Channels

/// The tapped delay lines of 3GPP TR 38.901 V16.1, tables 7.7.2-1 to 7.7.2-5, typed a second time: normalised delays,
/// and powers in decibels, row by row. The direct path of D and E is a row of its own, the first.
enum Standard {
    struct Tap: Sendable {
        /// Which of the room's taps it is: those share a tap with the direct path.
        var index: Int
        /// In delay spreads.
        var delay: Double
        /// Shares of the whole power.
        var scattered: Double
        var direct: Double
    }

    private static let delays: [TapProfile: [Double]] = [
        .a: [
            0, 0.3819, 0.4025, 0.5868, 0.4610, 0.5375, 0.6708, 0.5750, 0.7618, 1.5375, 1.8978, 2.2242, 2.1718, 2.4942,
            2.5119, 3.0582, 4.0810,
            4.4579, 4.5695, 4.7966, 5.0066, 5.3043, 9.6586,
        ],
        .b: [
            0, 0.1072, 0.2155, 0.2095, 0.2870, 0.2986, 0.3752, 0.5055, 0.3681, 0.3697, 0.5700, 0.5283, 1.1021, 1.2756,
            1.5474, 1.7842, 2.0169,
            2.8294, 3.0219, 3.6187, 4.1067, 4.2790, 4.7834,
        ],
        .c: [
            0, 0.2099, 0.2219, 0.2329, 0.2176, 0.6366, 0.6448, 0.6560, 0.6584, 0.7935, 0.8213, 0.9336, 1.2285, 1.3083,
            2.1704, 2.7105, 4.2589,
            4.6003, 5.4902, 5.6077, 6.3065, 6.6374, 7.0427, 8.6523,
        ],
        .d: [0, 0, 0.035, 0.612, 1.363, 1.405, 1.804, 2.596, 1.775, 4.042, 7.937, 9.424, 9.708, 12.525],
        .e: [
            0, 0, 0.5133, 0.5440, 0.5630, 0.5440, 0.7112, 1.9092, 1.9293, 1.9589, 2.6426, 3.7136, 5.4524, 12.0034,
            20.6519,
        ],
    ]

    private static let decibels: [TapProfile: [Double]] = [
        .a: [
            -13.4, 0, -2.2, -4, -6, -8.2, -9.9, -10.5, -7.5, -15.9, -6.6, -16.7, -12.4, -15.2, -10.8, -11.3, -12.7,
            -16.2, -18.3, -18.9, -16.6,
            -19.9, -29.7,
        ],
        .b: [
            0, -2.2, -4, -3.2, -9.8, -1.2, -3.4, -5.2, -7.6, -3, -8.9, -9, -4.8, -5.7, -7.5, -1.9, -7.6, -12.2, -9.8,
            -11.4, -14.9, -9.2, -11.3,
        ],
        .c: [
            -4.4, -1.2, -3.5, -5.2, -2.5, 0, -2.2, -3.9, -7.4, -7.1, -10.7, -11.1, -5.1, -6.8, -8.7, -13.2, -13.9,
            -13.9, -15.8, -17.1, -16,
            -15.7, -21.6, -22.8,
        ],
        .d: [-0.2, -13.5, -18.8, -21, -22.8, -17.9, -20.1, -21.9, -22.9, -27.8, -23.6, -24.8, -30, -27.7],
        .e: [-0.03, -22.03, -15.8, -18.1, -19.8, -22.9, -22.4, -18.6, -20.8, -22.6, -22.3, -25.6, -20.2, -29.8, -29.2],
    ]

    static let taps: [TapProfile: [Tap]] = delays.reduce(into: [:]) { result, entry in
        let powers = decibels[entry.key]!.map(Decibels.linear)
        let total = powers.reduce(0, +)
        let hasDirect = entry.key == .d || entry.key == .e
        result[entry.key] = entry.value.indices.dropFirst(hasDirect ? 1 : 0).map { row in
            let index = row - (hasDirect ? 1 : 0)
            return Tap(
                index: index, delay: entry.value[row], scattered: powers[row] / total,
                direct: hasDirect && index == 0 ? powers[0] / total : 0)
        }
    }
}

@Suite struct TapTableTests {
    /// Every tap's delay and power, to a tenth of a per cent: one that were 5 % off is seen.
    @Test(arguments: TapProfile.allCases) func tablesAreTheStandards(profile: TapProfile) {
        let (ours, theirs) = (profile.taps, Standard.taps[profile]!)
        #expect(ours.count == theirs.count)
        let total = ours.reduce(0) { $0 + Decibels.linear($1.power) + ($1.direct.map(Decibels.linear) ?? 0) }
        for (tap, expected) in zip(ours, theirs) {
            #expect(abs(tap.delay - expected.delay) <= 1e-3 * expected.delay)
            #expect(abs(Decibels.linear(tap.power) / total / expected.scattered - 1) < 1e-3)
            #expect(abs((tap.direct.map(Decibels.linear) ?? 0) / total - expected.direct) <= 1e-3 * expected.direct)
        }
        // What the standard says about the direct paths: K₁ is 13.3 dB in D, 22 dB in E.
        if profile == .d { #expect(abs(Decibels.of(theirs[0].direct / theirs[0].scattered) - 13.3) < 0.05) }
        if profile == .e { #expect(abs(Decibels.of(theirs[0].direct / theirs[0].scattered) - 22) < 0.05) }
    }
}
