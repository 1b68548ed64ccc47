import Foundation
import Imaging
import Neural

/// The generative visual information fidelity (Eqs. 19–30, Proposition 4.1): how much of the visual information of the
/// original's features reaches the receiver.
///
/// ```
///               Σ_{(i,j,c) ∈ ℙ} log₂(1 + (β·θʳ)²/γ²)
/// V(β, ℙ; x) = ──────────────────────────────────────          with β·θʳ = θᶜ (Eq. 30)
///               Σ_{(i,j,c) ∈ 𝕌} log₂(1 + (θʳ)²/γ²)
/// ```
/// θ are the standard deviations that the hyperprior predicts for the quantised features. With one backbone for all
/// rates, θᶜ = g_c·θ and θʳ = g_r·θ; β = g_c/g_r is at most 1 for every rate below the reference. V never looks at the
/// generated picture: what a generator adds is independent of the original (Eq. 24) and carries none of its
/// information.
public enum GVIF {
    /// γ², the variance of the visual noise (the paper's Section V).
    public static let visualNoise = 0.1

    /// Σ_c log₂(1 + (g·θ_ijc)²/γ²), in bits, for each cell.
    ///
    /// - Parameters:
    ///   - scales: θ at gain 1, channel by channel: (channels, cells).
    ///   - gain: g of the rate; the reference's gain yields the terms of the denominator.
    ///   - limit: the reference's gain, where β = g/g_r is to be clamped to 1.
    public static func cellInformation(
        scales: UnsafeBufferPointer<Float>, channels: Int, cells: Int, gain: Double, visualNoise: Double = visualNoise,
        limit: Double = .infinity
    ) -> [Double] {
        precondition(
            scales.count == channels * cells, "\(scales.count) scales for \(channels) channels of \(cells) cells")
        let factor = min(gain, limit) * min(gain, limit) / visualNoise
        var information = [Double](repeating: 0, count: cells)
        // Cells in pieces that stay in the nearest cache, on all threads.
        let step = 256
        information.withUnsafeMutableBufferPointer { information in
            nonisolated(unsafe) let (information, scales) = (information.baseAddress!, scales.baseAddress!)
            forEachConcurrently((cells + step - 1) / step) { piece in
                let first = piece * step
                let count = min(step, cells - first)
                // One logarithm a cell: the product's binary exponent is set aside before it can overflow, which eight
                // factors of up to 10³⁸ each cannot do.
                withUnsafeTemporaryAllocation(of: Double.self, capacity: count) { products in
                    products.initialize(repeating: 1)
                    for channel in 0..<channels {
                        let row = scales + channel * cells + first
                        for i in 0..<count {
                            let scale = Double(row[i])
                            products[i] *= 1 + scale * scale * factor
                        }
                        guard channel % 8 == 7 else { continue }
                        for i in 0..<count {
                            information[first + i] += Double(products[i].exponent)
                            products[i] = products[i].significand
                        }
                    }
                    for i in 0..<count { information[first + i] += log2(products[i]) }
                }
            }
        }
        return information
    }

    /// The same for scales in an array.
    public static func cellInformation(
        scales: [Float], channels: Int, cells: Int, gain: Double, visualNoise: Double = visualNoise,
        limit: Double = .infinity
    ) -> [Double] {
        scales.withUnsafeBufferPointer {
            cellInformation(
                scales: $0, channels: channels, cells: cells, gain: gain, visualNoise: visualNoise, limit: limit)
        }
    }

    /// Σ over the selected cells of log₂(1 + (g·θ_ijc)²/γ²), in bits, for each channel.
    public static func channelInformation(
        scales: [Float], channels: Int, cells: Int, gain: Double, mask: [Bool]? = nil, visualNoise: Double = visualNoise
    ) -> [Double] {
        precondition(scales.count == channels * cells && mask.map { $0.count == cells } ?? true)
        let factor = gain * gain / visualNoise
        return (0..<channels).map { channel in
            var sum = 0.0
            for i in 0..<cells where mask?[i] ?? true {
                let scale = Double(scales[channel * cells + i])
                sum += log2(1 + scale * scale * factor)
            }
            return sum
        }
    }

    /// V of Eq. 27: the information of the cells that are there over that of all cells at the reference rate.
    ///
    /// - Parameters:
    ///   - information: of each cell at the rate used, by
    ///     ``cellInformation(scales:channels:cells:gain:visualNoise:limit:)``.
    ///   - mask: ℙ, or at the receiver the cells whose slices arrived; nil stands for all.
    ///   - reference: the denominator.
    /// - Returns: a number in [0, 1]; 1 for a picture without any information.
    public static func value(information: [Double], mask: Mask? = nil, reference: Double) -> Double {
        precondition(
            mask.map { $0.values.count == information.count } ?? true, "the mask has another size than the latent")
        guard reference > 0 else { return 1 }
        var sum = 0.0
        if let mask {
            for i in information.indices where mask.values[i] { sum += information[i] }
        } else {
            sum = information.reduce(0, +)
        }
        return min(1, max(0, sum / reference))
    }

    /// Eqs. 27–30 in one: V from the scales θ at gain 1.
    public static func value(
        scales: [Float], channels: Int, cells: Int, gain: Double, referenceGain: Double, mask: Mask? = nil,
        visualNoise: Double = visualNoise
    ) -> Double {
        let reference = cellInformation(
            scales: scales, channels: channels, cells: cells, gain: referenceGain, visualNoise: visualNoise)
        let own = cellInformation(
            scales: scales, channels: channels, cells: cells, gain: gain, visualNoise: visualNoise, limit: referenceGain
        )
        return value(information: own, mask: mask, reference: reference.reduce(0, +))
    }

    /// V where the coder and the reference coder are separate networks: β = θᶜ/θʳ of Eq. 30, clamped to at most 1.
    ///
    /// - Parameters:
    ///   - scales: θᶜ, (channels, cells).
    ///   - reference: θʳ, of the same shape.
    public static func value(
        scales: [Float], reference: [Float], channels: Int, cells: Int, mask: Mask? = nil,
        visualNoise: Double = visualNoise
    ) -> Double {
        precondition(scales.count == reference.count, "θᶜ and θʳ differ in shape")
        let clamped = zip(scales, reference).map { min($0, $1) }
        let own = cellInformation(scales: clamped, channels: channels, cells: cells, gain: 1, visualNoise: visualNoise)
        let all = cellInformation(
            scales: reference, channels: channels, cells: cells, gain: 1, visualNoise: visualNoise)
        return value(information: own, mask: mask, reference: all.reduce(0, +))
    }

    /// Information for each cell as a matrix of the latent's size, in bits a channel (the maps of Fig. 6).
    public static func map(information: [Double], channels: Int, rows: Int, columns: Int) -> Plane {
        Plane(width: columns, height: rows, values: information.map { Float($0 / Double(channels)) })
    }
}
