import Determinism
import Foundation
import Neural

/// The reverse process of Eq. (11), one step a call, with guidance and the known region's conditioning.
struct Sampler {
    let denoiser: UNet
    let schedule: NoiseSchedule
    let kind: FillSettings.SchedulerKind
    let guidance: Guidance
    let eta: Float
    let resamplings: Int
    var stream: RandomStream

    private var sample = Tensor(shape: [0])
    private var original: Tensor?
    private var finished = false
    /// Mask and masked latent, behind the noisy latent; nil for denoisers without such channels.
    private var condition: Tensor?
    private var knownLatent = Tensor(shape: [0])
    private var held: [Float] = []
    private var lateStart: LateStart?
    private var count = 0

    /// Cells that join the walk late: until a step begins at their own time they are the noised start.
    struct LateStart {
        let latent: Tensor
        let noise: [Float]
        /// A cell's own time; those of −1 never join.
        let times: [Int]
    }

    /// Where to, where from, and how hard: ε = ε(negative) + weight·(ε(prompt) − ε(negative)).
    struct Guidance {
        let prompt: Tensor
        /// Nil where nothing is guided.
        var negative: Tensor?
        var weight: Float = 1
    }

    init(
        denoiser: UNet, schedule: NoiseSchedule, kind: FillSettings.SchedulerKind, guidance: Guidance, eta: Float,
        resamplings: Int, stream: RandomStream
    ) {
        self.denoiser = denoiser
        self.schedule = schedule
        self.kind = kind
        self.guidance = guidance
        self.eta = eta
        self.resamplings = resamplings
        self.stream = stream
    }

    /// - Parameters:
    ///   - latent: of the masked picture (denoisers with mask channels) or of the known one.
    ///   - initial: x_T in place of the stream's noise.
    ///   - start: a latent from which to begin, at the noise of a step, rather than from noise alone.
    ///   - times: the time of each cell of the start, should it join later than the first step.
    mutating func begin(
        canvas: Canvas, latent: Tensor, initial: [Float]?, start: (latent: Tensor, time: Int)? = nil,
        times: [Int]? = nil
    ) throws {
        let shape = [canvas.latentChannels, canvas.rows, canvas.columns]
        let size = shape.reduce(1, *)
        if let initial, initial.count != size { throw FillFailure.latents(expected: [1] + shape, found: initial.count) }
        let conditions = denoiser.configuration.inputChannels > canvas.latentChannels
        let noise = initial ?? Self.noise(size, &stream)
        if let start, let times { lateStart = LateStart(latent: start.latent, noise: noise, times: times) }
        begin(
            sample: start.map { schedule.noised($0.latent, time: $0.time) { noise } }
                ?? Tensor(shape: shape, values: noise),
            condition: conditions ? Tensor.concatenated([canvas.maskChannel, latent]) : nil, known: latent,
            held: conditions ? [] : canvas.heldCells)
    }

    /// - Parameters:
    ///   - condition: mask and masked latent; nil for a denoiser that takes neither.
    ///   - known, held: the known region's latent, and 1 for each cell that is held to it; for such a denoiser.
    mutating func begin(sample: Tensor, condition: Tensor?, known: Tensor, held: [Float]) {
        self.sample = sample
        self.condition = condition
        knownLatent = known
        self.held = held
    }

    /// The clean latent as far as it is known: the last step's outcome, or its x₀ where the walk was cut short.
    var result: Tensor { finished ? sample : original ?? sample }

    /// - Throws: ``FillFailure/notFinite(step:)``.
    mutating func advance(_ step: NoiseSchedule.Step) throws {
        var stream = stream
        let size = sample.count
        defer { self.stream = stream }
        try advance(step) { Self.noise(size, &stream) }
    }

    /// - Parameter noise: as many standard normal numbers as the latent has, new ones at each call.
    mutating func advance(_ step: NoiseSchedule.Step, noise: () -> [Float]) throws {
        count += 1
        finished = step.previous < 0
        guard condition == nil else {
            var (next, clean) = try back(step, noise)
            if let lateStart {
                // What had not joined when the step was predicted stays what it began as.
                let noised =
                    step.previous >= 0
                    ? schedule.noised(lateStart.latent, time: step.previous) { lateStart.noise } : lateStart.latent
                for i in 0..<next.count where lateStart.times[i % lateStart.times.count] < step.time {
                    next.values[i] = noised.values[i]
                    clean.values[i] = lateStart.latent.values[i]
                }
            }
            (sample, original) = (next, clean)
            return
        }
        // RePaint: known cells follow the forward process from the known latent, the others the reverse one.
        for round in 0..<(finished ? 1 : resamplings) {
            var (next, clean) = try back(step, noise)
            hold(schedule.noised(knownLatent, time: step.previous, noise: noise), in: &next)
            hold(knownLatent, in: &clean)
            (sample, original) = (next, clean)
            if round + 1 < resamplings, !finished {
                sample = schedule.mixed(
                    sample, keep: schedule.products[step.time] / schedule.products[step.previous], noise: noise())
            }
        }
    }

    private func back(_ step: NoiseSchedule.Step, _ noise: () -> [Float]) throws -> (next: Tensor, original: Tensor) {
        let output = predict(step.time)
        guard output.values.allSatisfy(\.isFinite) else { throw FillFailure.notFinite(step: count) }
        return schedule.back(output, sample: sample, step: step, kind: kind, eta: eta, noise: noise)
    }

    private func hold(_ known: Tensor, in sample: inout Tensor) {
        for i in 0..<sample.count where held[i % held.count] > 0 { sample.values[i] = known.values[i] }
    }

    private func predict(_ time: Int) -> Tensor {
        let input = condition.map { Tensor.concatenated([sample, $0]) } ?? sample
        var output = denoiser(input, step: time, prompt: guidance.prompt)
        if let negative = guidance.negative {
            let other = denoiser(input, step: time, prompt: negative)
            for i in 0..<output.count {
                output.values[i] = other.values[i] + guidance.weight * (output.values[i] - other.values[i])
            }
        }
        return output
    }

    private static func noise(_ count: Int, _ stream: inout RandomStream) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(count + 1)
        while values.count < count {
            let (a, b) = stream.normalPair()
            values.append(Float(a))
            values.append(Float(b))
        }
        return Array(values[..<count])
    }
}
