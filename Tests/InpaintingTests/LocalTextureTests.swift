import Foundation
import Imaging
import Neural
import Testing

@testable import Inpainting

@Suite struct LocalTextureTests {
    /// Left half noise of deviation 0.5, right half flat, an edge between them.
    private static let (rows, columns) = (24, 48)
    private static let latent: Tensor = {
        let noise = Synthetic.noise("texture", [4, rows, columns])
        var values = noise.values
        for i in values.indices { values[i] = i % columns < columns / 2 ? 0.5 * values[i] : 2 }
        return Tensor(shape: noise.shape, values: values)
    }()

    private func known(_ isKnown: (_ row: Int, _ column: Int) -> Bool) -> Mask {
        Mask(
            width: Self.columns, height: Self.rows,
            values: (0..<Self.rows * Self.columns).map { isKnown($0 / Self.columns, $0 % Self.columns) })
    }

    @Test func itIsTheSpreadOfNoiseAndNothingOnFlatGround() throws {
        let level = try #require(LocalTexture.level(Self.latent, known: known { _, _ in true }))
        let noisy = level.enumerated().filter { $0.offset % Self.columns < 16 }.map(\.element)
        // A lower quartile of means of eight squares lies below the mean.
        #expect(noisy.allSatisfy { $0 > 0.25 && $0 < 0.6 })
        // Three cells from the edge on; the edge itself, a thin line, does not count.
        #expect(level.enumerated().filter { $0.offset % Self.columns >= 24 }.allSatisfy { $0.element < 1e-3 })
    }

    @Test func unknownCellsLieBetweenWhatIsAroundThem() throws {
        let level = try #require(
            LocalTexture.level(Self.latent, known: known { row, column in column < 14 || column >= 34 }))
        let middle = (0..<Self.columns).map { level[12 * Self.columns + $0] }
        #expect(zip(middle[14..<33], middle[15..<34]).allSatisfy { $0 >= $1 })
        #expect(middle[14] > 0.1 && middle[33] < 1e-3)
    }

    @Test func withoutNeighboursThereIsNoTexture() {
        #expect(LocalTexture.level(Self.latent, known: known { _, _ in false }) == nil)
        #expect(LocalTexture.level(Self.latent, known: known { row, column in row % 2 == 0 && column % 2 == 0 }) == nil)
    }

    @Test func timesHaveTheNoiseAskedFor() throws {
        let schedule = try NoiseSchedule(
            path: Golden.folder.appending(path: "model/scheduler/scheduler_config.json").path)
        func ratio(_ time: Int) -> Double { ((1 - schedule.products[time]) / schedule.products[time]).squareRoot() }
        for level: Float in [0.1, 0.5, 2] {
            let time = schedule.time(ofNoise: level)
            #expect(ratio(time) <= Double(level) && ratio(time + 1) > Double(level))
        }
        #expect(schedule.time(ofNoise: 0) == -1 && schedule.time(ofNoise: 1e9) == schedule.count - 1)
    }
}
