import Adaptation

public enum Accounting: String, Sendable, CaseIterable {
    /// Bits of the image's sections alone: the paper's R.
    case payload
    /// Every bit of the datagram, with seal and headers down to UDP and IP.
    case wire
}

public enum PolicyName: String, Sendable, CaseIterable {
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
public enum SchemeKind: String, Sendable, CaseIterable {
    /// Critical cells at (α, Φ), the prompt, and filling at the receiver.
    case proposed
    /// The same coder without filtering: every cell, at the best rate that fits.
    case vae
    /// OpenJPEG, at exactly the budget.
    case jpeg2000
    /// The prompt alone.
    case textOnly = "text-only"
}

/// What decides where an external policy fails.
public enum PolicyFallback: String, Sendable, CaseIterable {
    /// Nobody: the run ends, since it would not be the experiment it states.
    case end
    /// The exact optimum, which the record then names.
    case optimal
    /// Header and prompt go alone.
    case promptOnly = "prompt-only"
}

public enum CaptionSource: String, Sendable, CaseIterable {
    /// The classifier's top label.
    case label
    /// `photo.txt` beside `photo.png`; a missing one is an error.
    case sidecar
    /// The sidecar where there is one, else the label.
    case either
    /// What `captioner` prints; the label, marked so, where it fails.
    case captioner
}

/// How an image is sent.
public struct Scheme: Sendable, Equatable {
    /// What a transmitter sends, unless its node says otherwise.
    public var kind: SchemeKind
    /// Rule that chooses (α, Φ).
    public var policy: PolicyName
    /// What `policy` needs beside it: the table of `algorithm1`, as `testbed optimize` writes it.
    public var policyFile: String?
    /// Steps of the `threshold-table` policy, where no file is given.
    public var policyTable: ThresholdTable?
    /// The program of the `external` policy.
    public var policyCommand: [String]
    /// Seconds its answer may take, and what decides where it gives none.
    public var policyTimeLimit: Double
    public var policyFallback: PolicyFallback
    /// What `optimal` maximises.
    public var objective: Objective
    /// D₀ of (31c): least mask PSNR in dB that a rate must reach on this very image; `nil`: no bound.
    public var minimumMaskPSNR: Double?
    /// What happens to an image for which nothing is feasible.
    public var infeasible: Constraints.Fallback
    /// T_max in seconds.
    public var budget: Double
    /// Threshold and rate of the fixed policy; limits of the others.
    public var alpha: Float
    public var alphaMax: Float
    public var rate: Int?
    public var lowestRate: Int
    public var highestRate: Int?
    public var accounting: Accounting
    /// One of ``fills``, or a diffusers folder.
    public var inpaint: String
    public var steps: Int
    /// Weight of classifier-free guidance; `nil`: the model's own.
    public var guidance: Float?
    /// Share of the noise schedule that a filling walks back; `nil`: the model's own.
    public var strength: Float?
    /// Seconds a filling may take; `nil`: as long as its steps need.
    public var inpaintBudget: Double?
    /// γ² of (28)–(29).
    public var visualNoise: Double
    public var caption: CaptionSource
    /// The program that describes photos, where captions come from one.
    public var captioner: Captioner?
    /// `top`, `expected`, or class names whose maps are joined; empty: as `LabelChoice.usual`.
    public var labels: [String]
    /// Importance maps of the user's own: a folder of them, named as the photos, or one for all.
    public var importance: String?
    /// Shorter side of the classifier's input in pixels; `nil`: the photo's own size.
    public var backboneSize: BackboneInput
    /// α at which the fixed region of interest of the tables is drawn.
    public var regionAlpha: Float
    public var slicePayload: Int
    /// Whether missing datagrams are sent again within the budget, and the share of it that is kept for that.
    public var retransmission: Bool
    public var reserve: Double
    /// Constraint g ≥ ξ of (31); zero: none.
    public var minimumGVIF: Double

    /// Bits of a budget that the first transmission may use.
    func firstBits(of budgetBits: Int) -> Int { Int((Double(budgetBits) * (1 - reserve)).rounded(.down)) }

    /// The bounds of problem (31).
    var constraints: Constraints {
        Constraints(alphaMax: alphaMax, minimalMaskPSNR: minimumMaskPSNR, minimalRate: lowestRate, objective: objective, fallback: infeasible)
    }

    /// Ways to fill that are no folders; `default` is the best that comes with the testbed.
    static let fills = ["none", "harmonic", "default"]
}
