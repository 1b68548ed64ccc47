import CKernels
import Neural

/// What a transform made for processors refines its maps with:
///
/// ```
/// x ─┬─► k×k taps a channel ─► (C → E) ─► GELU ─► (E → C) ─► + ─► y
///    └───────────────────────────────────────────────────────┘
/// ```
/// Run by run of pixels, so that the wide map in the middle never leaves the nearest caches. No result depends on what
/// its taps do not reach, nor on which runs are computed together.
public struct DepthwiseResidualBlock: Sendable {
    public let channels: Int
    private let spatial: DepthwiseConvolution
    private let widen: PanelProduct
    private let narrow: PanelProduct

    /// How many pixels beyond its own a pixel's result depends on.
    public var reach: Int { spatial.kernel / 2 }

    /// - Parameters:
    ///   - spatial: (channels, 1, k, k) and a bias for each.
    ///   - widen: (hidden, channels) and a bias for each.
    ///   - narrow: (channels, hidden) and a bias for each.
    public init(
        spatial: (weight: Tensor, bias: [Float]), widen: (weight: Tensor, bias: [Float]),
        narrow: (weight: Tensor, bias: [Float])
    ) {
        channels = spatial.bias.count
        self.spatial = DepthwiseConvolution(weight: spatial.weight, bias: spatial.bias)
        self.widen = PanelProduct(weight: widen.weight, bias: widen.bias)
        self.narrow = PanelProduct(weight: narrow.weight, bias: narrow.bias)
        precondition(
            self.widen.inputs == channels && self.narrow.outputs == channels
                && self.widen.outputs == self.narrow.inputs,
            "a block's layers do not follow each other")
    }

    /// - Parameter pixels: which results are needed; the others hold anything. nil: all.
    public func callAsFunction(_ x: FeatureMap, pixels: Region? = nil) -> FeatureMap {
        precondition(x.channels == channels, "a block of \(channels) channels applied to \(x.channels)")
        let runs = PixelRun.covering(rows: x.rows, columns: x.columns, pixels: pixels)
        return FeatureMap(rows: x.rows, columns: x.columns, channels: channels) { values in
            let y = MapWindow(values: values, firstRow: 0, rows: x.rows, columns: x.columns, pitch: x.pitch)
            compute(runs, firstRow: 0, from: x.window, to: y)
        }
    }

    /// Some rows of results of a map of `rows` rows, of which `x` holds those from `firstRow` on.
    func results(_ wanted: Range<Int>, of x: FeatureMap, firstRow: Int, rows: Int) -> FeatureMap {
        precondition(x.channels == channels, "a block of \(channels) channels applied to \(x.channels)")
        let runs = PixelRun.covering(rows: wanted.count, columns: x.columns, pixels: nil)
        func window(_ values: UnsafeMutablePointer<Float>, from first: Int) -> MapWindow {
            MapWindow(values: values, firstRow: first, rows: rows, columns: x.columns, pitch: x.pitch)
        }
        return FeatureMap(rows: wanted.count, columns: x.columns, channels: channels) { values in
            compute(
                runs, firstRow: wanted.lowerBound, from: window(x.window.values, from: firstRow),
                to: window(values, from: wanted.lowerBound))
        }
    }

    /// Runs of pixels, their rows counted from `firstRow` on; each writes pixels of its own.
    private func compute(_ runs: [PixelRun], firstRow: Int, from x: MapWindow, to y: MapWindow) {
        let hidden = FeatureMap.padded(widen.outputs)
        let memory = (0..<ComputeThreads.count).map { _ in Scratch(count: PanelProduct.run * (x.pitch + hidden)) }
        parallelFor(runs.count) { worker, index in
            let run = PixelRun(
                row: firstRow + runs[index].row, column: runs[index].column, count: runs[index].count)
            let filtered = memory[worker].floats
            let wide = filtered + PanelProduct.run * x.pitch
            spatial.compute(run, from: x, to: filtered)
            widen(run.count, from: filtered, step: x.pitch, to: wide)
            ckernels_activate(Int32(CKERNELS_GELU), run.count * hidden, 1, 0, wide, wide)
            narrow(
                run.count, from: wide, step: hidden, adding: x.pixel(run.row, run.column),
                to: y.pixel(run.row, run.column))
        }
    }
}
