import Foundation
import Testing

@testable import FeatureMaps
@testable import Neural

/// Layers of feature maps against PyTorch (`Scripts/golden/codec`), and against themselves in pieces.
struct WinogradConvolutionTests {
    let golden: SafeTensors

    init() throws {
        golden = try SafeTensors(
            path: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appendingPathComponent("NeuralTests/Golden/layers.safetensors").path)
    }

    private func compare(
        _ a: FeatureMap, _ name: String, within most: Float = 5e-6, source: SourceLocation = #_sourceLocation
    ) throws {
        let b = try golden.tensor(name)
        #expect([a.channels, a.rows, a.columns] == b.shape, sourceLocation: source)
        let worst = zip(a.tensor.values, b.values).map { abs($0 - $1) / max(1, abs($1)) }.max()!
        #expect(worst < most, "\(name): off by \(worst)", sourceLocation: source)
    }

    @Test(arguments: [
        ("conv.c5s2", WinogradConvolution.Kind.halving), ("conv.c3s1", .level), ("conv.c3s1", .levelByFours),
        ("deconv.d5s2", .doubling),
        ("deconv.few", .doubling),
    ])
    func likePyTorch(_ name: String, _ kind: WinogradConvolution.Kind) throws {
        let layer = try WinogradConvolution(
            kind, weight: golden.tensor("\(name).weight"), bias: golden.tensor("\(name).bias").values)
        let x = try FeatureMap(golden.tensor("\(name).x"))
        try compare(layer(x), "\(name).y", within: kind == .levelByFours ? 2e-5 : 5e-6)
        let rectified = try WinogradConvolution(
            kind, weight: golden.tensor("\(name).weight"), bias: golden.tensor("\(name).bias").values, activation: .relu
        )
        #expect(rectified(x).tensor == layer(x).tensor.relu())
    }

    @Test func picturesLayers() throws {
        let first = try PictureConvolution(
            weight: golden.tensor("conv.rgb5s2.weight"), bias: golden.tensor("conv.rgb5s2.bias").values)
        try compare(first(FeatureMap(golden.tensor("conv.rgb5s2.x"), dense: true)), "conv.rgb5s2.y")
        let last = try PictureSynthesis(
            weight: golden.tensor("deconv.few.weight"), bias: golden.tensor("deconv.few.bias").values)
        try compare(last(FeatureMap(golden.tensor("deconv.few.x"))), "deconv.few.y")
    }

