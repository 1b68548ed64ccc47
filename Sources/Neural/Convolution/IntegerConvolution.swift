import COpenBLAS

/// A convolution or transposed convolution (kernel k, padding ⌊k/2⌋, output twice the input where transposed) on
/// integers, with the same result on every machine.
///
/// Weights, activations and sums are whole numbers held in doubles. As long as no sum of magnitudes reaches 2⁵³,
/// every partial sum is exact in whatever order and with whatever instructions a BLAS adds them. Weights are scaled
/// by the largest power of two that keeps this bound for activations up to ``greatest``; results are rounded back to
/// `outputFraction` fractional bits, limited to `greatest`, and multiplied by `negativeSlope` (rounded again) below
/// zero: 0 is a ReLU, 1 none, what lies between a leaky one.
public struct IntegerConvolution: Sendable {
    public enum Direction: Sendable { case convolution, transposed }

    /// Activations lie in −greatest…greatest.
    public static let greatest: Double = 0x1p26 - 1

    public let inputs: Int
    public let outputs: Int
    public let kernel: Int
    public let direction: Direction
    public let negativeSlope: Double
    let weightFraction: Int
    let inputFraction: Int
    let outputFraction: Int
    /// Convolution: (outputs × inputs·kernel²); transposed: (outputs·kernel² × inputs).
    let weights: [Double]
    let bias: [Double]

    /// - Parameter weight: (outputs, inputs, k, k), or (inputs, outputs, k, k) where transposed.
    public init(
        weight: Tensor, bias: [Float], direction: Direction, negativeSlope: Double, inputFraction: Int,
        outputFraction: Int
    ) {
        precondition(
            weight.shape.count == 4 && weight.shape[2] == weight.shape[3], "an integer convolution has a square kernel")
        let transposed = direction == .transposed
        let (outputs, inputs, kernel) = (
            weight.shape[transposed ? 1 : 0], weight.shape[transposed ? 0 : 1], weight.shape[2]
        )
        let taps = kernel * kernel
        (self.outputs, self.inputs, self.kernel) = (outputs, inputs, kernel)
        (self.direction, self.negativeSlope) = (direction, negativeSlope)
        (self.inputFraction, self.outputFraction) = (inputFraction, outputFraction)
        let greatestWeight = weight.values.reduce(Float.leastNormalMagnitude) { max($0, $1.isFinite ? abs($1) : 0) }
        // The greatest sum of weights' magnitudes that one output can meet, rounding included.
        var magnitudes = [Double](repeating: Double(inputs * taps) * Double(greatestWeight) * 0x1p-12, count: outputs)
        for (index, value) in weight.values.enumerated() where value.isFinite {
            magnitudes[transposed ? index / taps % outputs : index / (inputs * taps)] += Double(abs(value))
        }
        // Sums below 2⁵² leave a bit for the bias; 24 bits for the greatest weight are more than its own precision.
        let fraction = min(52 - 26 - 1 - Int(magnitudes.max()!.exponent), 23 - Int(greatestWeight.exponent))
        let unit = Double(sign: .plus, exponent: fraction, significand: 1)
        func whole(_ x: Float) -> Double { x.isFinite ? (Double(x) * unit).rounded(.toNearestOrEven) : 0 }
        weightFraction = fraction
        let biasUnit = Double(sign: .plus, exponent: fraction + inputFraction, significand: 1)
        self.bias = bias.map {
            max(-0x1p51, min(0x1p51, $0.isFinite ? (Double($0) * biasUnit).rounded(.toNearestOrEven) : 0))
        }
        if transposed {
            var stacked = [Double](repeating: 0, count: weight.count)
            for input in 0..<inputs {
                for output in 0..<outputs {
                    for tap in 0..<taps {
                        stacked[(output * taps + tap) * inputs + input] = whole(
                            weight.values[(input * outputs + output) * taps + tap])
                    }
                }
            }
            weights = stacked
        } else {
            weights = weight.values.map(whole)
        }
    }

    /// - Parameter x: inputs × height × width whole numbers of magnitude up to ``greatest``.
    /// - Returns: outputs × height' × width', height' being height or, transposed, 2·height.
    public func callAsFunction(_ x: [Double], height: Int, width: Int) -> [Double] {
        precondition(
            x.count == inputs * height * width,
            "an integer convolution of \(inputs) channels applied to \(x.count) values")
        return direction == .transposed ? transposed(x, height, width) : convolved(x, height, width)
    }

