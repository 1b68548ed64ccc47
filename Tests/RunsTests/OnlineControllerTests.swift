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

/// The controller with late, lost and wrong reports, schemes side by side, and repetitions: under the
/// virtual clock with the shipped models, on small photos.
@Suite(.serialized) struct OnlineControllerTests: OnlineRun {
    /// How often a sequence turns from rising to falling or back; standing still is neither.
    static func turns(_ values: [Double]) -> Int {
        let steps = zip(values.dropFirst(), values).map { $0 - $1 }.filter { $0 != 0 }
        return zip(steps.dropFirst(), steps).filter { $0.sign != $1.sign }.count
    }

    @Test func turnsAreCounted() {
        #expect(Self.turns([1, 2, 3, 3, 4]) == 0 && Self.turns([1, 2, 2, 1, 5]) == 2 && Self.turns([]) == 0)
    }

    @Test func lateAndLostReportsDegradeAndDoNotOscillate() throws {
        let ideal = try run(Self.fading)
        let blind = try run(Self.fading + ["controller.reportDelay=100 ms", "controller.reportLoss=30 %"])
        #expect(ideal.end.exitCode == 0 && blind.end.exitCode == 0)
        #expect(ideal.results.images.count == 40 && blind.results.images.count == 40)
        // It degrades: what counts on a capacity that is gone is cut off, and the fidelity with it.
        #expect(ideal.figures.values["expired"]! <= 4)
        #expect(blind.figures.values["expired"]! >= 12)
        #expect(blind.figures.values["gvif"]! < ideal.figures.values["gvif"]! - 0.03)
        #expect(blind.figures.values["gvif"]! > 0.5 * ideal.figures.values["gvif"]!)
        for image in blind.results.images { #expect(image.keepsBudget && (image.stateAge ?? 0) >= 0.1) }
        // It does not oscillate: what is decided on turns no more often than the channel itself, block by block.
        let believed = blind.results.decisions.map(\.capacity)
        let last = blind.results.decisions.map(\.block).max() ?? 0
        let channel = blind.results.channel.blocks.filter { $0.number <= last }.map(\.capacity)
        #expect(Self.turns(believed) <= Self.turns(channel))
        // And (α, Φ) follows the belief: more budget never promises less of the same photo.
        for photo in Set(blind.results.images.map(\.photo)) {
            let rising = blind.results.images.filter { $0.photo == photo }.sorted { $0.budgetBits < $1.budgetBits }.map
            { $0.predictedGVIF ?? 0 }
            #expect(zip(rising, rising.dropFirst()).allSatisfy { $0 <= $1 })
        }
    }

    @Test(.enabled(if: environmentSaysAll())) func aMarginForOutageTradesFidelityForMisses() throws {
        let late =
            Self.fading + [
                "controller.reportDelay=100 ms", "controller.reportLoss=30 %", "controller.prediction=gaussMarkov",
            ]
        let (bold, careful) = (try run(late), try run(late + ["controller.outage=10 %"]))
        func misses(_ result: Execution.Result) -> Int { result.results.images.filter { $0.status != .complete }.count }
        #expect(misses(careful) < misses(bold))
        #expect(misses(careful) <= 10)
        let bits = { (result: Execution.Result) in result.results.images.reduce(0) { $0 + $1.totalBits } }
        #expect(bits(careful) < bits(bold))
    }

    @Test func aTableDecidesInSteps() throws {
        let yaml =
            ExampleTopology.yaml + "\n" + """
                  policy: threshold-table
                  policyTable:
                    - {snr: -100 dB, alpha: 0.7, rate: 2}
                    - {snr: 2 dB, alpha: 0.3, rate: 5}
                """
        let small = ["links.up.model=awgn", "images.longestSide=128", "images.preencoded=yes", "scheme.budget=100 ms"]
        for (snr, alpha, rate) in [("-1 dB", 0.7, 2), ("3 dB", 0.3, 5)] {
            let result = try run(small + ["links.up.snr=\(snr)"], yaml: yaml)
            #expect(
                result.results.images.allSatisfy {
                    $0.decidedAlpha == alpha && $0.rate == rate && $0.policy == "threshold-table"
                })
        }
    }

