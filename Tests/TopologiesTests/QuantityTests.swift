import Testing

@testable import Topologies

@Suite struct QuantityTests {
    @Test(arguments: [
        (Dimension.duration, "20 ms", 0.02), (.duration, "20ms", 0.02), (.duration, "1.5 s", 1.5), (.duration, "0", 0), (.frequency, "1 MHz", 1e6),
        (.frequency, "250 kHz", 2.5e5), (.level, "-1 dB", -1), (.level, "-1dB", -1), (.bitRate, "512 kbit/s", 512_000), (.size, "64 kB", 64_000),
        (.size, "64 KiB", 65_536), (.speed, "36 km/h", 10), (.share, "5 %", 0.05), (.share, "0.05", 0.05),
    ])
    func reads(_ dimension: Dimension, _ text: String, _ value: Double) {
        #expect(abs((dimension.value(of: text) ?? .nan) - value) <= 1e-12 * max(1, abs(value)))
    }

    @Test(arguments: [(Dimension.duration, "20"), (.duration, "20 mss"), (.duration, "ms"), (.frequency, "1 dB"), (.level, "nan dB"), (.level, "inf dB"), (.duration, "")])
    func refuses(_ dimension: Dimension, _ text: String) {
        #expect(dimension.value(of: text) == nil)
    }

    @Test func writesWhatItReads() {
        for value in [1e-9, 2.5e-5, 0.02, 0.5, 1, 12.25, 90] { #expect(Dimension.duration.value(of: Dimension.duration.text(value)) == value) }
        for value in [1.0, 1e3, 1e6, 2.4e9] { #expect(Dimension.frequency.value(of: Dimension.frequency.text(value)) == value) }
        #expect(Dimension.duration.text(0.02) == "20 ms")
        #expect(Dimension.frequency.text(1e6) == "1 MHz")
    }

    @Test func findsTheNearestName() {
        #expect(nearestName(to: "bandwith", among: ["bandwidth", "band", "budget"]) == "bandwidth")
        #expect(nearestName(to: "raylegih", among: ["awgn", "rayleigh", "rice"]) == "rayleigh")
        #expect(nearestName(to: "xyz", among: ["bandwidth", "model"]) == nil)
    }
}
