import Imaging
import Neural

/// The learned perceptual image patch similarity (Zhang et al., 2018), version 0.1: the distance of two pictures in the
/// features of AlexNet or VGG-16, channels weighted by learned linear heads. 0 means equal; larger is worse.
///
/// The network comes in torchvision's names (`features.0.weight`, …), the heads in those of the `lpips` package
/// (`lin0.model.1.weight`, …); which network it is shows in the first kernel (11 × 11 or 3 × 3).
public struct LearnedSimilarity: Sendable {
    public enum Network: String, Sendable { case alexNet = "AlexNet", vgg16 = "VGG-16" }

    public let network: Network
    /// Five stages, each a pooling (or none) before its convolutions; features are taken at each stage's end.
    let stages: [(pool: (size: Int, stride: Int)?, convolutions: [Convolution])]
    /// The weight of each channel of each stage.
    let heads: [[Float]]

    /// - Parameters:
    ///   - weights: the network.
    ///   - heads: its five linear heads; may be the same file.
    /// - Throws: `SafeTensors.Failure` or ``FidelityFailure/unsupportedNetwork(path:reason:)``.
    public init(weights: SafeTensors, heads headFile: SafeTensors) throws {
        guard let first = weights.shape(of: "features.0.weight") else {
            throw SafeTensors.Failure.missing(path: weights.path, name: "features.0.weight")
        }
        let plan: [(pool: (size: Int, stride: Int)?, layers: [Int])]
        switch first.last {
        case 11:
            network = .alexNet
            plan = [(nil, [0]), ((3, 2), [3]), ((3, 2), [6]), (nil, [8]), (nil, [10])]
        case 3:
            network = .vgg16
            plan = [
                (nil, [0, 2]), ((2, 2), [5, 7]), ((2, 2), [10, 12, 14]), ((2, 2), [17, 19, 21]),
                ((2, 2), [24, 26, 28]),
            ]
        default:
            throw FidelityFailure.unsupportedNetwork(
                path: weights.path,
                reason: "a first kernel of shape \(first) is neither AlexNet's (11 × 11) nor VGG-16's (3 × 3)")
        }
        var width = 3
        var stages: [(pool: (size: Int, stride: Int)?, convolutions: [Convolution])] = []
        var heads: [[Float]] = []
        for (index, stage) in plan.enumerated() {
            let convolutions = try stage.layers.map { number in
                let kernel = weights.shape(of: "features.\(number).weight")?.last ?? 3
                let layer = try weights.convolution(
                    "features.\(number)", inputs: width, stride: kernel == 11 ? 4 : 1,
                    padding: kernel == 11 ? 2 : kernel / 2,
                    activation: .relu)
                width = layer.shape[0]
                return layer
            }
            stages.append((stage.pool, convolutions))
            heads.append(try headFile.tensor("lin\(index).model.1.weight", shape: [1, width, 1, 1]).values)
        }
        self.stages = stages
        self.heads = heads
    }

    /// The least extent whose last features still have a row.
    public static let smallestSide = 32

    /// The distance of two pictures of one size, at least ``smallestSide`` pixels on each side.
    public func callAsFunction(_ original: Image, _ received: Image) -> Double {
        precondition(
            original.width == received.width && original.height == received.height, "pictures of different sizes")
        precondition(min(original.width, original.height) >= Self.smallestSide, "a picture too small for the network")
        var (a, b) = (Self.scaled(original), Self.scaled(received))
        var sum = 0.0
        for (stage, head) in zip(stages, heads) {
            for layer in stage.convolutions.indices {
                if layer == 0, let pool = stage.pool {
                    a = a.maxPooled(size: pool.size, stride: pool.stride)
                    b = b.maxPooled(size: pool.size, stride: pool.stride)
                }
                a = stage.convolutions[layer](a)
                b = stage.convolutions[layer](b)
            }
            sum += Self.distance(a, b, head)
        }
        return sum
    }

    /// Σ_c w_c (â_c − b̂_c)², mean over positions, with each position's features scaled to unit length.
    static func distance(_ a: Tensor, _ b: Tensor, _ head: [Float]) -> Double {
        let positions = a.shape[1] * a.shape[2]
        func lengths(_ x: Tensor) -> [Float] {
            var squares = [Float](repeating: 0, count: positions)
            for c in 0..<x.shape[0] {
                for i in 0..<positions { squares[i] += x.values[c * positions + i] * x.values[c * positions + i] }
            }
            return squares.map { $0.squareRoot() + 1e-10 }
        }
        let (lengthA, lengthB) = (lengths(a), lengths(b))
        var sum = 0.0
        for c in head.indices {
            var channel: Float = 0
            for i in 0..<positions {
                let difference = a.values[c * positions + i] / lengthA[i] - b.values[c * positions + i] / lengthB[i]
                channel += difference * difference
            }
            sum += Double(head[c]) * Double(channel)
        }
        return sum / Double(positions)
    }

    /// Samples in [−1, 1], shifted and scaled to what the networks were trained on.
    static func scaled(_ image: Image) -> Tensor {
        let shift: [Float] = [-0.030, -0.088, -0.188]
        let scale: [Float] = [0.458, 0.448, 0.450]
        return Tensor(image) { sample, c in (sample / 127.5 - 1 - shift[c]) / scale[c] }
    }
}
