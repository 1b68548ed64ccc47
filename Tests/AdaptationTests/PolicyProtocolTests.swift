import Foundation
import Testing

@testable import Adaptation

/// What the controller says to an external policy against the schema that documents it.
@Suite struct PolicyProtocolTests {
    private typealias Object = [String: Any]

    private static func definition(_ name: String) throws -> (keys: Set<String>, required: Set<String>) {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
            "../../Documentation/policy-protocol.schema.json"
        ).standardizedFileURL
        let schema = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? Object)
        let definition = try #require((schema["$defs"] as? Object)?[name] as? Object)
        return (
            Set(try #require(definition["properties"] as? Object).keys),
            Set(try #require(definition["required"] as? [String]))
        )
    }

    private static func keys(_ value: some Encodable) throws -> Set<String> {
        Set(try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(value)) as? Object).keys)
    }

    private static var profile: ImageProfile {
        ImageProfile(
            cells: CellTable(
                importance: [0.9, 0.6, 0.3, 0], bits: [[100, 100, 100, 100], [300, 300, 300, 300]],
                information: [[1, 1, 1, 1], [2, 2, 2, 2]], referenceInformation: 8, overheadBits: 50,
                promptOnlyBits: 20), maskBits: { _ in 10 })
    }

    @Test func aQuestionHasTheKeysOfTheSchema() throws {
        let (keys, required) = try Self.definition("question")
        var situation = Situation(
            profile: Self.profile, snr: 3, capacity: 1e6, latencyBudget: 0.01, budgetBits: 700,
            context: PolicyContext(
                transmitter: "camera", image: 4, photo: "a.png", link: "up", time: 1, stateAge: 0.1, lowestRate: 1))
        #expect(try Self.keys(PolicyQuestion(situation, id: 1)) == required)
        situation.profile.quality = [30, 32]
        situation.context?.minimumMaskPSNR = 28
        situation.context?.layoutBytes = 64
        #expect(try Self.keys(PolicyQuestion(situation, id: 1)) == keys)
    }

    @Test func anOutcomeHasTheKeysOfTheSchema() throws {
        let (keys, required) = try Self.definition("outcome")
        var outcome = PolicyOutcome(
            transmitter: "camera", image: 4, photo: "a.png", link: "up", time: 1, verdict: "failed", budgetBits: 700)
        outcome.id = 1
        #expect(try Self.keys(outcome) == required)
        (outcome.receiver, outcome.reason) = ("desk", "1 of 2 slices")
        (outcome.alpha, outcome.rate, outcome.bits, outcome.receivedBits) = (0.5, 2, 600, 500)
        (outcome.psnr, outcome.airTime, outcome.lateness) = (21, 0.01, 0)
        #expect(try Self.keys(outcome) == keys)
        #expect(try Self.keys(PolicyOutcomeLine(outcome)) == Self.definition("outcomeLine").keys)
        #expect(
            try Self.keys(PolicyAnswer(alpha: 0.5, rate: 1, id: 1, outcomes: true)) == Self.definition("answer").keys)
    }

    /// Two cells in four stand above 0.3: a quarter is reached at 0.9, half at 0.6, three quarters at 0.3.
    @Test func importanceIsSummedUp() {
        let summary = ImportanceSummary(Self.profile)
        #expect(summary.cells == 4 && summary.quartiles == [0.9, 0.6, 0.3])
        #expect(abs(summary.mean - 0.45) < 1e-6)
    }
}
