import TestSupport
import Testing

@testable import Declarations

@Suite struct QuantityTests {
    @Test(arguments: [
        (Dimension.duration, "20 ms", 0.02), (.duration, "20ms", 0.02), (.duration, "1.5 s", 1.5), (.duration, "0", 0),
        (.frequency, "1 MHz", 1e6),
        (.frequency, "250 kHz", 2.5e5), (.level, "-1 dB", -1), (.level, "-1dB", -1), (.bitRate, "512 kbit/s", 512_000),
        (.size, "64 kB", 64_000),
        (.size, "64 KiB", 65_536), (.speed, "36 km/h", 10), (.share, "5 %", 0.05), (.share, "0.05", 0.05),
    ])
    func reads(_ dimension: Dimension, _ text: String, _ value: Double) {
        #expect(abs((dimension.value(of: text) ?? .nan) - value) <= 1e-12 * max(1, abs(value)))
    }

    @Test(arguments: [
        (Dimension.duration, "20"), (.duration, "20 mss"), (.duration, "ms"), (.frequency, "1 dB"), (.level, "nan dB"),
        (.level, "inf dB"), (.duration, ""),
    ])
    func refuses(_ dimension: Dimension, _ text: String) {
        #expect(dimension.value(of: text) == nil)
    }

    @Test func writesWhatItReads() {
        for value in [1e-9, 2.5e-5, 0.02, 0.5, 1, 12.25, 90] {
            #expect(Dimension.duration.value(of: Dimension.duration.text(value)) == value)
        }
        for value in [1.0, 1e3, 1e6, 2.4e9] {
            #expect(Dimension.frequency.value(of: Dimension.frequency.text(value)) == value)
        }
        #expect(Dimension.duration.text(0.02) == "20 ms")
        #expect(Dimension.frequency.text(1e6) == "1 MHz")
    }

    @Test func findsTheNearestName() {
        #expect(nearestName(to: "bandwith", among: ["bandwidth", "band", "budget"]) == "bandwidth")
        #expect(nearestName(to: "raylegih", among: ["awgn", "rayleigh", "rice"]) == "rayleigh")
        #expect(nearestName(to: "xyz", among: ["bandwidth", "model"]) == nil)
    }
}

/// The one way from text to quantity: bounds of each dimension, and words that name them.
@Suite struct BoundedQuantityTests {
    @Test(arguments: Dimension.allCases) func extremesAreRefusedInWords(_ dimension: Dimension) {
        let unit = dimension.units[0].name
        for number in ["1e300", "-1e300", "nan", "inf", "-inf", "1e999", "infinity"] {
            guard case .failure(let failure) = dimension.read("\(number) \(unit)") else {
                Issue.record("\(number) \(unit) is taken for \(dimension)")
                continue
            }
            #expect(failure.reason.contains("expected") || failure.reason.contains("is not"))
        }
        #expect(dimension == .level || dimension.value(of: "-1 \(unit)") == nil)
    }

    @Test func boundsAreNamed() {
        #expect(
            Dimension.duration.read("1e12 s")
                == .failure(Misreading(reason: "is 1e12 s: expected at most 1000000000 s")))
        #expect(
            Dimension.duration.read("0 s", exclusive: true)
                == .failure(Misreading(reason: "is 0 s: expected more than 0")))
        #expect(
            Dimension.duration.read("2 h", most: 3600)
                == .failure(Misreading(reason: "is 2 h: expected at most 3600 s")))
        #expect(
            Dimension.level.read("-61 dB", least: -60)
                == .failure(Misreading(reason: "is -61 dB: expected at least -60 dB")))
        #expect(
            PlainNumber.read("nan", in: 0...1.0)
                == .failure(Misreading(reason: "is 'nan': expected a number from 0 to 1")))
        #expect(
            PlainNumber.read("7", in: 1...6)
                == .failure(Misreading(reason: "is '7': expected a whole number from 1 to 6")))
    }

    @Test func mutatedQuantities() {
        let texts = ["20 ms", "1.5 GHz", "-1 dB", "512 kbit/s", "64 KiB", "5 %", "30 km/h", "1e-3 s", "0"].map {
            Array($0.utf8)
        }
        let spice = ["e", "1e308", "-", "nan", "inf", "0x", "p9999", "µ", "−", " ", "999999999999999999999", ".", "_"]
            .map { Array($0.utf8) }
        let count = environmentSaysAll() ? 100_000 : 5000
        var random = Mutation(seed: 17)
        for _ in 0..<count {
            let text = String(decoding: random.mutated(texts[random.next(texts.count)], spice: spice), as: UTF8.self)
            for dimension in Dimension.allCases {
                if case .success(let value) = dimension.read(text) {
                    #expect(dimension.range.contains(value), Comment(rawValue: text))
                }
            }
            if case .success(let value) = PlainNumber.read(text, in: -5...5.0) { #expect((-5...5).contains(value)) }
        }
    }
}
