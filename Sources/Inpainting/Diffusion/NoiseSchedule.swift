import Foundation
import ModelFolders
import Neural

/// The noise levels of a diffusion model and the two ways back through them: DDPM (Eq. 11) and DDIM.
///
/// ᾱ_t is the product of (1 − β_s) for s up to t (the paper prints T), and σ_t multiplies z once.
struct NoiseSchedule: Sendable {
    enum Prediction: String, Sendable, CaseIterable { case epsilon, sample, v = "v_prediction" }
    enum Spacing: String, Sendable, CaseIterable { case leading, trailing, linspace }
    enum Variance: String, Sendable, CaseIterable { case small = "fixed_small", large = "fixed_large" }

    /// One denoising step: from the noise of step `time` to that of `previous`; below 0 there is none left.
    struct Step: Sendable, Equatable {
        let time, previous: Int
    }

    let path: String
    /// What the folder names; ``FillSettings/scheduler`` may take the other.
    let kind: FillSettings.SchedulerKind
    /// ᾱ_t for t = 0…T−1.
    let products: [Double]
    let prediction: Prediction
    let spacing: Spacing
    let variance: Variance
    let offset: Int
    /// ᾱ beyond the last step for DDIM.
    let finalProduct: Double
    /// Bound on the predicted x₀, nil for none.
    let bound: Float?

