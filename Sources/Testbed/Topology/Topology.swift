import Adaptation

/// One experiment as its file states it: the processes, the links between them, the photos, and how they are sent.
///
/// Units are base units throughout: seconds, hertz, bits, decibels where a name says so.
public struct Topology: Sendable, Equatable {
    public var name: String
    public var note: String?
    /// Seeds every random stream of the run.
    public var seed: UInt64
    public var images: PhotoSource
    public var nodes: [NodeSettings]
    public var bands: [Band]
    public var links: [LinkSettings]
    public var scheme: Scheme
    public var controller: ControllerSettings
    public var models: Models
    public var timing: Timing
    public var events: [TimedEvent]
    public var sweep: Sweep?
    public var expectations: [ExpectedBound]
    /// The file as resolved: every default filled in, the seed and all overrides applied.
    public var resolvedYAML: String

    /// How a transmitter sends.
    public func kind(of transmitter: String) -> SchemeKind { node(transmitter)?.scheme ?? scheme.kind }
    var kinds: [String: SchemeKind] {
        Dictionary(uniqueKeysWithValues: nodes.filter { $0.role == .transmitter }.map { ($0.name, $0.scheme ?? scheme.kind) })
    }
    public func node(_ name: String) -> NodeSettings? { nodes.first { $0.name == name } }
    public func link(_ name: String) -> LinkSettings? { links.first { $0.name == name } }
    public func links(from node: String) -> [LinkSettings] { links.filter { $0.from == node } }
    public func links(to node: String) -> [LinkSettings] { links.filter { $0.to.contains(node) } }
    public func links(through node: String) -> [LinkSettings] { links.filter { $0.through == node } }
}

/// Where the photos come from.
public struct PhotoSource: Sendable, Equatable {
    /// A folder of PNG, JPEG or PPM files, taken in the order of their names.
    public var folder: String
    /// How many are sent by each transmitter; beyond the folder's end it starts anew. `nil`: each once.
    public var count: Int?
    /// Longer sides are scaled down to this, in pixels; `nil`: as they are.
    public var longestSide: Int?
    /// Time between the starts of two images at one transmitter, in seconds; zero: one after the other.
    public var interval: Double
    /// How many more images a transmitter may have under way before the first is through; zero keeps the machine
    /// quiet while a picture is on the air.
    public var ahead: Int
    /// Virtual runs only: streams are kept by (photo, α, Φ), receivers measure without drawing the picture.
    public var preencoded: Bool
    /// Every transmitter's image k waits for the others' and is settled with them, on the same coherence block.
    public var together: Bool
}

public enum NodeKind: String, Sendable, CaseIterable, Codable {
    case transmitter, channel, receiver
    /// Opens each datagram of a link that ends here, seals it for the link that leaves, and sends it on.
    case relay

    /// The executable that plays the role.
    public var executable: String {
        switch self {
        case .transmitter, .relay: "tx-node"
        case .channel: "channel-node"
        case .receiver: "rx-node"
        }
    }
}

public enum RestartPolicy: String, Sendable, CaseIterable {
    /// A node that dies ends the run.
    case never
    /// A node that dies is started again, at most ``NodeSettings/restartLimit`` times.
    case onFailure
    /// A node that dies stays dead; its images end as failed and the run goes on.
    case ignore
}

/// One process.
public struct NodeSettings: Sendable, Equatable {
    public var name: String
    public var role: NodeKind
    /// Threads that matrix products may use.
    public var threads: Int
    /// The address the node's sockets are bound to.
    public var address: String
    /// First of the ports the node takes; zero lets the system choose free ones.
    public var port: Int
    /// Command that starts the node on another host, for instance `ssh edge1 /opt/gensemcom/tx-node`; empty: here.
    public var command: [String]
    public var restart: RestartPolicy
    public var restartLimit: Int
    /// How many there are; 1 once the topology is read.
    public var copies: Int
    /// Started only by a `join` event.
    public var joinsLater: Bool
    /// How this transmitter sends; `nil`: as ``Scheme/kind`` says.
    public var scheme: SchemeKind?
}

public enum BandScheduler: String, Sendable, CaseIterable { case roundRobin, proportionalFair, priority }

/// Spectrum that several links share.
public struct Band: Sendable, Equatable {
    public var name: String
    public var bandwidth: Double
    public var scheduler: BandScheduler
}

/// A link from a transmitter through a channel node to one receiver or several.
public struct LinkSettings: Sendable, Equatable {
    public var name: String
    public var from: String
    public var to: [String]
    public var through: String
    /// Name of the shared ``Band``; `nil`: the link has ``ChannelSettings/bandwidth`` to itself.
    public var band: String?
    /// The link whose fading, losses and missed reports this one repeats; `nil`: its own.
    public var fadesLike: String?
    /// Larger goes first under the priority scheduler.
    public var priority: Int
    public var channel: ChannelSettings

    /// Names the link's random streams.
    public var streamName: String { fadesLike ?? name }
}

public enum FadingModel: String, Sendable, CaseIterable {
    case awgn, rayleigh, rice, nakagami, jakes, gaussMarkov, tdl, trace
}

public enum TapProfile: String, Sendable, CaseIterable {
    case a = "TDL-A", b = "TDL-B", c = "TDL-C", d = "TDL-D", e = "TDL-E"
}

