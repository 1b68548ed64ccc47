extension WinogradConvolution {
    /// G g Gᵀ of every pair of channels, rounded once, in the panels of its point;
    /// `group` columns make a product of their own.
    package static func transformed(
        _ weight: Tensor, kind: Kind, inputs: Int, outputs: Int, points: [Point], places: [(point: Int, slot: Int)],
        count: Int, group: Int
    ) -> [Float] {
        let (kernel, extent) = extents(kind)
        let matrix = matrix(kind)
        let (pitchIn, pitchOut) = (FeatureMap.padded(inputs), FeatureMap.padded(outputs))
        // Where each of the values belongs: its point's weights, and the first row and column of its slot there.
        let targets = places.map { place in
            let point = points[place.point]
            return (
                weights: point.weights, inner: point.slotsIn * pitchIn, columns: point.slotsOut * pitchOut,
                k: kind == .doubling ? 0 : place.slot * pitchIn, column: kind == .doubling ? place.slot * pitchOut : 0
            )
        }
        var result = [Float](repeating: 0, count: count)
        result.withUnsafeMutableBufferPointer { result in
            nonisolated(unsafe) let result = result.baseAddress!  // every output has columns of its own
            parallelFor(outputs) { _, output in
                matrix.withUnsafeBufferPointer { matrix in
                    targets.withUnsafeBufferPointer { targets in
                        withUnsafeTemporaryAllocation(of: Double.self, capacity: extent * kernel) { half in
                            for input in 0..<inputs {
                                let first =
                                    (kind == .doubling ? input * outputs + output : output * inputs + input) * kernel
                                    * kernel
                                weight.values.withUnsafeBufferPointer { taps in
                                    for i in 0..<extent {
                                        for x in 0..<kernel {
                                            var sum = 0.0
                                            for y in 0..<kernel {
                                                sum += matrix[i * kernel + y] * Double(taps[first + y * kernel + x])
                                            }
                                            half[i * kernel + x] = sum
                                        }
                                    }
                                }
                                for i in 0..<extent {
                                    for j in 0..<extent {
                                        var sum = 0.0
                                        for x in 0..<kernel { sum += matrix[j * kernel + x] * half[i * kernel + x] }
                                        let target = targets[i * extent + j]
                                        let column = target.column + output
                                        let first = column / group * group
                                        let index = PanelWeights.index(
                                            target.k + input, column - first, inner: target.inner,
                                            columns: min(group, target.columns - first))
                                        result[target.weights + target.inner * first + index] = Float(sum)
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
        return result
    }

    /// Taps along a side of the kernel, and values along a side of what is multiplied.
    package static func extents(_ kind: Kind) -> (kernel: Int, transformed: Int) {
        switch kind {
        case .level: (3, 4)
        case .levelByFours: (3, 6)
        case .halving, .doubling: (5, 7)
        }
    }

    /// G, shape (extent, kernel): the phases' choice of taps and Winograd's matrix for three of them in one.
    private static func matrix(_ kind: Kind) -> [Double] {
        if kind == .levelByFours {
            return [6, 0, 0, -4, -4, -4, -4, 4, -4, 1, 2, 4, 1, -2, 4, 0, 0, 24].map { $0 / 24 }
        }
        let (kernel, extent) = extents(kind)
        let phases: [[Int?]] =
            switch kind {
            case .level, .levelByFours: [[0, 1, 2]]
            case .halving: [[0, 2, 4], [nil, 1, 3]]
            case .doubling: [[4, 2, 0], [nil, 3, 1]]
            }
        let g: [[Double]] = [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]]
        var matrix = [Double](repeating: 0, count: extent * kernel)
        for i in 0..<extent {
            for (a, tap) in phases[i < 4 ? 0 : 1].enumerated() {
                if let tap { matrix[i * kernel + tap] = g[i < 4 ? i : i - 3][a] }
            }
        }
        return matrix
    }
}