    init(path: String) throws {
        let c = try Configuration(path: path)
        self.path = path
        let family = try SchedulerFamily(c)
        kind = family.kind
        let count = try c.integer("num_train_timesteps", default: 1000, in: 1...100_000)
        prediction = try c.choice("prediction_type", default: .epsilon)
        spacing = try c.choice("timestep_spacing", default: family.spacing)
        variance = try c.choice("variance_type", default: .small)
        offset = try c.integer("steps_offset", default: 0, in: 0...count - 1)
        let clips = try c.truth(
            "clip_sample", default: family.name == "DDPMScheduler" || family.name == "DDIMScheduler")
        bound = clips ? Float(try c.number("clip_sample_range", default: 1, in: 1e-6...1e6)) : nil
        products = try c.signalShares(count: count)
        finalProduct = try c.truth("set_alpha_to_one", default: family.endsAtOne) ? 1 : products[0]
        guard products.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
            throw c.failure("beta_schedule", "leaves noise levels that are not finite")
        }
        // x₀ = (x − √(1−ᾱ)·ε)/√ᾱ: where no signal is left, ε says nothing of the picture.
        if prediction == .epsilon, let least = products.min(), least < 1e-12 {
            let cause = c["rescale_betas_zero_snr"] == nil ? "trained_betas" : "rescale_betas_zero_snr"
            throw c.failure(
                cause,
                "leaves no signal at the noisiest step, which prediction_type epsilon cannot come back from; "
                    + "expected v_prediction or sample"
            )
        }
    }

    var count: Int { products.count }

    /// The steps of a walk, noisiest first, as diffusers spaces them.
    ///
    /// - Throws: ``FillFailure/steps(_:most:)`` below 1 or above the training's own number.
    func steps(_ number: Int, kind: FillSettings.SchedulerKind) throws -> [Step] {
        guard (1...count).contains(number) else { throw FillFailure.steps(number, most: count) }
        // The quotient first, as numpy's linspace: at ties the last bit decides the rounding.
        let stride = Double(count - 1) / Double(max(1, number - 1))
        let times: [Int] = (0..<number).map { position in
            let time: Int =
                switch spacing {
                case .leading: (number - 1 - position) * (count / number) + offset
                case .trailing:
                    Int((Double(count) - Double(position) * Double(count) / Double(number)).rounded(.toNearestOrEven))
                        - 1
                case .linspace:
                    number == 1 ? 0 : Int((Double(number - 1 - position) * stride).rounded(.toNearestOrEven))
                }
            return max(0, min(count - 1, time))
        }
        return times.enumerated().map { position, time in
            switch kind {
            case .ddim: Step(time: time, previous: time - count / number)
            case .ddpm: Step(time: time, previous: position + 1 < number ? times[position + 1] : -1)
            }
        }
    }

    /// The last `number` steps of a walk of number ÷ strength: the quieter part of the schedule, as finely as asked.
    ///
    /// - Throws: as ``steps(_:kind:)``.
    func steps(_ number: Int, strength: Float, kind: FillSettings.SchedulerKind) throws -> [Step] {
        guard strength < 1, (1...count).contains(number) else { return try steps(number, kind: kind) }
        return try steps(Int(min(Float(count), (Float(number) / strength).rounded())), kind: kind).suffix(number)
    }

    func product(_ time: Int, kind: FillSettings.SchedulerKind) -> Double {
        time >= 0 ? products[time] : kind == .ddim ? finalProduct : 1
    }

    /// One step back.
    ///
    /// - Parameters:
    ///   - output: the denoiser's, ε, x₀ or v by ``prediction``.
    ///   - sample: x_t.
    ///   - noise: draws z; called only when the step needs it.
    /// - Returns: x at `step.previous`, and the x₀ predicted on the way.
    func back(
        _ output: Tensor, sample: Tensor, step: Step, kind: FillSettings.SchedulerKind, eta: Float, noise: () -> [Float]
    ) -> (next: Tensor, original: Tensor) {
        let (now, before) = (products[step.time], product(step.previous, kind: kind))
        let (rest, restBefore) = (1 - now, 1 - before)
        // x₀ = a·x + b·output
        let (a, b): (Double, Double) =
            switch prediction {
            case .epsilon: (1 / now.squareRoot(), -(rest / now).squareRoot())
            case .sample: (0, 1)
            case .v: (now.squareRoot(), -rest.squareRoot())
            }
        var original = sample
        for i in 0..<sample.count {
            var value = Float(a) * sample.values[i] + Float(b) * output.values[i]
            if let bound { value = max(-bound, min(bound, value)) }
            original.values[i] = value
        }
        var next = sample
        switch kind {
        case .ddpm:
            let alpha = now / before
            let (c, d) = (
                Float(before.squareRoot() * (1 - alpha) / rest), Float(alpha.squareRoot() * restBefore / rest)
            )
            for i in 0..<sample.count { next.values[i] = c * original.values[i] + d * sample.values[i] }
            let sigma = (variance == .small ? restBefore / rest * (1 - alpha) : 1 - alpha).squareRoot()
            if step.time > 0, sigma > 1e-10 {
                let z = noise()
                for i in 0..<sample.count { next.values[i] += Float(sigma) * z[i] }
            }
        case .ddim:
            let sigma = Double(eta) * max(0, restBefore / rest * (1 - now / before)).squareRoot()
            let direction = max(0, restBefore - sigma * sigma).squareRoot()
            // ε = e·x + f·output by the prediction as it came, before any bound on x₀.
            let (e, f): (Double, Double) =
                switch prediction {
                case .epsilon: (0, 1)
                case .sample: (1 / rest.squareRoot(), -(now / rest).squareRoot())
                case .v: (rest.squareRoot(), now.squareRoot())
                }
            for i in 0..<sample.count {
                let epsilon = Float(e) * sample.values[i] + Float(f) * output.values[i]
                next.values[i] = Float(before.squareRoot()) * original.values[i] + Float(direction) * epsilon
            }
            if sigma > 0 {
                let z = noise()
                for i in 0..<sample.count { next.values[i] += Float(sigma) * z[i] }
            }
        }
        return (next, original)
    }

    /// √ᾱ·x + √(1−ᾱ)·noise: a clean sample at the noise of step `time`; unchanged below 0.
    func noised(_ clean: Tensor, time: Int, noise: () -> [Float]) -> Tensor {
        guard time >= 0 else { return clean }
        return mixed(clean, keep: products[time], noise: noise())
    }

    /// √keep·x + √(1−keep)·noise.
    func mixed(_ x: Tensor, keep: Double, noise: [Float]) -> Tensor {
        var result = x
        let (a, b) = (Float(keep.squareRoot()), Float(max(0, 1 - keep).squareRoot()))
        for i in 0..<x.count { result.values[i] = a * x.values[i] + b * noise[i] }
        return result
    }
}
