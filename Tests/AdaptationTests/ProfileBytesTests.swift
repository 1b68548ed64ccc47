import Testing

@testable import Adaptation

@Suite struct ProfileBytesTests {
    @Test func thinnedProfileIsSmallAndHonest() throws {
        let cells = table(cells: 1024, rates: 19, seed: 1, slices: true)
        let exact = ImageProfile(cells: cells, maskBits: runBits)
        let thin = ImageProfile(cells: cells, maximumSteps: 64, maskBits: runBits)
        #expect(exact.isExact && !thin.isExact && thin.stepCount <= 64 && thin.alphas.contains(0.8))
        #expect(thin.bytes.count <= 6000)
        let parsed = try ImageProfile(bytes: thin.bytes)
        #expect(parsed.alphas == thin.alphas && parsed.selected == thin.selected && parsed.cellCount == 1024)
        for (entry, bits) in thin.bits.enumerated() {
            #expect(parsed.bits[entry] >= bits && parsed.gvif[entry] <= thin.gvif[entry])
            #expect(Double(parsed.bits[entry] - bits) <= 1 + Double(thin.bits.max()!) / 65000)
            #expect(thin.gvif[entry] - parsed.gvif[entry] < 2e-5)
        }
        // A decision on the compact table keeps the budget on the exact one, and is hardly worse.
        for budget in [8000, 30000, 120_000, 500_000] {
            let sent = exactOptimum(profile: parsed, budgetBits: budget, constraints: .init())
            let best = exactOptimum(profile: exact, budgetBits: budget, constraints: .init())
            #expect(exact.bits(alpha: sent.alpha, rate: sent.rate) <= budget)
            #expect(sent.predictedGVIF <= best.predictedGVIF && sent.predictedGVIF > 0.93 * best.predictedGVIF)
        }
    }

    @Test func weightedAndQualitySurvive() throws {
        let profile = ImageProfile(cells: table(cells: 20, rates: 3, seed: 2), withWeighted: true, maskBits: runBits)
        let parsed = try ImageProfile(bytes: profile.bytes)
        #expect(parsed.quality == profile.quality && parsed.isExact && parsed.weighted.count == profile.weighted.count)
        #expect(zip(parsed.weighted, profile.weighted).allSatisfy { abs($0 - $1) < 2e-5 })
        #expect(try ImageProfile(bytes: parsed.bytes).alphas == parsed.alphas)
    }

    @Test func hostileBytesAreRefused() {
        let good = ImageProfile(cells: table(cells: 20, rates: 3, seed: 2), maskBits: runBits).bytes
        for length in 0..<good.count {
            #expect(throws: ProfileBytesError.self) { try ImageProfile(bytes: Array(good.prefix(length))) }
        }
        #expect(throws: ProfileBytesError.self) { try ImageProfile(bytes: good + [0]) }
        var random = Lehmer(7)
        for _ in 0..<2000 {
            var bytes = good
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            guard let parsed = try? ImageProfile(bytes: bytes) else { continue }
            _ = exactOptimum(profile: parsed, budgetBits: 1500, constraints: .init())
        }
    }
}
