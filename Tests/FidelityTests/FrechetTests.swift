import Fidelity
import Neural
import Testing

@Suite struct FrechetTests {
    func rows(_ name: String) throws -> [[Float]] {
        let tensor = try SafeTensors(path: golden("values.safetensors")).tensor(name)
        return (0..<tensor.shape[0]).map { Array(tensor.values[$0 * tensor.shape[1]..<($0 + 1) * tensor.shape[1]]) }
    }

    @Test(arguments: ["Third", "Second"])
    func equalsSciPy(name: String) throws {
        let expected = try referenceValues()["frechet"]!["first" + name]!
        let found = try frechetDistance(FeatureStatistics(rows("first")), FeatureStatistics(rows(name.lowercased())))
        #expect(abs(found - expected) < 1e-3 * expected)
    }

    @Test func aSetHasNoDistanceFromItself() throws {
        let statistics = try FeatureStatistics(rows("first"))
        #expect(try abs(frechetDistance(statistics, statistics)) < 1e-9)
    }

    @Test func tooFewPicturesAreSaid() throws {
        #expect(throws: FidelityFailure.tooFewSamples(count: 1)) { try FeatureStatistics([[1, 2]]) }
        #expect(try FeatureStatistics(rows("second")).warning(of: "B")?.contains("at least 25 are needed") == true)
        #expect(try FeatureStatistics(rows("first")).warning(of: "A") == nil)
        #expect(throws: FidelityFailure.differentFeatures(24, 2)) {
            try frechetDistance(FeatureStatistics(rows("first")), FeatureStatistics([[1, 2], [3, 4]]))
        }
    }

    @Test func eigenvaluesOfAKnownMatrix() {
        let matrix = SymmetricMatrix(order: 2, values: [2, 1, 1, 2])
        let found = matrix.eigenDecomposition()!
        #expect(zip(found.values, [1, 3]).allSatisfy { abs($0 - $1) < 1e-12 })
        let root = matrix.squareRoot()!
        let square = root.congruence(of: SymmetricMatrix(order: 2, values: [1, 0, 0, 1]))
        #expect(zip(square.values, matrix.values).allSatisfy { abs($0 - $1) < 1e-12 })
    }
}