    @Test func whatIsInfeasibleEndsAsTheSettingSays() throws {
        let tight = [
            "links.up.model=awgn", "images.longestSide=128", "images.preencoded=yes", "scheme.minimumMaskPSNR=90 dB",
        ]
        let least = try run(tight)
        #expect(
            least.results.images.allSatisfy { $0.feasible == false && $0.concession == "quality" && ($0.gvif ?? 0) > 0 }
        )
        let prompt = try run(tight + ["scheme.infeasible=prompt-only"])
        #expect(
            prompt.results.images.allSatisfy {
                $0.feasible == false && $0.concession == "prompt-only" && $0.gvif == 0 && $0.totalBits < 1500
            })
    }

    @Test(.enabled(if: environmentSaysAll())) func minimalQualityIsKeptOnEveryPhoto() throws {
        let result = try run([
            "links.up.model=awgn", "images.longestSide=128", "links.up.snr=15 dB", "scheme.minimumMaskPSNR=30 dB",
        ])
        for image in result.results.images where image.feasible == true { #expect((image.regionPSNR ?? 0) >= 29) }
        #expect(result.results.images.contains { $0.feasible == true })
    }

    static let sideBySide = """
        images: {folder: Photos, count: 3, longestSide: 128, together: yes}
        nodes:
          p: {role: transmitter, scheme: proposed}
          v: {role: transmitter, scheme: vae}
          j: {role: transmitter, scheme: jpeg2000}
          t: {role: transmitter, scheme: text-only}
          air: {role: channel}
          b: {role: receiver}
        links:
          a1: &link {from: p, through: air, to: b, model: rayleigh, bandwidth: 1 MHz, snr: 8 dB, coherence: 500 ms}
          a2: {<<: *link, from: v, fadesLike: a1}
          a3: {<<: *link, from: j, fadesLike: a1}
          a4: {<<: *link, from: t, fadesLike: a1}
        scheme: {budget: 20 ms}
        """

    @Test func schemesMeetTheSameChannel() throws {
        let result = try run([], yaml: Self.sideBySide)
        #expect(result.exitCode == 0 && result.results.images.count == 12)
        for image in 0..<3 {
            let four = result.results.images.filter { $0.image == image }
            #expect(Set(four.map(\.scheme)) == ["proposed", "vae", "jpeg2000", "text-only"])
            #expect(
                Set(four.map(\.block)).count == 1 && Set(four.map(\.budgetBits)).count == 1
                    && Set(four.map(\.snr)).count == 1)
        }
        for image in result.results.images {
            #expect(
                image.status == .complete && image.keepsBudget && image.psnr != nil && image.regionPSNR != nil
                    && image.bandwidthRatio != nil)
            switch image.scheme {
            case "jpeg2000":
                // At the budget, but for what OpenJPEG cannot place.
                #expect(
                    image.gvif == nil && image.promptBits == 0
                        && Double(image.totalBits) > 0.95 * Double(image.budgetBits) - 800)
            case "vae": #expect(image.alpha == 0 && image.receivedShare == 1 && image.promptBits == 0)
            case "text-only": #expect(image.gvif == 0 && image.featureBits == 0 && image.promptBits > 0)
            default: #expect(image.gvif! > 0)
            }
        }
    }

    @Test(.enabled(if: environmentSaysAll())) func aCodestreamWithAGapShowsWhatCameBeforeIt() throws {
        let result = try run(
            ["links.*.loss=20 %", "links.*.snr=12 dB", "images.longestSide=256"], yaml: Self.sideBySide)
        let pictures = result.results.images.filter { $0.scheme == "jpeg2000" }
        #expect(pictures.count == 3)
        for image in pictures {
            #expect(image.status != nil)
            if image.status == .partial { #expect(image.receivedShare! < 1 && image.psnr != nil) }
        }
        // Losses, too, are those of the first link.
        #expect(pictures.contains { $0.status != .complete })
    }

    @Test func repetitionsWithinTheBudgetBringBackWhatWasLost() throws {
        let lossy = [
            "links.up.model=awgn", "links.up.snr=10 dB", "links.up.loss=20 %", "images.longestSide=256",
            "images.preencoded=yes", "images.count=20",
            "scheme.budget=30 ms", "scheme.slicePayload=600", "scheme.label=top",
        ]
        let (once, again) = (try run(lossy), try run(lossy + ["scheme.retransmission=yes", "scheme.reserve=20 %"]))
        let whole = { (result: Execution.Result) in result.results.images.filter { $0.status == .complete }.count }
        #expect(once.results.images.count == 20 && again.results.images.count == 20)
        // How many photos that makes whole depends on how many slices the coder's weights make of a photo; what share
        // of the cells comes, on the losses: of a fifth that are lost, more than half come back within the reserve.
        #expect(whole(again) > whole(once))
        func missing(_ result: Execution.Result) -> Double {
            let shares = result.results.images.map { image -> Double in
                guard let asked = image.requestedShare, asked > 0 else { return 0 }  // its beginning was lost
                return (image.receivedShare ?? 0) / asked
            }
            return 1 - shares.reduce(0, +) / Double(shares.count)
        }
        #expect(missing(once) > 0.15 && missing(again) < missing(once) / 2)
        #expect(again.figures.values["gvif"]! > once.figures.values["gvif"]! + 0.01)
        #expect(
            again.results.images.contains { $0.repeatedBits > 0 }
                && once.results.images.allSatisfy { $0.repeatedBits == 0 })
        for image in again.results.images { #expect(image.keepsBudget && (image.airTime ?? 0) <= 0.03) }
    }

    /// A silence is one only when a whole datagram would have come in it.
    @Test func aSilenceIsJudgedByTheRate() throws {
        var parts = ImageAssembly(image: 1)
        var watch = LossDetector(budget: .milliseconds(30))
        let start = Instant(nanoseconds: 0)
        watch.begin(at: start)
        func take(
            _ section: DataDatagram.Section, _ index: UInt16, _ count: UInt16, _ milliseconds: Double
        ) throws -> UInt32? {
            let datagram = DataDatagram(
                image: 1, section: section, index: index, count: count, bytes: [UInt8](repeating: 0, count: 579))
            try parts.insert(datagram)
            return watch.take(datagram, parts: parts, at: start + .milliseconds(milliseconds))
        }
        let first = try take(.preamble, 0, 1, 2)
        #expect(first == nil)
        // Half a datagram took 2 ms: the next may take 4.
        #expect(watch.due! > start + .milliseconds(6))
        let second = try take(.slice, 0, 4, 4)
        #expect(second == nil)
        // Slice 1 is missing once slice 2 has come, and is asked for once.
        let third = try take(.slice, 2, 4, 8)
        #expect(third == 3)
        let fourth = try take(.slice, 1, 4, 9)
        #expect(fourth == nil)
        let due = watch.due!
        let (early, silent) = (watch.fire(now: due - .milliseconds(1)), watch.fire(now: due))
        #expect(!early && silent)
        #expect(watch.due! - due > .milliseconds(4))
    }
}
