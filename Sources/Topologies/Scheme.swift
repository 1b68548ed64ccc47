import Adaptation
import Channels

package enum PolicyName: String, Sendable, CaseIterable {
    /// The best (α, Φ) for each image under its own budget.
    case optimal
    /// Always ``Scheme/alpha`` and ``Scheme/rate``.
    case fixed
    /// What Algorithm 1 found best on average, from a file.
    case algorithm1
    /// Steps of SNR or budget, written in the topology or taken from Algorithm 1's file.
    case thresholdTable = "threshold-table"
    /// A program of the researcher's own.
    case external
}

/// How an image is sent, for comparison on the same channel.
package enum SchemeKind: String, Sendable, CaseIterable {
    /// Critical cells at (α, Φ), the prompt, and filling at the receiver.
    case proposed
    /// The same coder without filtering: every cell, at the best rate that fits.
    case vae
    /// OpenJPEG, at exactly the budget.
    case jpeg2000
    /// The prompt alone.
    case textOnly = "text-only"
    /// An external codec's file, of at most the budget.
    case command

    /// Of what a record calls a scheme: an external codec has a name of its own.
    package init(recorded name: String) { self = SchemeKind(rawValue: name) ?? .command }

    /// Whether a file of another codec goes: it has no GVIF, which is defined by the coder's own entropy model.
    package var isForeign: Bool { ![.proposed, .vae, .textOnly].contains(self) }

    /// What people call another codec.
    package var title: String {
        switch self {
        case .jpeg2000: "JPEG 2000"
        case .command: "external codec"
        case .proposed, .vae, .textOnly: rawValue
        }
    }
}

/// What decides where an external policy fails.
package enum PolicyFallback: String, Sendable, CaseIterable {
    /// Nobody: the run ends, since it would not be the experiment it states.
    case end
    /// The exact optimum, which the record then names.
    case optimal
    /// Header and prompt go alone.
    case promptOnly = "prompt-only"
}

package enum CaptionSource: String, Sendable, CaseIterable {
    /// The classifier's top label.
    case label
    /// `photo.txt` beside `photo.png`; a missing one is an error.
    case sidecar
    /// The sidecar where there is one, else the label.
    case either
    /// What `captioner` prints; the label, marked so, where it fails.
    case captioner
}

/// How an image is sent; what a file that says nothing of it gets.
package struct Scheme: Sendable, Equatable {
    /// What a transmitter sends, unless its node says otherwise.
    package var kind: SchemeKind = .proposed
    /// Rule that chooses (α, Φ).
    package var policy: PolicyName = .optimal
    /// What `policy` needs beside it: the table of `algorithm1`, as `testbed optimize` writes it.
    package var policyFile: String?
    /// Steps of the `threshold-table` policy, where no file is given.
    package var policyTable: ThresholdTable?
    /// The program of the `external` policy.
    package var policyCommand: [String] = []
    /// Seconds its answer may take, and what decides where it gives none.
    package var policyTimeLimit: Double = 2
    package var policyFallback: PolicyFallback = .end
    /// Whether it may hear the PSNR of what was received, which no receiver of a real link could tell.
    package var policyPSNR: Bool = false
    /// What `optimal` maximises.
    package var objective: Objective = .gvif
    /// Share of the best objective that `optimal` may give up, and for what.
    package var tolerance: Double = Constraints.usualTolerance
    package var preference: Constraints.Preference = .coverage
    /// D₀ of (31c): least mask PSNR in dB that a rate must reach on this very image; `nil`: no bound.
    package var minimumMaskPSNR: Double?
    /// What happens to an image for which nothing is feasible.
    package var infeasible: Constraints.Fallback = .leastBad
    /// T_max in seconds.
    package var budget: Double = 0.03
    /// Threshold and rate of the fixed policy; limits of the others.
    package var alpha: Float = 0.5
    package var alphaMax: Float = 0.8
    package var rate: Int?
    package var lowestRate: Int = 1
    package var highestRate: Int?
    package var accounting: Accounting = .payload
    /// One of ``fills``, or a diffusers folder.
    package var inpaint: String = "none"
    package var steps: Int = 31
    /// Weight of classifier-free guidance; `nil`: the model's own.
    package var guidance: Float?
    /// Share of the noise schedule that a filling walks back; `nil`: the model's own.
    package var strength: Float?
    /// Seconds a filling may take; `nil`: as long as its steps need.
    package var inpaintBudget: Double?
    /// γ² of (28)–(29).
    package var visualNoise: Double = 0.1
    package var caption: CaptionSource = .either
    /// The layout that goes with the prompt.
    package var layout: LayoutSize = .none
    /// The program that describes photos, where captions come from one.
    package var captioner: CaptionerSettings?
    /// The programs of an external codec, where one is used.
    package var codec: CodecSettings?
    /// `top`, `expected`, or class names whose maps are joined; empty: as `LabelChoice.usual`.
    package var labels: [String] = []
    /// Importance maps of the user's own: a folder of them, named as the photos, or one for all.
    package var importance: String?
    /// Shorter side of the classifier's input in pixels; `nil`: the photo's own size.
    package var backboneSize: BackboneInput = .trained
    /// α at which the fixed region of interest of the tables is drawn.
    package var regionAlpha: Float = 0.5
    package var slicePayload: Int = 1100
    /// Whether missing datagrams are sent again within the budget, and the share of it that is kept for that.
    package var retransmission: Bool = false
    package var reserve: Double = 0
    /// Constraint g ≥ ξ of (31); zero: none.
    package var minimumGVIF: Double = 0

    /// Bits of a budget that the first transmission may use.
    package func firstBits(of budgetBits: Int) -> Int { Int((Double(budgetBits) * (1 - reserve)).rounded(.down)) }

    /// Bits of a budget that a transmitter sets aside for the layout; those who send whole pictures need none.
    package func layoutBits(of budgetBits: Int, kind: SchemeKind) -> Int {
        hasLayout(kind) ? layout.bits(budgetBits: firstBits(of: budgetBits)) : 0
    }

    /// Whether a transmitter has anything that a layout could stand for.
    package func hasLayout(_ kind: SchemeKind) -> Bool { kind == .proposed || kind == .textOnly }

    /// The bounds of problem (31).
    package var constraints: Constraints {
        var bounds = Constraints(
            alphaMax: alphaMax, minimalMaskPSNR: minimumMaskPSNR, minimalRate: lowestRate, objective: objective,
            fallback: infeasible, tolerance: tolerance, preference: preference)
        bounds.regionAlpha = regionAlpha
        return bounds
    }

    /// Keys that hold for all transmitters alike, since they are what results are compared by.
    static let common: Set<String> = ["accounting", "visualNoise", "regionAlpha"]
    /// Keys that a receiver may state, too.
    static let filling: Set<String> = ["inpaint", "steps", "guidance", "strength", "inpaintBudget"]

    mutating func takeFilling(_ keys: Set<String>, of other: Scheme) {
        if keys.contains("inpaint") { inpaint = other.inpaint }
        if keys.contains("steps") { steps = other.steps }
        if keys.contains("guidance") { guidance = other.guidance }
        if keys.contains("strength") { strength = other.strength }
        if keys.contains("inpaintBudget") { inpaintBudget = other.inpaintBudget }
    }

    /// Ways to fill that are no folders; `default` is the best that comes with the testbed.
    package static let fills = ["none", "harmonic", "layout", "texture", "default"]
}
