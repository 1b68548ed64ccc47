import TestSupport
import Testing

@testable import Topologies

/// What may be asked of a run that goes on: what a timed event may set.
@Suite struct LiveRequestTests {
    func refusal(_ key: String, _ value: String) throws -> String {
        let topology = try Topology(yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml")
        do {
            try LiveRequest(key: key, value: value).check(against: topology)
            return ""
        } catch { return "\(error)" }
    }

    @Test(arguments: [
        ("links.up.snr", "3 dB"), ("links.*.loss", "1 %"), ("links.up.burst.enter", "0.1"), ("links.up.down", "yes"),
        ("links.up.delay", "20 ms"), ("scheme.budget", "20 ms"), ("scheme.alphaMax", "0.5"),
        ("nodes.*.scheme.rate", "7"), ("nodes.*.budget", "5 ms"),
    ])
    func whatCanChangeIsTaken(_ key: String, _ value: String) throws { #expect(try refusal(key, value) == "") }

    @Test(arguments: [
        ("links.upp.snr", "3 dB", "no link is called 'upp'; nearest: 'up'"),
        ("links.up.snrr", "3 dB", "a link has no 'snrr' that can change; nearest: 'snr'"),
        ("links.up.snr", "3 ms", "'3 ms' is not a level"), ("links.up.down", "perhaps", "is not yes or no"),
        ("links.up.trace", "/etc/passwd", "a link has no 'trace' that can change"),
        ("scheme.kind", "vae", "cannot be changed live"), ("seed", "3", "cannot be changed live"),
        ("scheme.budget", "-3 ms", "'-3 ms' is not a duration above 0"),
        ("nodes.nobody.budget", "3 ms", "no transmitter is called 'nobody'"), ("", "", "cannot be changed live"),
    ])
    func whatCannotIsNamed(_ key: String, _ value: String, _ words: String) throws {
        let text = try refusal(key, value)
        #expect(text.hasPrefix(key + ": ") && text.contains(words), "\(text)")
    }
}
