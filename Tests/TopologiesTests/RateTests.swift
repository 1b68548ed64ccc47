import Channels
import Declarations
import Determinism
import Foundation
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
        #expect(try law("{mcs: nr-cqi-1}") == RateLaw(.schemes(.cqi1, target: 0.1)))
        #expect(
            try law("{mcs: nr-table-1, harq: {attempts: 3, delay: 5 ms}}")
                == RateLaw(.schemes(.nr1, target: 0.1), harq: HARQ(attempts: 3, delay: .milliseconds(5))))
        #expect(
            try law("{finiteBlocklength: {error: 0.1}, harq: {}}")
                == RateLaw(.finiteBlocklength(error: 0.1), harq: .usual))
        for rate in [
            "{mcs: nr-cqi-2, harq: {delay: 1 ms}}", "shannon", "{finiteBlocklength: {}}",
            "{mcs: nr-table-1, symbols: 900}",
        ] {
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
        ("{mcs: nowhere.csv}", "links.up.rate.mcs", "no table and no file"),
        ("{mcs: nr-table-1, harq: {attempts: 1}}", "links.up.rate.harq.attempts", "from 2 to 16"),
        ("{mcs: nr-table-1, harq: {delay: 8}}", "links.up.rate.harq.delay", "duration"),
        ("{harq: {}}", "links.up.rate.finiteBlocklength", "expected one of"),
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

    @Test func aTableLiesInTheTopologysFolder() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/wifi.csv"
        try "order,code_rate,snr_db\n1,0.5,1\n2,0.75,6.5\n4,0.75,\n".write(
            toFile: path, atomically: true, encoding: .utf8)
        func read(_ rate: String) throws -> Topology {
            try Topology(
                yaml: ExampleTopology.yaml, path: folder.path + "/t.yaml",
                overrides: ["images.folder=\(ExampleTopology.folder)/Photos", "links.up.rate=\(rate)"])
        }
        let topology = try read("{mcs: wifi.csv}")
        let law = topology.links[0].channel.rate
        #expect(law.file == path && law.words.contains("wifi.csv (3 rows)"))
        #expect(law.efficiency(Decibels.linear(0.9)) == 0 && law.efficiency(Decibels.linear(1.1)) == 0.5)
        #expect(law.efficiency(Decibels.linear(6.6)) == 1.5 && law.efficiency(Decibels.linear(30)) == 3)
        // The resolved copy is read anywhere; a node's host gets the file and a path of its own.
        #expect(
            try Topology(yaml: topology.resolvedYAML, path: "/elsewhere/resolved.yaml").links[0].channel.rate == law)
        let (text, paths) = topology.text(forHostOf: topology.nodes[0]) { "files" + $0 }
        #expect(paths.contains(path) && text.contains("mcs: files\(path)"))
        try "order,code_rate\n2,1.5\n".write(toFile: path, atomically: true, encoding: .utf8)
        do {
            _ = try read("{mcs: wifi.csv}")
            Issue.record("a rate above 1 was accepted")
        } catch {
            let problem = (error as? TopologyError)?.problems.first
            #expect(problem?.key == "links.up.rate.mcs")
            #expect(
                problem?.message
                    == "table “\(path)”, line 2: column 2, code_rate, is “1.5”, expected above 0, at most 1")
        }
    }
}
