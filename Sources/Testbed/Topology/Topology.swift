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
    public static let figures = meanings.map(\.figure)

    /// The same with unit and meaning, for the reference.
    static let meanings: [(figure: String, unit: String, meaning: String)] = [
        ("delivered", "images", "decoded from all or some of their slices in time"),
        ("deliveredShare", "share of 1", "the same over the images asked for"),
        ("expired", "datagrams", "past their deadline at the channel, or late there"),
        ("lost", "datagrams", "lost, corrupted, or refused by a full queue"),
        ("failed", "images", "asked for and not delivered"),
        ("gvif", "0 to 1", "mean GVIF over all images that have one; what never came counts as 0"),
        ("gvifLeast", "0 to 1", "the least of them"),
        ("psnr", "dB", "mean PSNR of whole pictures"),
        ("maskPSNR", "dB", "mean PSNR of the pixels of the cells sent (40)"),
        ("latency", "duration", "mean time on the air"),
        ("latencyP99", "duration", "its 99th percentile"),
        ("bitsOverBudget", "images", "with more bits than C·T_max"),
        ("lateness", "duration", "99th percentile of the channel's releases after their due time"),
        ("restarts", "nodes", "started again"),
        ("crashes", "nodes", "died unasked"),
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
