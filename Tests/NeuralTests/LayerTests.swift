import FeatureMaps
import Foundation
import Testing

@testable import Neural

/// Every layer against PyTorch (`Scripts/golden/codec`).
struct LayerTests {
    let golden: SafeTensors

    init() throws {
        golden = try SafeTensors(
            path: Bundle.module.path(forResource: "layers", ofType: "safetensors", inDirectory: "Golden")!)
    }

    func compare(_ a: Tensor, _ name: String, tolerance: Float = 2e-5, source: SourceLocation = #_sourceLocation) throws
    {
        let b = try golden.tensor(name)
        #expect(a.shape == b.shape, "\(name)", sourceLocation: source)
        let worst = zip(a.values, b.values).map { abs($0 - $1) / max(1, abs($1)) }.max()!
        #expect(worst < tolerance, "\(name): off by \(worst)", sourceLocation: source)
    }

    @Test(arguments: ["rgb5s2", "c5s2", "c3s1", "c1s1", "c1s2", "c7s2", "c3s2", "c3s3"])
    func convolution(_ name: String) throws {
        let geometry = try golden.tensor("conv.\(name).geometry").values.map(Int.init)
        let layer = try Convolution(
            weight: golden.tensor("conv.\(name).weight"), bias: golden.tensor("conv.\(name).bias").values,
            stride: geometry[0], padding: geometry[1])
        let x = try golden.tensor("conv.\(name).x")
        try compare(layer(x), "conv.\(name).y")
        #expect(layer.activated(.relu)(x) == layer(x).relu())
    }

    @Test(arguments: [false, true])
    func divisiveNormalisation(inverse: Bool) throws {
        let name = inverse ? "igdn" : "gdn"
        let layer = DivisiveNormalisation(try .init(golden, prefix: name, channels: 12), inverse: inverse)
        let x = try golden.tensor("\(name).x")
        try compare(layer(FeatureMap(x)).tensor, "\(name).y")
    }

    @Test func batchNormFolds() throws {
        let layer = try Convolution(
            weight: golden.tensor("conv.c5s2.weight"), bias: golden.tensor("conv.c5s2.bias").values, stride: 2,
            padding: 2)
        let folded = try layer.folding(BatchNorm(golden, prefix: "norm", channels: 24))
        try compare(folded(golden.tensor("conv.c5s2.x")), "norm.y", tolerance: 1e-4)
    }

    @Test func linearAndPooling() throws {
        let linear = try Linear(weight: golden.tensor("linear.weight"), bias: golden.tensor("linear.bias").values)
        try compare(linear(golden.tensor("linear.x")), "linear.y")
        try compare(
            golden.tensor("linear.x").product(golden.tensor("linear.weight"), transposed: true)
                + Tensor(shape: [4, 6]), "linear.y", tolerance: 2)
        let x = try golden.tensor("pool.x")
        try compare(x.maxPooled(size: 3, stride: 2, padding: 1), "pool.max")
        try compare(x.averagePooled(size: 2, stride: 2), "pool.mean")
    }

    @Test func threadsChangeNothing() throws {
        let layer = try Convolution(weight: golden.tensor("conv.c3s1.weight"), padding: 1)
        let x = try golden.tensor("conv.c3s1.x")
        let pieces = blocks(height: 5, width: 140, area: 768, threads: 2)
        #expect(pieces.reduce(0) { $0 + $1.rows * $1.columns } == 5 * 140)
        #expect(layer(x) == layer(x))
    }

    @Test func productsInPieces() {
        var random = SystemRandomNumberGenerator()
        let a = Tensor(shape: [70, 90], values: (0..<6300).map { _ in Float(Int8.random(in: -9...9, using: &random)) })
        let b = Tensor(
            shape: [90, 300], values: (0..<27000).map { _ in Float(Int8.random(in: -9...9, using: &random)) })
        let c = a.product(b)
        for (i, j) in [(0, 0), (69, 299), (33, 128)] {
            #expect(c.values[i * 300 + j] == (0..<90).reduce(0) { $0 + a.values[i * 90 + $1] * b.values[$1 * 300 + j] })
        }
    }
}
