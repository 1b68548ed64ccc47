import Channels
import Declarations
import TestSupport
import Testing

@testable import Topologies

/// `rate:` of a link, as it is written.
@Suite struct RateTests {
    func read(_ rate: String, _ more: [String] = []) throws -> Topology {
        try Topology(
            yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml",
            overrides: ["links.up.rate=\(rate)"] + more)
    }

    func law(_ rate: String) throws -> RateLaw { try read(rate).links[0].channel.rate }

    @Test func lawsAreReadAndWrittenAgain() throws {
        #expect(try law("shannon") == .shannon)
        #expect(try law("{finiteBlocklength: {error: 1e-3}}") == RateLaw(.finiteBlocklength(error: 1e-3)))
        #expect(
            try law("{finiteBlocklength: {error: 0.01}, symbols: 500}")
                == RateLaw(.finiteBlocklength(error: 0.01), symbols: 500))
        #expect(
            try law("{mcs: nr-table-2, target: 0.05, gap: 1 dB}")
                == RateLaw(.schemes(.nr2, target: 0.05), gap: Decibels.linear(1)))
        #expect(try law("{mcs: nr-table-1}") == RateLaw(.schemes(.nr1, target: 0.1), gap: Decibels.linear(2)))
        for rate in ["shannon", "{finiteBlocklength: {}}", "{mcs: nr-table-1, symbols: 900}"] {
            let first = try read(rate)
            let second = try Topology(yaml: first.resolvedYAML, path: "/elsewhere/resolved.yaml")
            #expect(second.links[0].channel.rate == first.links[0].channel.rate)
        }
        #expect(try read("shannon", ["links.up.rate.mcs=nr-table-1"]).links[0].channel.rate != .shannon)
    }

    @Test(arguments: [
        ("shanon", "links.up.rate", "nearest: 'shannon'"),
        ("{mcs: nr-table-3}", "links.up.rate.mcs", "nearest: 'nr-table"),
        ("{mcs: nr-table-1, finiteBlocklength: {error: 0.1}}", "links.up.rate.mcs", "expected one of"),
        ("{symbols: 500}", "links.up.rate.finiteBlocklength", "expected one of"),
        ("{finiteBlocklength: {error: 0.9}}", "links.up.rate.finiteBlocklength.error", "to 0.49"),
        ("{finiteBlocklength: {eror: 0.1}}", "links.up.rate.finiteBlocklength.eror", "nearest: 'error'"),
        ("{finiteBlocklength: {error: 0.1}, target: 0.1}", "links.up.rate.target", "belongs to mcs"),
        ("{mcs: nr-table-1, symbols: 5}", "links.up.rate.symbols", "from 100"),
    ])
    func namesTheMistake(_ rate: String, _ key: String, _ words: String) {
        do {
            _ = try read(rate)
            Issue.record("\(rate) was accepted")
        } catch {
            let problems = (error as? TopologyError)?.problems ?? []
            #expect(problems.contains { $0.key == key && $0.message.contains(words) }, "\(problems.map(\.description))")
        }
    }
}
