import FeatureMaps
import Foundation
import Neural
import Testing

@testable import HyperpriorCodec

/// Hidden channels that nothing hears are left out, and nothing else changes.
@Suite struct DeadChannelTests {
    private let n = 10

    /// Arbitrary numbers in −1…1.
    private func numbers(_ count: Int, _ seed: Double) -> [Float] {
        (0..<count).map { Float(sin(Double($0 * $0 % 997) * 1.7 + seed)) }
    }

    /// A transform in which the next kernel reads only channels 0…3 and 6 of every hidden layer; 6's norm needs 8's
    /// energy, and 8's norm 9's.
    private func transform(_ direction: TransformParameters.Direction) -> TransformParameters {
        let channels = direction == .analysis ? [3, n, n, n, 7] : [7, n, n, n, 3]
        let unread = [4, 5, 7, 8, 9]
        let kernels = (0..<4).map { layer in
            let (inputs, outputs) = (channels[layer], channels[layer + 1])
            var values = numbers(inputs * outputs * 25, Double(layer)).map { 0.2 * $0 }
            for input in unread where layer > 0 {
                for output in 0..<outputs {
                    let start = (direction == .analysis ? output * inputs + input : input * outputs + output) * 25
                    for i in 0..<25 { values[start + i] = 0 }
                }
            }
            return Tensor(
                shape: direction == .analysis ? [outputs, inputs, 5, 5] : [inputs, outputs, 5, 5], values: values)
        }
        var gamma = [Float](repeating: 0, count: n * n)
        for i in 0..<n { gamma[i * n + i] = 0.3 }
        gamma[6 * n + 8] = 0.5
        gamma[8 * n + 9] = 0.7
        gamma[9 * n + 0] = 0.2
        let norm = DivisiveNormalisation.Parameters(
            beta: numbers(n, 9).map { 1.5 + $0 }, gamma: Tensor(shape: [n, n], values: gamma))
        return TransformParameters(
            direction, kernels: kernels, biases: (0..<4).map { numbers(channels[$0 + 1], Double(10 + $0)) },
            normalisations: [norm, norm, norm])
    }

    /// Channel 8 is kept for 6, and 9 for the sake of 8 although no kernel ever reads either.
    private func expectHeard(_ slim: TransformParameters) {
        #expect(slim.biases.dropLast().map(\.count) == [7, 7, 7])
        #expect(slim.normalisations.map { $0.gamma.values.filter { $0 == 0.5 || $0 == 0.7 }.count } == [2, 2, 2])
    }

    @Test func analysisIsTheSame() {
        let whole = transform(.analysis)
        let slim = whole.withoutDeadChannels()
        expectHeard(slim)
        let x = FeatureMap(Tensor(shape: [3, 32, 48], values: numbers(3 * 32 * 48, 20)), dense: true)
        let (full, less) = (AnalysisTransform(whole)(x).tensor, AnalysisTransform(slim)(x).tensor)
        #expect(full.shape == [7, 2, 3] && less.shape == full.shape)
        #expect(zip(full.values, less.values).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test func synthesisIsTheSame() {
        let whole = transform(.synthesis)
        let slim = whole.withoutDeadChannels()
        expectHeard(slim)
        let y = FeatureMap(Tensor(shape: [7, 2, 3], values: numbers(42, 21)))
        let (full, less) = (SynthesisTransform(whole)(y).tensor, SynthesisTransform(slim)(y).tensor)
        #expect(full.shape == [3, 32, 48] && less.shape == full.shape)
        let largest = full.values.map(abs).max()!
        #expect(largest > 1 && zip(full.values, less.values).allSatisfy { abs($0 - $1) < 1e-5 * largest })
    }

    @Test func aTransformThatReadsNothingKeepsAChannel() {
        var parameters = transform(.analysis)
        parameters = TransformParameters(
            .analysis, kernels: parameters.kernels.map { Tensor(shape: $0.shape) }, biases: parameters.biases,
            normalisations: parameters.normalisations)
        let slim = parameters.withoutDeadChannels()
        #expect(slim.biases.map(\.count) == [1, 1, 1, 7])
        let x = FeatureMap(Tensor(shape: [3, 32, 32], values: numbers(3 * 32 * 32, 22)), dense: true)
        #expect(AnalysisTransform(slim)(x).tensor == AnalysisTransform(parameters)(x).tensor)
    }
}
