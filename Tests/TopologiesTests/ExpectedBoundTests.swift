import Declarations
import Foundation
import TestSupport
import Testing

@testable import Topologies

/// `expect:` of a topology: which figures it takes, and how they may be bounded.
@Suite struct ExpectedBoundTests {
    private func read(_ expect: String) throws -> [ExpectedBound] {
        try Topology(
            yaml: ExampleTopology.yaml + "\nexpect: \(expect)\n", path: ExampleTopology.folder + "/test.yaml"
        ).expectations
    }

    @Test(arguments: [
        ("{gvif: '>= 0.5'}", 0.5), ("{gvif: '>= 50 %'}", 0.5), ("{deliveredShare: '== 1'}", 1), ("{crashes: 0}", 0),
        ("{delivered: 4}", 4), ("{psnr: '>= 30 dB'}", 30), ("{psnr: '>= 30'}", 30), ("{latency: '<= 30 ms'}", 0.03),
        ("{lateness: '<= 0'}", 0), ("{complete: '> 2'}", 2), ("{delivered: all}", 1), ("{gvif: '== 0.05'}", 0.05),
    ])
    func boundsAreRead(_ expect: String, _ bound: Double) throws {
        #expect(try read(expect).map(\.bound) == [bound])
    }

    @Test(arguments: [
        ("{gvif: 0.05}", "equality", "'>= 0.05'"), ("{psnr: 30 dB}", "equality", "'>= 30 dB'"),
        ("{latency: 20 ms}", "equality", "'== 20 ms'"), ("{gvif: '>= 5'}", "from 0 to 1", "'>= 0.5'"),
        ("{gvif: '>= 30 dB'}", "from 0 to 1", "'>= 0.5'"), ("{psnr: '>= 30 ms'}", "in dB", "'>= 30 dB'"),
        ("{latency: '<= 30'}", "a duration", "'<= 30 ms'"), ("{latency: '<= 30 dB'}", "a duration", "'<= 30 ms'"),
        ("{crashes: '<= 2 %'}", "a number of nodes", "'<= 2'"), ("{failed: '<= 2 dB'}", "a number of images", "'<= 2'"),
        ("{lost: '>= -1'}", "a number of datagrams", "'<= 2'"), ("{delivered: al}", "a number of images", "'all'"),
        ("{gvif: [1]}", "from 0 to 1", "'>= 0.5'"), ("{gviff: '>= 1'}", "unknown figure", "nearest: 'gvif'"),
    ])
    func mistakesAreNamed(_ expect: String, _ reason: String, _ example: String) {
        let error = #expect(throws: TopologyError.self) { try read(expect) }
        let text = error?.problems.map(\.description).joined(separator: "; ") ?? ""
        #expect(
            error?.problems.count == 1 && text.contains("expect.") && text.contains(reason) && text.contains(example),
            "\(text)")
    }

    @Test func schemaAndReferenceListTheFigures() throws {
        let schema = try #require(
            try JSONSerialization.jsonObject(with: Data(Topology.schema().utf8)) as? [String: Any])
        let expect = try #require((schema["properties"] as? [String: Any])?["expect"] as? [String: Any])
        let figures = try #require(expect["properties"] as? [String: Any])
        #expect(figures.keys.sorted() == ExpectedBound.figures.sorted())
        #expect(expect["additionalProperties"] as? Bool == false)
        for figure in ExpectedBound.figures { #expect(Topology.reference().contains("| `\(figure)` |")) }
        func takes(_ figure: String, _ text: String) -> Bool {
            let forms = ((figures[figure] as? [String: Any])?["anyOf"] as? [[String: Any]]) ?? []
            return forms.contains { form in
                (form["pattern"] as? String).map { text.range(of: $0, options: .regularExpression) != nil } ?? false
            }
        }
        #expect(takes("gvif", ">= 0.5") && takes("gvif", ">= 50 %") && !takes("gvif", "0.5"))
        #expect(takes("latency", "<= 30 ms") && !takes("latency", "<= 30"))
        #expect(takes("psnr", ">= 30 dB") && takes("crashes", "== 0") && !takes("crashes", "<= 2 %"))
    }
}