public enum TraceFormat: String, Sendable, CaseIterable {
    /// Mahimahi: one line a delivery opportunity of 1,504 bytes, in milliseconds.
    case mahimahi
    /// The same without Mahimahi's millisecond grid: bytes of an opportunity are spread until the next.
    case mahimahiSmooth
    /// Lines of `time, value`; the header names the value: `snr_db`, `gain` (|h|²) or `rate_bps`.
    case csv
}

public enum QueueDiscipline: String, Sendable, CaseIterable { case dropTail, dropHead, deadlineDrop }

/// What a link does to bits.
public struct ChannelSettings: Sendable, Equatable {
    public var model: FadingModel
    /// Hertz.
    public var bandwidth: Double
    /// Mean receive SNR E|h|²/σ², in decibels.
    public var snr: Double
    /// Length of a coherence block in seconds; `nil` for a channel that never changes.
    public var coherence: Double?
    /// Rice factor in decibels.
    public var riceFactor: Double
    /// Nakagami's m.
    public var shape: Double
    /// Doppler frequency in hertz (given, or speed times carrier over c).
    public var doppler: Double
    /// Correlation of successive blocks of the Gauss–Markov channel.
    public var correlation: Double
    /// Standard deviation of log-normal shadowing in decibels; zero: none.
    public var shadowing: Double
    /// Number of coherence blocks over which shadowing decorrelates to 1/e.
    public var shadowingBlocks: Double
    public var profile: TapProfile
    /// Root mean square delay spread in seconds.
    public var delaySpread: Double
    public var trace: String?
    public var traceFormat: TraceFormat
    /// Probabilities per packet.
    public var loss: Double
    public var corruption: Double
    public var duplication: Double
    public var reordering: Double
    /// How many packets overtake one that is held back, and how long it waits for them in seconds.
    public var reorderingDistance: Int
    public var reorderingPatience: Double
    /// Propagation delay in seconds, and the largest random delay on top of it.
    public var delay: Double
    public var jitter: Double
    /// Gilbert–Elliott loss, on top of `loss`.
    public var burst: BurstLoss?
    public var queueBytes: Int?
    public var queuePackets: Int?
    public var queue: QueueDiscipline
}

/// A two-state Markov chain stepped at each packet.
public struct BurstLoss: Sendable, Equatable {
    /// Probability of going from good to bad, and back.
    public var enter: Double
    public var leave: Double
    /// Loss probability while good, and while bad.
    public var good: Double
    public var bad: Double
}

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
    /// `top`, or class names whose maps are joined.
    public var labels: [String]
    /// Importance maps of the user's own: a folder of them, named as the photos, or one for all.
    public var importance: String?
    /// Shorter side of the classifier's input in pixels; `nil`: the photo's own size.
    public var backboneSize: Int?
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

/// Weights; `nil` is the model that comes with the testbed.
public struct Models: Sendable, Equatable {
    public var codec: String?
    public var classifier: String?
    public var classNames: String?
}

public enum ComputeCharge: String, Sendable, CaseIterable { case measured, declared }

/// Bounds and charges of time.
public struct Timing: Sendable, Equatable {
    /// p99 of release lateness beyond which a run is invalid, in seconds.
    public var latenessBound: Double
    /// The channel node sleeps until at most this long before a release, then spins; zero never spins.
    public var spin: Double
    /// Wait beyond the deadline before an image is concluded with what has come.
    public var grace: Double
    /// What a stage costs in the virtual run, in seconds.
    public var charge: ComputeCharge
    /// Folder of the run whose measured stages are charged.
    public var recording: String?
    /// What a control message takes in the virtual run.
    public var controlDelay: Double
    /// Whether every packet is recorded.
    public var packets: Bool
    public var declared: [String: Double]
    /// The whole run is ended after this long; `nil`: when all images are through.
    public var limit: Double?
}

/// Something that happens at a set time after the first image may start.
public struct TimedEvent: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// `links.uplink.snr` and the like, to a new value as written.
        case set(key: String, value: String)
        /// The link carries nothing for that long.
        case flap(link: String, duration: Double)
        /// No datagram between the node and any other for that long.
        case partition(node: String, duration: Double)
        case pause(node: String, duration: Double)
        case kill(node: String)
        case restart(node: String)
        case join(node: String)
        case leave(node: String)
    }
    /// Seconds from the start of the run.
    public var at: Double
    public var kind: Kind
}

/// Values to run through: the product of all axes, repeated with seeds of their own.
public struct Sweep: Sendable, Equatable {
    public struct Axis: Sendable, Equatable {
        public var key: String
        /// As they would be written in the file.
        public var values: [String]
    }
    public var axes: [Axis]
    public var repetitions: Int
}

/// A bound on a figure of the finished run; it decides the exit code.
public struct ExpectedBound: Sendable, Equatable {
    public enum Comparison: String, Sendable, CaseIterable { case atLeast = ">=", atMost = "<=", equals = "==", above = ">", below = "<" }
    /// One of ``ExpectedBound/figures``.
    public var figure: String
    public var comparison: Comparison
    public var bound: Double
    /// As written, for messages.
    public var text: String

    /// Figures that can be bounded.
    public static let figures = [
        "delivered", "deliveredShare", "expired", "lost", "failed", "gvif", "gvifLeast", "psnr", "maskPSNR", "latency", "latencyP99", "bitsOverBudget", "lateness",
        "restarts", "crashes",
    ]

    public func holds(_ value: Double) -> Bool {
        switch comparison {
        case .atLeast: value >= bound
        case .atMost: value <= bound
        case .equals: value == bound
        case .above: value > bound
        case .below: value < bound
        }
    }
}
