import Foundation
import Imaging
import Neural
import Testing

@testable import Semantics

@Suite struct LabelChoiceTests {
    /// Twelve classes over three channels, each channel bright in one of three cells.
    private func examination(weights: [[Float]], logits: [Float]) -> ClassifierOutput {
        let features = Tensor(shape: [3, 1, 3], values: [1, 0, 0, 0, 1, 0, 0, 0, 1])
        let head = Linear(
            weight: Tensor(shape: [weights.count, 3], values: weights.flatMap(\.self)),
            bias: .init(repeating: 0, count: weights.count))
        let names = ClassNames((0..<weights.count).map { "class \($0)" })
        return ClassifierOutput(features: features, logits: logits, head: head, names: names)
    }

    @Test func wordsOfTheUser() {
        #expect(LabelChoice([]) == .usual)
        #expect(LabelChoice(["top"]) == .top && LabelChoice(["expected"]) == .expected)
        #expect(LabelChoice(["cat"]) == .named(["cat"]) && LabelChoice(["top", "cat"]) == .named(["top", "cat"]))
    }

    /// The sum that is documented, class by class.
    @Test func theTenLikeliestByProbabilityLessTheMean() {
        func weight(_ k: Int, _ c: Int) -> Float { Float((7 * k + 5 * c * c + k * c) % 11) / 4 - 1 }
        let weights: [[Float]] = (0..<12).map { k in (0..<3).map { c in weight(k, c) } }
        let logits: [Float] = (0..<12).map { k in Float((k * 5) % 12) / 3 }
        let found = examination(weights: weights, logits: logits)
        let ten = found.best(10)
        var sum: Float = 0
        for label in ten { sum += label.probability }
        let maps: [Plane] = (0..<12).map { found.activationMap(class: $0) }
        let map = found.expectedMap()
        for cell in 0..<3 {
            var expected: Float = 0
            for label in ten { expected += label.probability / sum * maps[label.index].values[cell] }
            for map in maps { expected -= map.values[cell] / 12 }
            #expect(abs(map.values[cell] - expected) < 1e-5)
        }
    }

    /// Three kinds of dog against one chair that is a little likelier than each: the map lies on the dog.
    @Test func whatContendersAgreeOnCountsMost() throws {
        var weights = [[Float]](repeating: [0, 0, 0], count: 12)
        var logits = [Float](repeating: -9, count: 12)
        for dog in 0..<3 { (weights[dog], logits[dog]) = ([0, 0, 1], 2) }
        (weights[5], logits[5]) = ([1, 0, 0], 2.1)
        let found = examination(weights: weights, logits: logits)
        func row(_ choice: LabelChoice) throws -> [Float] {
            try found.importance(label: choice, rows: 1, columns: 3, imageWidth: 48, imageHeight: 16, cell: 16).plane
                .values
        }
        #expect(try row(.top) == [1, 0, 0])
        let expected = try row(.expected)
        #expect(expected[2] == 1 && expected[0] < 0.5 && expected[1] == 0)
        // By name it stays the likeliest class.
        #expect(try found.labels(.expected).map(\.index) == [5])
        #expect(try found.caption(for: .expected) == "a photo of a class 5")
    }

    /// Where one class has all the probability the two maps prefer the same cells.
    @Test func aSureClassifierLeavesNothingToWeigh() {
        var weights = (0..<12).map { _ in [Float](repeating: 0, count: 3) }
        weights[3] = [0.2, 1, 0.5]
        var logits = [Float](repeating: -40, count: 12)
        logits[3] = 40
        let found = examination(weights: weights, logits: logits)
        let (top, expected) = (found.activationMap(class: 3).normalised(), found.expectedMap().normalised())
        #expect(zip(top.values, expected.values).allSatisfy { abs($0 - $1) < 1e-6 })
    }
}
