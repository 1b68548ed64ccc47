import Determinism
import Foundation
import Records
import Results
import TestSupport
import Testing
import Wire

@testable import Roles
@testable import Runs
@testable import Topologies

/// Programs that decide: under the virtual clock with the shipped models, on small photos.
@Suite(.serialized) struct ExternalPolicyTests: OnlineRun {
    @Test func anExternalPolicyDecidesLikeTheBuiltInOne() throws {
        let small = [
            "links.up.model=awgn", "images.longestSide=128", "images.preencoded=yes", "images.count=3",
            "scheme.infeasible=prompt-only", "scheme.tolerance=0",
        ]
        let ours = try run(small)
        let theirs = try run(
            small + [
                "scheme.policy=external", "scheme.policyCommand=[../Scripts/tools/example-policy]",
                "scheme.policyTimeLimit=20 s",
            ])
        #expect(theirs.results.images.map(\.gvif) == ours.results.images.map(\.gvif))
        #expect(theirs.results.images.allSatisfy { $0.policy == "external" })
    }

    @Test func aPolicyThatFailsIsNamedAndReplacedAsAsked() throws {
        let small = [
            "links.up.model=awgn", "images.longestSide=128", "images.preencoded=yes", "images.count=2",
            "scheme.policy=external",
            "scheme.policyCommand=[sh, -c, 'read q; echo out of ideas >&2; exit 1']",
        ]
        let ended = try run(small)
        #expect(
            ended.end.exitCode == 1 && ended.end.reason.contains("out of ideas")
                && ended.end.reason.contains("ended instead of answering"))
        let replaced = try run(small + ["scheme.policyFallback=optimal"])
        #expect(replaced.end.exitCode == 0 && replaced.results.images.count == 2)
        #expect(replaced.results.images.allSatisfy { $0.policy == "optimal" && $0.status == .complete })
        #expect(
            replaced.results.events.filter { $0.what == "policy failed" && $0.detail.contains("out of ideas") }.count
                == 2)
    }

    /// A program that writes down every line it hears, and asks for outcomes where told to.
    private func heard(
        _ asks: Bool, _ changes: [String] = [], yaml: String = ExampleTopology.yaml
    ) throws -> (lines: [[String: Any]], Execution.Result) {
        let file = NSTemporaryDirectory() + "heard-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let script = """
            import json, sys
            log = open(sys.argv[1], "w")
            for line in sys.stdin:
                log.write(line)
                q = json.loads(line)
                if "alphas" in q:
                    a = {"alpha": 0.3, "rate": 4, "id": q["id"]}
                    print(json.dumps(dict(a, outcomes=True) if \(asks ? "True" : "False") else a), flush=True)
            """
        let command = try String(
            decoding: JSONSerialization.data(
                withJSONObject: ["python3", "-c", script, file], options: .withoutEscapingSlashes), as: UTF8.self)
        let result = try run(
            Self.fading + [
                "images.count=6", "scheme.policy=external", "scheme.policyCommand=\(command)",
                "scheme.policyTimeLimit=20 s",
            ] + changes, yaml: yaml)
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
        }
        return (lines, result)
    }

    @Test func whatBecameOfAnImageComesBackToThoseWhoAsk() throws {
        let (lines, result) = try heard(true)
        #expect(result.end.exitCode == 0)
        let outcomes = lines.compactMap { $0["outcome"] as? [String: Any] }
        #expect(outcomes.count == 6 && lines.count == 12)
        for told in outcomes {
            let number = try #require(told["image"] as? Int)
            let image = try #require(result.results.images.first { $0.image == number })
            let question = try #require(lines.first { $0["image"] as? Int == number })
            #expect(told["id"] as? Int == question["id"] as? Int && question["photo"] as? String == image.photo)
            #expect(question["caption"] as? String == image.prompt && question["link"] as? String == "up")
            let gvif = try #require(told["gvif"] as? Double)
            #expect(abs(gvif - (image.gvif ?? 0)) < 1e-12 && told["bits"] as? Int == image.totalBits)
            #expect((told["verdict"] as? String == "complete") == (image.status == .complete))
            #expect(told["psnr"] == nil)
            if let airTime = told["airTime"] as? Double {
                let lateness = try #require(told["lateness"] as? Double)
                #expect(abs(lateness - (airTime - 0.01)) < 1e-12)
            }
        }
    }

    @Test func thoseWhoDoNotAskHearQuestionsAlone() throws {
        let (lines, result) = try heard(false)
        #expect(result.end.exitCode == 0 && lines.count == 6 && lines.allSatisfy { $0["outcome"] == nil })
    }

    @Test func theTopologyAllowsThePSNR() throws {
        let (lines, result) = try heard(
            true, ["images.preencoded=no", "images.count=2", "scheme.policyPSNR=yes", "links.up.snr=20 dB"])
        let told = lines.compactMap { $0["outcome"] as? [String: Any] }
        #expect(told.count == 2)
        for outcome in told {
            let image = result.results.images.first { $0.image == outcome["image"] as? Int }
            let psnr = try #require(outcome["psnr"] as? Double)
            #expect(try abs(psnr - #require(image?.psnr)) < 1e-9)
        }
    }
    /// Of two transmitters that one program decides for, it is told the PSNR of the one whose scheme says so.
    @Test func thePSNRIsATransmittersOwn() throws {
        let yaml = """
            images: {folder: Photos}
            nodes:
              told: {role: transmitter, scheme: {policyPSNR: yes}}
              untold: {role: transmitter}
              air: {role: channel}
              desk: {role: receiver}
            links:
              up: {from: told, through: air, to: desk, bandwidth: 1 MHz, snr: 20 dB}
              down: {from: untold, through: air, to: desk, bandwidth: 1 MHz, snr: 20 dB}
            """
        let (lines, result) = try heard(
            true, ["images.preencoded=no", "images.count=2", "links.up.snr=20 dB"], yaml: yaml)
        #expect(result.end.exitCode == 0 && result.results.images.count == 4)
        let told = lines.compactMap { $0["outcome"] as? [String: Any] }
        #expect(told.count == 4)
        for outcome in told {
            let transmitter = try #require(outcome["transmitter"] as? String)
            let image = try #require(
                result.results.images.first {
                    $0.transmitter == transmitter && $0.image == outcome["image"] as? Int
                })
            // Both have one in the record; the program hears the one.
            let psnr = try #require(image.psnr)
            guard transmitter == "told" else {
                #expect(outcome["psnr"] == nil)
                continue
            }
            #expect(try abs(#require(outcome["psnr"] as? Double) - psnr) < 1e-9)
        }
    }
}
