import ArgumentParser
import Channels
import Determinism
import Nodes
import Processes
import Testing
import Topologies

@testable import CommandLineTools

/// What programs may change of a relay that relays.
@Suite struct LiveRelayTests {
    private let changes: Postbox<RelayChange>

    init() throws { changes = try Postbox(room: 2) }

    private func relay(_ words: [String] = []) throws -> LiveRelay {
        let udp = ["--listen", "127.0.0.1:0", "--forward", "127.0.0.1:9", "--loss", "1%"]
        return try LiveRelay(try RelayArguments.parse(udp + words), changes: changes)
    }

    private func refusal(_ relay: LiveRelay, _ key: String, _ value: String) -> String {
        do { return try relay.change(LiveRequest(key: key, value: value)) ? "" : "full" } catch { return "\(error)" }
    }

    @Test func anOptionChangesBothWaysOrOne() throws {
        let relay = try relay(["--back", "delay=5ms"])
        #expect(refusal(relay, "snr", "0 dB") == "")
        let both = changes.take()
        #expect(both.map(\.way) == [0, 1] && both.allSatisfy { $0.link.meanSNR == 1 && $0.link.loss == 0.01 })
        #expect(refusal(relay, "back.loss", "20 %") == "")
        let back = changes.take()
        #expect(back.map(\.way) == [1] && back[0].link.loss == 0.2 && back[0].link.meanSNR == 1)
        #expect(back[0].link.propagation.seconds == 0.005)
        #expect(
            refusal(relay, "back.burst.enter", "20 %") == "" && refusal(relay, "burst.leave", "half").contains("half"))
        #expect(changes.take().map { $0.link.bursts?.enter } == [0.2])
        #expect(relay.settings["there"]?["loss"] == "1%" && relay.settings["back"]?["loss"] == "20 %")
    }

    @Test func whatCannotChangeIsNamed() throws {
        let relay = try relay()
        #expect(refusal(relay, "snrr", "0 dB") == "snrr: cannot be changed while it relays; nearest: 'snr'")
        #expect(refusal(relay, "there.trace", "/etc/passwd") == "there.trace: cannot be changed while it relays")
        #expect(refusal(relay, "snr", "0 ms").hasPrefix("snr: '0 ms' is not a level"))
        #expect(refusal(relay, "sideways.snr", "0 dB").contains("with there. or back. before it"))
        #expect(refusal(relay, "shape", "x") == "shape: shape is 'x', expected a number")
        #expect(refusal(relay, "model", "rayleigh").hasPrefix("model: "), "a fading model needs a coherence time")
        let oneWay = try self.relay(["--no-answers"])
        #expect(refusal(oneWay, "back.snr", "0 dB").contains("with there. before it"))
        let constant = try self.relay(["--rate", "10Mbit/s"])
        #expect(refusal(constant, "snr", "0 dB") == "snr: has no effect beside the bit rate 10Mbit/s; change rate")
        #expect(changes.take().isEmpty)
    }

    @Test func whatFindsNoRoomChangesNothing() throws {
        let relay = try relay(["--no-answers"])
        for value in ["1 dB", "2 dB"] { #expect(refusal(relay, "snr", value) == "") }
        #expect(refusal(relay, "snr", "3 dB") == "full")
        #expect(relay.settings["there"]?["snr"] == "2 dB")
    }
}
