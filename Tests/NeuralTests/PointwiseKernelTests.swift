import CKernels
import Foundation
import Testing

/// Functions of single numbers, softmax's sums and moments on every level, against the C library's in double precision.
struct PointwiseKernelTests {
    typealias Levels = KernelLevelTests

    static let functions: [(Int32, @Sendable (Double) -> Double)] = [
        (Int32(CKERNELS_IDENTITY), { $0 }),
        (Int32(CKERNELS_SILU), { $0 / (1 + exp(-$0)) }),
        (Int32(CKERNELS_GELU), { $0 / 2 * erfc(-$0 / 2.0.squareRoot()) }),
        (Int32(CKERNELS_QUICK_GELU), { $0 / (1 + exp(-1.702 * $0)) }),
        (
            Int32(CKERNELS_TANH_GELU),
            { $0 / 2 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }
        ),
        (Int32(CKERNELS_RELU), { max($0, 0) }),
    ]

    @Test(arguments: Levels.levels) func activations(_ level: Int32) throws {
        let loops = try #require(Levels.loops(level))
        for count in [1, 15, 16, 4001] {
            let x = (0..<count).map { Float($0) / Float(max(1, count - 1)) * 40 - 20 }
            for (function, exact) in Self.functions {
                var y = [Float](repeating: 9, count: count + 1)
                loops.activate(function, count, 0.75, -0.5, x, &y)
                #expect(y.last == 9, "written beyond the end")
                let worst = zip(x, y).map { abs(Double($1) - exact(0.75 * Double($0) - 0.5)) }.max()!
                #expect(worst < 2e-6, "function \(function), \(count) numbers: off by \(worst)")
            }
        }
    }

    /// What is not a number stays none, on every level; infinities saturate.
    @Test(arguments: Levels.levels) func notNumbers(_ level: Int32) throws {
        let loops = try #require(Levels.loops(level))
        let x = [Float.nan] + [Float](repeating: 1, count: 20)
        for (function, _) in Self.functions where function != CKERNELS_RELU {
            var y = [Float](repeating: 0, count: x.count)
            loops.activate(function, x.count, 1, 0, x, &y)
            #expect(y[0].isNaN && y[1...].allSatisfy(\.isFinite), "function \(function)")
        }
        var line: [Float] = [-.infinity] + [Float](repeating: 0, count: 19) + [-1000]
        #expect(abs(loops.exponentials(line.count, 1, &line) - 19) < 1e-5)
        #expect(line[0] < 1e-30 && line[20] < 1e-30 && line[1] == 1)
    }

    @Test(arguments: Levels.levels, [1, 7, 16, 77, 4096]) func softmaxSums(_ level: Int32, _ count: Int) throws {
        let loops = try #require(Levels.loops(level))
        let x = Levels.noise(count, 4).map { 30 * $0 }
        var y = x
        let sum = loops.exponentials(count, 0.5, &y)
        // Of the argument as rounded: of a difference of 60 half a unit in the last place is 2e-6.
        let largest = x.max()!
        let expected = x.map { exp(Double(($0 - largest) * 0.5)) }
        #expect(zip(y, expected).allSatisfy { abs(Double($0) - $1) < 1e-6 * $1 + 1e-37 })
        #expect(abs(Double(sum) - expected.reduce(0, +)) < 2e-6 * expected.reduce(0, +))
    }

    @Test(arguments: Levels.levels, [1, 63, 64, 5000, 70_000]) func moments(_ level: Int32, _ count: Int) throws {
        let loops = try #require(Levels.loops(level))
        let x = Levels.noise(count, 5).map { $0 + 3 }
        var (mean, variance) = (Float(0), Float(0))
        loops.moments(count, x, &mean, &variance)
        let exact = x.reduce(0.0) { $0 + Double($1) } / Double(count)
        let spread = x.reduce(0.0) { $0 + (Double($1) - exact) * (Double($1) - exact) } / Double(count)
        #expect(abs(Double(mean) - exact) < 2e-6 && abs(Double(variance) - spread) < 2e-6)
    }

    @Test(arguments: Levels.levels) func clamps(_ level: Int32) throws {
        let loops = try #require(Levels.loops(level))
        var x = Levels.noise(3 * 40, 6)
        let before = x
        loops.clamp(3, 32, -0.25, 0.5, &x, 40)
        for i in x.indices { #expect(x[i] == (i % 40 < 32 ? min(max(before[i], -0.25), 0.5) : before[i])) }
    }
}
