import Testing

@testable import FeatureMaps
@testable import Neural

/// Layers of feature maps that go by the definition, against those of channel planes, which follow PyTorch.
struct PixelConvolutionTests {
    private static func noise(_ shape: [Int], _ seed: UInt32) -> Tensor {
        var state = seed
        return Tensor(
            shape: shape,
            values: (0..<shape.reduce(1, *)).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return Float(Int32(bitPattern: state)) * 0x1p-31
            })
    }

    private func distance(_ a: Tensor, _ b: Tensor) -> Float {
        a.shape == b.shape ? zip(a.values, b.values).map { abs($0 - $1) }.max()! : .infinity
    }

    /// Channels beyond one panel, beyond one group of panels, and not a whole number of either;
    /// extents odd and below a piece.
    @Test(arguments: [(20, 36), (300, 290)], [(1, 1), (1, 2), (3, 2), (5, 3)])
    func likePlanes(channels: (inputs: Int, outputs: Int), form: (kernel: Int, stride: Int)) {
        let weight = Self.noise([channels.outputs, channels.inputs, form.kernel, form.kernel], 1)
        let bias = Self.noise([channels.outputs], 2).values
        let x = Self.noise([channels.inputs, 9, 23], 3)
        let expected = Convolution(weight: weight, bias: bias, stride: form.stride, padding: form.kernel / 2)(x)
        let found = PixelConvolution(weight: weight, bias: bias, stride: form.stride)(FeatureMap(x)).tensor
        #expect(distance(found, expected) < 2e-5 * Float(channels.inputs * form.kernel * form.kernel).squareRoot())
    }

    @Test func addsBeforeItsActivation() {
        let (weight, bias, x, other) = (
            Self.noise([40, 24, 1, 1], 1), Self.noise([40], 2).values, Self.noise([24, 7, 31], 3),
            Self.noise([40, 7, 31], 4)
        )
        let plain = Convolution(weight: weight, bias: bias)(x)
        let expected = Tensor(shape: plain.shape, values: zip(plain.values, other.values).map { max(0, $0 + $1) })
        let layer = PixelConvolution(weight: weight, bias: bias, activation: .relu)
        #expect(distance(layer(FeatureMap(x), adding: FeatureMap(other)).tensor, expected) < 1e-4)
        #expect(distance(FeatureMap(plain).rectifiedSum(FeatureMap(other)).tensor, expected) < 1e-4)
    }

    @Test(arguments: [1, 3, 5, 7, 9], [(17, 150), (2, 3)])
    func picturesOfAnyKernel(kernel: Int, size: (rows: Int, columns: Int)) {
        let (weight, bias, x) = (
            Self.noise([18, 3, kernel, kernel], 1), Self.noise([18], 2).values,
            Self.noise([3, size.rows, size.columns], 3)
        )
        let expected = Convolution(weight: weight, bias: bias, stride: 2, padding: kernel / 2)(x)
        #expect(
            distance(PictureConvolution(weight: weight, bias: bias)(FeatureMap(x, dense: true)).tensor, expected) < 1e-4
        )
    }

    @Test(arguments: [(1, 1), (8, 9), (15, 4)])
    func poolsLikePlanes(size: (rows: Int, columns: Int)) {
        let x = Self.noise([19, size.rows, size.columns], 5)
        #expect(FeatureMap(x).maxPooled().tensor == x.maxPooled(size: 3, stride: 2, padding: 1))
    }
}
