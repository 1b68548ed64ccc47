import Foundation
import ModelFolders

/// The noise levels that a scheduler's configuration describes, as diffusers computes them.
extension Configuration {
    /// ᾱ_t for t = 0…count−1.
    func signalShares(count: Int) throws -> [Double] {
        var product = 1.0
        let products = try betas(count: count).map {
            product *= 1 - $0
            return product
        }
        guard try truth("rescale_betas_zero_snr", default: false) else { return products }
        // Shift and stretch √ᾱ so that the last step is pure noise and the first stays.
        let roots = products.map { $0.squareRoot() }
        let (top, bottom) = (roots[0], roots[count - 1])
        return roots.map { pow(($0 - bottom) * top / (top - bottom), 2) }
    }

    /// β_t: given one by one, or by the name of a curve.
    private func betas(count: Int) throws -> [Double] {
        let first = try number("beta_start", default: 0.0001, in: 0...0.999)
        let last = try number("beta_end", default: 0.02, in: 0...0.999)
        if case .list(let list)? = self["trained_betas"] {
            guard list.count == count else {
                throw failure("trained_betas", "has \(list.count) entries for \(count) steps")
            }
            return try list.map {
                guard case .number(let beta) = $0, (0...0.999).contains(beta) else {
                    throw failure("trained_betas", "must hold numbers from 0 to 0.999")
                }
                return beta
            }
        }
        func ramp(_ a: Double, _ b: Double) -> [Double] {
            (0..<count).map { count == 1 ? a : a + (b - a) * Double($0) / Double(count - 1) }
        }
        let schedule = try text("beta_schedule", default: "linear")
        switch schedule {
        case "linear": return ramp(first, last)
        case "scaled_linear": return ramp(first.squareRoot(), last.squareRoot()).map { $0 * $0 }
        case "squaredcos_cap_v2":
            func level(_ time: Double) -> Double { pow(cos((time + 0.008) / 1.008 * .pi / 2), 2) }
            return (0..<count).map {
                min(1 - level(Double($0 + 1) / Double(count)) / level(Double($0) / Double(count)), 0.999)
            }
        default:
            throw failure("beta_schedule", "is '\(schedule)'; known are linear, scaled_linear, squaredcos_cap_v2")
        }
    }
}
