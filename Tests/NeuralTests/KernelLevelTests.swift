import CKernels
import Foundation
import Testing

/// The loops of every level that this processor has, against sums in double precision.
struct KernelLevelTests {
    static let levels: [Int32] = (0..<Int32(CKERNELS_LEVELS)).filter { loops($0) != nil }

    static func loops(_ level: Int32) -> ckernels_loops? {
        var lacks: UnsafePointer<CChar>?
        return ckernels_of(level, &lacks)?.pointee
    }

    static func noise(_ count: Int, _ seed: UInt32) -> [Float] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return Float(Int32(bitPattern: state)) * 0x1p-31
        }
    }

    /// Whether numbers are within the rounding of sums over `terms` products of numbers below one.
    static func near(_ found: [Float], _ expected: [Double], terms: Int) -> Bool {
        let most = 2e-7 * Double(terms).squareRoot() * 4
        return found.count == expected.count
            && zip(found, expected).allSatisfy { abs(Double($0) - $1) <= most * max(1, abs($1)) }
    }

    @Test func portableLoopsAlwaysRun() { #expect(Self.levels.first == Int32(CKERNELS_PORTABLE)) }

    /// Rows around the blocks of every level, one panel and several,
    /// an inner dimension below and beyond a panel's depth.
    @Test(
        arguments: levels, [(1, 1, 5), (2, 2, 16), (5, 3, 40), (12, 1, 256), (13, 2, 300), (25, 5, 513), (31, 4, 64)])
    func rowProducts(_ level: Int32, _ form: (rows: Int, panels: Int, inner: Int)) throws {
        let loops = try #require(Self.loops(level))
        let (rows, inner, columns) = (form.rows, form.inner, 16 * form.panels)
        let (a, b) = (Self.noise(rows * inner, 1), Self.noise(inner * columns, 2))
        let initial = Self.noise(columns, 3)
        let depth = Int(CKERNELS_PANEL_DEPTH)
        func weight(_ k: Int, _ column: Int) -> Float {
            let from = k / depth * depth
            return b[from * columns + (column / 16 * min(depth, inner - from) + k - from) * 16 + column % 16]
        }
        var c = [Float](repeating: 7, count: rows * columns)
        loops.row_product(rows, form.panels, 1, inner, a, inner, 0, b, initial, nil, 0, nil, &c, columns)
        let expected = (0..<rows * columns).map { i in
            (0..<inner).reduce(Double(initial[i % columns])) {
                $0 + Double(a[i / columns * inner + $1]) * Double(weight($1, i % columns))
            }
        }
        #expect(Self.near(c, expected, terms: inner))
        // Onto what is there; and a row alone is what it is among others, bit for bit.
        var alone = [Float](repeating: 7, count: columns)
        loops.row_product(
            1, form.panels, 1, inner, Array(a.suffix(inner)), inner, 0, b, initial, nil, 0, nil, &alone, columns)
        #expect(alone == Array(c.suffix(columns)))
        loops.row_product(rows, form.panels, 1, inner, a, inner, 0, b, nil, nil, 0, nil, &c, columns)
        #expect(Self.near(c, expected.enumerated().map { 2 * $1 - Double(initial[$0 % columns]) }, terms: 2 * inner))
        // With a map added, and limited.
        let (addend, bounds) = (Self.noise(rows * (columns + 3), 4), [Float(-0.5), 0.75])
        loops.row_product(
            rows, form.panels, 1, inner, a, inner, 0, b, initial, addend, columns + 3, bounds, &c, columns)
        let limited = expected.enumerated().map {
            min(max($1 + Double(addend[$0 / columns * (columns + 3) + $0 % columns]), -0.5), 0.75)
        }
        #expect(Self.near(c, limited, terms: inner))
    }

    @Test(arguments: levels, [(6, 16, 5), (18, 16, 200), (12, 48, 193), (30, 80, 64)])
    func tileProducts(_ level: Int32, _ form: (rows: Int, columns: Int, inner: Int)) throws {
        let loops = try #require(Self.loops(level))
        let (rows, columns, inner) = form
        let weights = Self.noise(rows * inner, 1)
        let tile = Self.noise(columns + 3 * inner + 16, 2)
        let offsets = (0..<inner).map { Int32(3 * (inner - 1 - $0)) }
        var packed: [Float] = []
        for from in stride(from: 0, to: inner, by: Int(CKERNELS_DEPTH)) {
            for group in stride(from: 0, to: rows, by: Int(CKERNELS_ROWS)) {
                for k in from..<min(inner, from + Int(CKERNELS_DEPTH)) {
                    for row in group..<group + Int(CKERNELS_ROWS) { packed.append(weights[row * inner + k]) }
                }
            }
        }
        let leading = columns + 3
        var c = [Float](repeating: 1, count: rows * leading)
        let panel = UnsafeMutableRawPointer.allocate(byteCount: 4 * Int(CKERNELS_TILE_SCRATCH), alignment: 64)
        defer { panel.deallocate() }
        loops.tile_product(
            rows, columns, inner, packed, tile, offsets, &c, leading, panel.assumingMemoryBound(to: Float.self))
        let expected = (0..<rows * leading).map { i in
            guard i % leading < columns else { return 1.0 }
            return (0..<inner).reduce(1.0) {
                $0 + Double(weights[i / leading * inner + $1]) * Double(tile[Int(offsets[$1]) + i % leading])
            }
        }
        #expect(Self.near(c, expected, terms: inner))
    }

    /// 3×3 and 5×5 of both strides, tap by tap and by runs of taps, in pixels around a block's.
    @Test(arguments: levels, [(3, 1), (3, 2), (5, 1), (5, 2), (7, 1)])
    func depthwise(_ level: Int32, _ form: (kernel: Int, stride: Int)) throws {
        let loops = try #require(Self.loops(level))
        let (kernel, stride, channels) = (form.kernel, form.stride, 48)
        for pixels in [1, 8, 13] {
            let width = stride * (pixels - 1) + kernel
            let x = Self.noise(kernel * width * channels, 1)
            let weights = Self.noise(kernel * kernel * channels, 2)
            let bias = Self.noise(channels, 3)
            let expected = (0..<pixels * channels).map { i in
                let (pixel, c) = (i / channels, i % channels)
                var sum = Double(bias[c])
                for tap in 0..<kernel * kernel {
                    let place = tap / kernel * width + tap % kernel + pixel * stride
                    sum += Double(x[place * channels + c]) * Double(weights[tap * channels + c])
                }
                return min(max(sum, -1), 0.75)
            }
            var results: [[Float]] = []
            x.withUnsafeBufferPointer { x in
                weights.withUnsafeBufferPointer { weights in
                    let taps: [UnsafePointer<Float>?] = (0..<kernel * kernel).map {
                        x.baseAddress! + ($0 / kernel * width + $0 % kernel) * channels
                    }
                    let factors: [UnsafePointer<Float>?] = (0..<kernel * kernel).map {
                        weights.baseAddress! + $0 * channels
                    }
                    for run in [1, kernel] {
                        var y = [Float](repeating: 9, count: pixels * channels)
                        loops.depthwise(
                            pixels, channels, kernel * kernel, run, taps, channels, stride, factors, bias, -1, 0.75, &y,
                            channels)
                        results.append(y)
                    }
                }
            }
            #expect(Self.near(results[0], expected, terms: kernel * kernel))
            #expect(results[0] == results[1], "the order of a sum is that of the taps")
        }
    }

    @Test(arguments: levels) func normalisation(_ level: Int32) throws {
        let loops = try #require(Self.loops(level))
        let (rows, channels) = (29, 48)
        let gamma = Self.noise(channels * channels, 1).map(abs)
        let beta = Self.noise(channels, 2).map { abs($0) + 0.1 }
        let x = Self.noise(rows * channels, 3)
        for inverse in [Int32(0), 1] {
            var y = x
            var scratch = [Float](repeating: 0, count: 2 * Int(CKERNELS_NORM_ROWS) * channels)
            loops.normalise(rows, channels / 16, gamma, beta, inverse, &y, &scratch)
            let expected = (0..<rows * channels).map { i in
                let (row, column) = (i / channels, i % channels)
                let norm = (0..<channels).reduce(Double(beta[column])) {
                    let v = Double(x[row * channels + $1])
                    return $0 + v * v * Double(gamma[(column / 16 * channels + $1) * 16 + column % 16])
                }
                return inverse == 1 ? Double(x[i]) * norm.squareRoot() : Double(x[i]) / norm.squareRoot()
            }
            #expect(Self.near(y, expected, terms: channels))
        }
    }

    /// What only adds and subtracts is the same on every level, bit for bit.
    @Test(arguments: levels) func transforms(_ level: Int32) throws {
        let (loops, plain) = (try #require(Self.loops(level)), try #require(Self.loops(Int32(CKERNELS_PORTABLE))))
        let channels = 48
        let pixels = Self.noise(49 * channels, 1)
        let bias = Self.noise(channels, 2)
        let places = (0..<49).map { Int32(($0 * 11 % 49) * channels) }
        func all(_ loops: ckernels_loops) -> [[Float]] {
            pixels.withUnsafeBufferPointer { pixels in
                let patch: [UnsafePointer<Float>?] = (0..<49).map { pixels.baseAddress! + $0 * channels }
                var (a, b, c, d) = (
                    [Float](repeating: 0, count: 16 * channels), [Float](repeating: 0, count: 49 * channels),
                    [Float](repeating: 0, count: 4 * channels), [Float](repeating: 0, count: 16 * channels)
                )
                var line = [Float](repeating: 0, count: 6 * 3 + 2)
                loops.transform_patch(4, patch, channels, &a, channels)
                loops.transform_phases(patch, channels, &b, places)
                c.withUnsafeMutableBufferPointer { c in
                    let places = (0..<4).map { Optional(c.baseAddress! + $0 * channels) }
                    loops.results(4, pixels.baseAddress!, channels, channels, bias, [-0.5, 1], places)
                }
                loops.results_of_phases(pixels.baseAddress!, places, channels, bias, &d)
                loops.gather_columns(3, 2, [pixels.baseAddress! + 16, pixels.baseAddress! + 160], bias, &line)
                return [a, b, c, d, line]
            }
        }
        #expect(all(loops) == all(plain))
        #expect(all(loops)[0][0] == (pixels[0] - pixels[2 * channels]) - (pixels[8 * channels] - pixels[10 * channels]))
    }
}
