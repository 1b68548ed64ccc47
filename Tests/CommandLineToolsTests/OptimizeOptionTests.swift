import ArgumentParser
import Declarations
import Testing
import Topologies

@testable import CommandLineTools

/// `testbed optimize` reads quantities as topologies do, and bare numbers as before.
@Suite struct OptimizeOptionTests {
    @Test(arguments: [
        ("-2:20:2", Array(stride(from: -2.0, through: 20, by: 2))),
        ("-2 dB:20 dB:2 dB", Array(stride(from: -2.0, through: 20, by: 2))),
        ("3,6 dB, 9dB", [3, 6, 9]), ("-1 dB", [-1]), ("0:1:0.5", [0, 0.5, 1]),
    ])
    func levels(_ text: String, _ values: [Double]) throws {
        #expect(try OptimizeCommand.numbers(text, "snr", .level) == values)
    }

    @Test(arguments: [
        ("20", [20.0]), ("20 ms", [20]), ("0.02 s,30", [20, 30]), ("300 us", [0.3]),
        ("10 ms:0.05 s:20 ms", [10, 30, 50]),
    ])
    func milliseconds(_ text: String, _ values: [Double]) throws {
        #expect(try OptimizeCommand.numbers(text, "latency", .duration, base: 1e-3) == values)
    }

    @Test(arguments: [
        ("20 dB", "'20 dB' is not a duration"), ("nan", "'nan' is not a duration"), ("1:2", "expected FROM:TO:STEP"),
        ("3:1:1", "expected FROM:TO:STEP"), ("1:2:0", "expected FROM:TO:STEP"), ("", "expected FROM:TO:STEP"),
        ("1:2:x ms", "'x ms' is not a duration"),
    ])
    func mistakes(_ text: String, _ words: String) {
        let error = #expect(throws: ValidationError.self) {
            try OptimizeCommand.numbers(text, "latency", .duration, base: 1e-3)
        }
        #expect(error?.message.contains("--latency") == true && error?.message.contains(words) == true)
    }

    /// A value that begins with a minus is no option.
    @Test func theCommandTakesThem() throws {
        _ = try OptimizeCommand.parse([
            "-o", "p.json", "--snr", "-2 dB:20 dB:2 dB", "--latency", "20 ms", "--bandwidth", "2 MHz",
        ])
        _ = try OptimizeCommand.parse(["-o", "p.json", "--snr", "-2:20:2", "--latency", "20", "--bandwidth", "1e6"])
        #expect(throws: (any Error).self) { try OptimizeCommand.parse(["-o", "p.json", "--bandwidth", "2 dB"]) }
        #expect(throws: (any Error).self) { try OptimizeCommand.parse(["-o", "p.json", "--latency", "0 ms"]) }
    }
}