    private func convolved(_ x: [Double], _ height: Int, _ width: Int) -> [Double] {
        let plane = height * width
        let depth = inputs * kernel * kernel
        let reach = kernel / 2
        // A band of rows whose patches stay within the caches, and alike for all threads.
        let share = (height + 2 * ComputeThreads.count - 1) / (2 * ComputeThreads.count)
        let band = max(1, min(share, (1 << 19) / (depth * width)))
        var result = [Double](repeating: 0, count: outputs * plane)
        result.withUnsafeMutableBufferPointer { result in
            nonisolated(unsafe) let result = result.baseAddress!
            x.withUnsafeBufferPointer { x in
                nonisolated(unsafe) let x = x.baseAddress!
                parallelFor((height + band - 1) / band) { _, piece in
                    let top = piece * band
                    let rows = min(band, height - top)
                    let columns = rows * width
                    let patches = UnsafeMutablePointer<Double>.allocate(capacity: depth * columns)
                    let sums = UnsafeMutablePointer<Double>.allocate(capacity: outputs * columns)
                    defer {
                        patches.deallocate()
                        sums.deallocate()
                    }
                    var line = patches
                    for channel in 0..<inputs {
                        for ky in 0..<kernel {
                            for kx in 0..<kernel {
                                let first = max(0, reach - kx)
                                let last = max(first, min(width, width + reach - kx))
                                for row in 0..<rows {
                                    let y = top + row + ky - reach
                                    if y < 0 || y >= height {
                                        line.update(repeating: 0, count: width)
                                    } else {
                                        let from = x + channel * plane + y * width + kx - reach
                                        for column in 0..<min(first, width) { line[column] = 0 }
                                        for column in first..<last { line[column] = from[column] }
                                        for column in last..<width { line[column] = 0 }
                                    }
                                    line += width
                                }
                            }
                        }
                    }
                    exactProduct(rows: outputs, columns: columns, inner: depth, weights, patches, sums)
                    for channel in 0..<outputs {
                        finish(
                            sums + channel * columns, count: columns, channel: channel,
                            into: result + channel * plane + top * width)
                    }
                }
            }
        }
        return result
    }

    private func transposed(_ x: [Double], _ height: Int, _ width: Int) -> [Double] {
        let plane = height * width
        let taps = kernel * kernel
        let (outHeight, outWidth) = (2 * height, 2 * width)
        let reach = kernel / 2
        // Few output channels at a time: their taps' planes are added up while still in the cache,
        // and every thread has some.
        let share = (outputs + 2 * ComputeThreads.count - 1) / (2 * ComputeThreads.count)
        let step = max(1, min(share, (1 << 20) / (taps * plane)))
        var result = [Double](repeating: 0, count: outputs * 4 * plane)
        result.withUnsafeMutableBufferPointer { result in
            nonisolated(unsafe) let result = result.baseAddress!
            x.withUnsafeBufferPointer { x in
                nonisolated(unsafe) let x = x.baseAddress!
                parallelFor((outputs + step - 1) / step) { _, piece in
                    let first = piece * step
                    let channels = min(step, outputs - first)
                    let planes = UnsafeMutablePointer<Double>.allocate(capacity: channels * taps * plane)
                    let sums = UnsafeMutablePointer<Double>.allocate(capacity: 4 * plane)
                    defer {
                        planes.deallocate()
                        sums.deallocate()
                    }
                    weights.withUnsafeBufferPointer {
                        exactProduct(
                            rows: channels * taps, columns: plane, inner: inputs,
                            $0.baseAddress! + first * taps * inputs, x, planes)
                    }
                    for channel in 0..<channels {
                        sums.update(repeating: 0, count: 4 * plane)
                        for ky in 0..<kernel {
                            for kx in 0..<kernel {
                                let from = planes + (channel * taps + ky * kernel + kx) * plane
                                for row in 0..<height {
                                    let y = 2 * row + ky - reach
                                    guard y >= 0, y < outHeight else { continue }
                                    let offset = kx - reach
                                    let start = max(0, (1 - offset) / 2)
                                    let end = min(width, (outWidth - offset + 1) / 2)
                                    let to = sums + y * outWidth + offset
                                    for column in start..<max(start, end) {
                                        to[2 * column] += from[row * width + column]
                                    }
                                }
                            }
                        }
                        finish(
                            sums, count: 4 * plane, channel: first + channel,
                            into: result + (first + channel) * 4 * plane)
                    }
                }
            }
        }
        return result
    }

    private func finish(
        _ sums: UnsafePointer<Double>, count: Int, channel: Int, into result: UnsafeMutablePointer<Double>
    ) {
        // Powers of two: scaling is exact, and adding a half then rounding down rounds to nearest.
        let unit = Double(sign: .plus, exponent: outputFraction - inputFraction - weightFraction, significand: 1)
        let bias = bias[channel]
        func rounded(_ sum: Double) -> Double { min(Self.greatest, ((sum + bias) * unit + 0.5).rounded(.down)) }
        if negativeSlope == 0 {
            for i in 0..<count { result[i] = max(0, rounded(sums[i])) }
            return
        }
        for i in 0..<count {
            let value = max(-Self.greatest, rounded(sums[i]))
            result[i] = value < 0 ? (value * negativeSlope).rounded(.toNearestOrEven) : value
        }
    }
}

private func exactProduct(
    rows: Int, columns: Int, inner: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>,
    _ c: UnsafeMutablePointer<Double>
) {
    cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(inner), 1, a, Int32(inner), b,
        Int32(columns), 0, c, Int32(columns))
}
