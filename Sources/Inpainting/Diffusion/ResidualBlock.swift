import ModelFolders
import Neural

/// A residual block of the U-Net and the autoencoder (diffusers' `ResnetBlock2D`).
///
///     x ─ norm ─ act ─ conv ─(+ step embedding)─ norm ─(· scale, + shift)─ act ─ conv ─ + ─► /scale
///     └──────────────────────────── (1 × 1 where the channels change) ──────────────────┘
struct ResidualBlock: Sendable {
    enum StepUse: String, Sendable {
        /// The step's embedding is added before the second norm.
        case add = "default"
        /// It scales and shifts the second norm's output.
        case scaleShift = "scale_shift"
    }

    /// What all the blocks of a network share.
    struct Form {
        let groups: Int
        let epsilon: Float
        let activation: Activation
        var stepUse = StepUse.add
    }

    let firstNorm, secondNorm: GroupNorm
    let first, second: Convolution
    let stepProjection: Linear?
    let shortcut: Convolution?
    let activation: Activation
    let stepUse: StepUse
    let outputScale: Float

    /// - Parameter stepWidth: channels of the step embedding; nil where there is none (autoencoder).
    init(
        _ weights: WeightFolder, _ name: String, inputs: Int, outputs: Int, stepWidth: Int?, form: Form,
        outputScale: Float = 1
    ) throws {
        let (groups, epsilon) = (form.groups, form.epsilon)
        (activation, stepUse) = (form.activation, form.stepUse)
        firstNorm = try weights.groupNorm(name + ".norm1", channels: inputs, groups: groups, epsilon: epsilon)
        first = try weights.convolution(name + ".conv1", inputs: inputs, outputs: outputs)
        stepProjection = try stepWidth.map {
            try weights.linear(
                name + ".time_emb_proj", inputs: $0, outputs: form.stepUse == .add ? outputs : 2 * outputs)
        }
        secondNorm = try weights.groupNorm(name + ".norm2", channels: outputs, groups: groups, epsilon: epsilon)
        second = try weights.convolution(name + ".conv2", inputs: outputs, outputs: outputs)
        shortcut =
            inputs == outputs
            ? nil : try weights.convolution(name + ".conv_shortcut", inputs: inputs, outputs: outputs, kernel: 1)
        self.outputScale = outputScale
    }

    /// - Parameters:
    ///   - x: shape (inputs, H, W).
    ///   - step: the embedding after the activation that every block would apply to it first.
    /// - Returns: shape (outputs, H, W).
    func callAsFunction(_ x: Tensor, activatedStep step: [Float]? = nil) -> Tensor {
        var hidden = first(firstNorm(x, activation: activation))
        if let stepProjection, let step {
            let embedding = stepProjection(step)
            switch stepUse {
            case .add:
                hidden.add(channels: embedding[...])
                hidden = secondNorm(hidden, activation: activation)
            case .scaleShift:
                let half = embedding.count / 2
                hidden = secondNorm(
                    hidden, activation: activation, scale: embedding[..<half], shift: embedding[half...])
            }
        } else {
            hidden = secondNorm(hidden, activation: activation)
        }
        hidden = second(hidden)
        hidden.add(shortcut?(x) ?? x, dividing: outputScale)
        return hidden
    }
}
