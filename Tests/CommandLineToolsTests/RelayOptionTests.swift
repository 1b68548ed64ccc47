import ArgumentParser
import Channels
import Determinism
import Nodes
import TestSupport
import Testing

@testable import CommandLineTools

/// The two ways of a relay, and what is counted, from the command line.
@Suite struct RelayOptionTests {
    func arguments(_ words: [String]) throws -> RelayArguments { try RelayArguments.parse(words) }

    func failure(_ words: [String]) -> String {
        do {
            let arguments = try arguments(words)
            if try arguments.tunnelOptions() == nil { _ = try arguments.options() }
            return ""
        } catch let error as ValidationError { return error.message } catch { return "\(error)" }
    }

    static let udp = ["--listen", "127.0.0.1:0", "--forward", "127.0.0.1:9"]

    @Test func theWayBackTakesWhatItSaysAndTheRestFromTheWayThere() throws {
        let words = [
            "--tun", "radio", "--rate", "10Mbit/s", "--delay", "20ms", "--loss", "1%", "--back", "rate=2 Mbit/s",
            "--back",
            "delay=5ms", "--back", "queue-packets=7",
        ]
        let options = try #require(try arguments(words).tunnelOptions())
        #expect(options.near == "radio" && options.far == "radio-far")
        #expect(options.forward.bandwidth == 10e6 && options.backward.bandwidth == 2e6)
        #expect(options.forward.propagation == .milliseconds(20) && options.backward.propagation == .milliseconds(5))
        #expect(options.forward.loss == 0.01 && options.backward.loss == 0.01)
        #expect(options.forward.queue.packets == 1000 && options.backward.queue.packets == 7)
        let relayed = try arguments(Self.udp + ["--back", "snr=0dB"]).options()
        #expect(relayed.link.meanSNR == 10 && relayed.back?.meanSNR == 1)
        #expect(try arguments(Self.udp).options().back == nil)
        // A model in place of a trace, which is not even looked for.
        let traced = try arguments(["--trace", "/nowhere", "--back", "model=awgn"]).backArguments()
        #expect(traced.trace == nil && traced.model == "awgn")
    }

    @Test func headersAreCountedAsAsked() throws {
        func overhead(_ words: [String]) throws -> Int { try arguments(words).configuration().overheadBytes }
        #expect(try overhead([]) == 0 && overhead(["--overhead", "12"]) == 12)
        #expect(try overhead(["--overhead", "ip"]) == 28 && overhead(["--overhead", "mahimahi"]) == 32)
        // A device's packets hold their headers: one of 1500 bytes then takes one opportunity of 1504.
        #expect(try overhead(["--tun", "a", "--overhead", "ip"]) == 0)
        #expect(
            try overhead(["--tun", "a", "--overhead", "mahimahi"]) + 1500 == OpportunityTrace.bytesPerOpportunity)
    }

    @Test func whatContradictsItselfIsNamed() {
        #expect(failure(["--tun", "a", "--listen", ":1"]) == "--listen and --tun exclude each other")
        #expect(failure(["--tun", "a", "--tun-far", "a"]) == "--tun and --tun-far are one name")
        #expect(failure(["--tun-far", "a"]) == "--tun-far needs --tun")
        #expect(failure(["--tun", "a", "--no-answers"]).hasPrefix("--no-answers and --tun exclude each other"))
        #expect(
            failure(Self.udp + ["--no-answers", "--back", "loss=1%"]) == "--back and --no-answers exclude each other")
        #expect(failure(Self.udp + ["--back", "loss"]).hasPrefix("--back is 'loss', expected OPTION=VALUE"))
        #expect(failure(Self.udp + ["--back", "seed=3"]) == "--back: 'seed' is no option of a link")
        #expect(failure(Self.udp + ["--back", "shape=x"]) == "--back: shape is 'x', expected a number")
        #expect(failure(Self.udp + ["--back", "loss=2"]).hasPrefix("--loss: "))
        #expect(failure(Self.udp + ["--overhead", "tcp"]).hasPrefix("--overhead is 'tcp', expected"))
        #expect(failure([]) == "--listen is missing")
    }
}
