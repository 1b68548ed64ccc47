import Foundation
import Neural
import Testing

@testable import Inpainting
@testable import ModelFolders

/// Walks through many schedules against diffusers', with an artificial denoiser and numbered draws.
@Suite struct ScheduleTests {
    struct Case: Decodable {
        let config: [String: Configuration.Value]
        let steps: Int
        let eta: Float
        let times: [Int]
        let sample: [Float]
    }

    @Test func everyWalkEndsWhereDiffusersEnds() throws {
        let text = try Data(contentsOf: Golden.folder.appending(path: "schedules.json"))
        let cases = try JSONDecoder().decode([Case].self, from: text)
        let files = try #require(JSONSerialization.jsonObject(with: text) as? [[String: Any]])
        #expect(cases.count == 65)
        let folder = try TemporaryFolder()
        for (number, item) in cases.enumerated() {
            let path = folder.path("\(number).json")
            try JSONSerialization.data(withJSONObject: files[number]["config"]!).write(to: URL(fileURLWithPath: path))
            let schedule = try NoiseSchedule(path: path)
            let steps = try schedule.steps(item.steps, kind: schedule.kind)
            #expect(steps.map(\.time) == item.times, "case \(number)")
            var x = Synthetic.noise("schedule/start", [4, 2, 2])
            var draws = 0
            for step in steps {
                let output = Tensor(
                    shape: x.shape,
                    values: x.values.enumerated().map { Float(sin(Double(1.7 * $0.element + 0.01 * Float($0.offset)))) }
                )
                x =
                    schedule.back(output, sample: x, step: step, kind: schedule.kind, eta: item.eta) {
                        draws += 1
                        return Synthetic.noise("draw/\(draws)", [16]).values
                    }.next
            }
            #expect(
                relativeError(x, Tensor(shape: x.shape, values: item.sample)) < 2e-3, "case \(number): \(item.config)")
        }
    }

    @Test func aThinnedPlanStartsWithItsNextStepAndStillEndsClean() throws {
        let schedule = try NoiseSchedule(
            path: Golden.folder.appending(path: "model/scheduler/scheduler_config.json").path)
        let plan = try schedule.steps(31, kind: .ddim)
        for count in 1...31 {
            let thinned = DiffusionPipeline.thinned(plan, to: count)
            #expect(thinned.count == count && thinned[0].time == plan[0].time && thinned[count - 1].previous < 0)
            for (a, b) in zip(thinned, thinned.dropFirst()) { #expect(a.previous == b.time && a.time > b.time) }
        }
        #expect(throws: FillFailure.self) { try schedule.steps(0, kind: .ddim) }
        #expect(throws: FillFailure.self) { try schedule.steps(1001, kind: .ddpm) }
    }
}