    private static func noise(_ shape: [Int], _ seed: UInt32) -> Tensor {
        var state = seed
        return Tensor(
            shape: shape,
            values: (0..<shape.reduce(1, *)).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return Float(Int32(bitPattern: state)) * 0x1p-31
            })
    }

    /// The tiles asked for are those of the whole, bit for bit, even where all else is not a number.
    @Test(arguments: [WinogradConvolution.Kind.halving, .level, .doubling])
    func tilesDoNotDependOnOthers(_ kind: WinogradConvolution.Kind) {
        let kernel = kind == .level ? 3 : 5
        let layer = WinogradConvolution(
            kind, weight: Self.noise([20, 20, kernel, kernel], 1), bias: Self.noise([20], 2).values)
        let x = Self.noise([20, 21, 34], 3)
        let whole = layer(FeatureMap(x))
        let (side, stride, margin) = kind == .doubling ? (4, 2, 1) : kind == .level ? (2, 2, 1) : (2, 4, 2)
        let grid = (rows: layer.tileExtent(21), columns: layer.tileExtent(34))
        var chosen = [Bool](repeating: false, count: grid.rows * grid.columns)
        let (row, column) = (grid.rows / 2, grid.columns / 3)
        chosen[row * grid.columns + column] = true
        var hollow = x
        for channel in 0..<20 {
            for y in 0..<21 {
                for c in 0..<34
                where !((stride * row - margin)...(stride * row + stride + margin)).contains(y)
                    || !((stride * column - margin)...(stride * column + stride + margin)).contains(c)
                { hollow.values[(channel * 21 + y) * 34 + c] = .nan }
            }
        }
        let part = layer(FeatureMap(hollow), tiles: Region(height: grid.rows, width: grid.columns, values: chosen))
        let (a, b) = (whole.pixelMajor, part.pixelMajor)
        for y in side * row..<side * row + side {
            let line = (y * whole.columns + side * column) * 20..<(y * whole.columns + side * column + side) * 20
            #expect(a[line] == b[line])
        }
    }

    /// Bands of a few rows give what the layers one after the other do.
    @Test func bandsChangeNothing() {
        let size = (rows: 8 * 40, columns: 8 * 26)
        let picture = FeatureMap(Self.noise([3, size.rows, size.columns], 4), dense: true)
        let first = PictureConvolution(
            weight: Self.noise([64, 3, 5, 5], 5), bias: Self.noise([64], 6).values, activation: .relu)
        let second = WinogradConvolution(
            .halving, weight: Self.noise([24, 64, 5, 5], 7), bias: Self.noise([24], 8).values)
        #expect(
            PictureAnalysis(first: first, second: second, bandFloats: 1 << 16)(picture).tensor
                == second(first(picture)).tensor)
        let latent = FeatureMap(Self.noise([24, 40, 28], 9))
        let third = WinogradConvolution(
            .doubling, weight: Self.noise([24, 64, 5, 5], 10), bias: Self.noise([64], 11).values)
        let last = PictureSynthesis(weight: Self.noise([64, 3, 5, 5], 12), bias: [1, 2, 3])
        let whole = last(third(latent))
        let banded = PictureReconstruction(third: third, last: last, bandFloats: 1 << 16)
        #expect(banded(latent).tensor == whole.tensor)
        var cells = [Bool](repeating: false, count: 10 * 7)
        for cell in [0, 23, 24, 31, 45, 69] { cells[cell] = true }
        let part = banded(latent, cells: Region(height: 10, width: 7, values: cells)).pixelMajor
        let all = whole.pixelMajor
        for y in 0..<160 {
            for x in 0..<112 where cells[y / 16 * 7 + x / 16] {
                for c in 0..<3 { #expect(part[3 * (y * 112 + x) + c] == all[3 * (y * 112 + x) + c]) }
            }
        }
    }

    /// Outputs beyond a group of 128, by few tiles (threads share the outputs) and by many;
    /// extents that tiles reach beyond.
    @Test(arguments: [WinogradConvolution.Kind.level, .levelByFours], [(7, 7), (5, 3), (61, 58)])
    func manyOutputs(_ kind: WinogradConvolution.Kind, size: (rows: Int, columns: Int)) {
        let (weight, bias) = (Self.noise([290, 20, 3, 3], 1), Self.noise([290], 2).values)
        let x = Self.noise([20, size.rows, size.columns], 3)
        let expected = Convolution(weight: weight, bias: bias, padding: 1, activation: .relu)(x)
        for threads in [1, 2, 3] {
            setComputeThreads(threads)
            let found = WinogradConvolution(kind, weight: weight, bias: bias, activation: .relu)(FeatureMap(x)).tensor
            #expect(found.shape == expected.shape)
            // The matrices of F(4,3) have numbers up to eight, and so have their roundings.
            let most: Float = kind == .level ? 3e-5 : 1.5e-4
            #expect(zip(found.values, expected.values).allSatisfy { abs($0 - $1) < most })
        }
        setComputeThreads(2)
    }

    /// Planes in one band and in several, of few weights (F(4,3)) and of more (F(2,3));
    /// what is no such layer is refused.
    @Test(arguments: [(24, 40, 5, 9), (40, 24, 33, 21), (130, 100, 18, 30)])
    func planes(inputs: Int, outputs: Int, height: Int, width: Int) throws {
        let (weight, bias) = (Self.noise([outputs, inputs, 3, 3], 1), Self.noise([outputs], 2).values)
        let x = Self.noise([inputs, height, width], 3)
        let expected = Convolution(weight: weight, bias: bias, padding: 1, activation: .relu)(x)
        let whole = Convolution(weight: weight, bias: bias, padding: 1, activation: .relu, filtered: true)(x)
        #expect(whole.shape == expected.shape)
        #expect(zip(whole.values, expected.values).allSatisfy { abs($0 - $1) < 2e-4 })
        let banded = try #require(
            PlaneFilter(weight: weight, bias: bias, stride: 1, padding: 1, activation: .relu, bandFloats: 1 << 12))
        #expect(banded(x) == whole)
        #expect(PlaneFilter(weight: weight, bias: bias, stride: 2, padding: 1, activation: .none).map { _ in } == nil)
        #expect(PlaneFilter(weight: weight, bias: bias, stride: 1, padding: 0, activation: .none).map { _ in } == nil)
    }

    @Test func threadsChangeNothing() {
        let layer = WinogradConvolution(
            .doubling, weight: Self.noise([18, 18, 5, 5], 13), bias: Self.noise([18], 14).values)
        let x = FeatureMap(Self.noise([18, 17, 15], 15))
        setComputeThreads(1)
        let alone = layer(x).tensor
        setComputeThreads(2)
        #expect(layer(x).tensor == alone)
    }
}
