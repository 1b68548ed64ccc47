/// What was run, with which seed, by which build, on which machine. Written once by the launcher at the start.
public struct RunRecord: Codable, Sendable, Equatable {
    /// The topology's name (or its file name without extension).
    public var topology: String
    /// The resolved topology, every default written out, as YAML.
    public var resolved: String
    public var seed: UInt64
    /// The run's clock at the start; reports subtract it.
    public var originAt: Int64
    /// Wall-clock time of the origin, ISO 8601 in UTC.
    public var startedOn: String
    /// True where the virtual clock drove the roles, false over real sockets.
    public var virtual: Bool
    /// `payload` or `wire`: which bits are counted against the budget.
    public var accounting: String
    /// The latency budget T_max in seconds.
    public var latencyBudget: Double
    /// The bandwidth B in hertz.
    public var bandwidth: Double
    /// Largest 99th percentile of release lateness, in seconds, under which the run is valid.
    public var latenessBound: Double
    /// What ran: for instance `["testbed": "0.1.0", "swift": "6.1", "codec": "9f3a…"]`.
    public var versions: [String: String]
    /// Where: for instance `["processor": "…", "cores": "2", "memory": "23 GB", "kernel": "…"]`.
    public var machine: [String: String]
    /// The command line without secrets.
    public var command: [String]

    public init(
        topology: String, resolved: String, seed: UInt64, originAt: Int64, startedOn: String, virtual: Bool,
        accounting: String, latencyBudget: Double, bandwidth: Double, latenessBound: Double = 0.001,
        versions: [String: String] = [:], machine: [String: String] = [:], command: [String] = []
    ) {
        self.topology = topology
        self.resolved = resolved
        self.seed = seed
        self.originAt = originAt
        self.startedOn = startedOn
        self.virtual = virtual
        self.accounting = accounting
        self.latencyBudget = latencyBudget
        self.bandwidth = bandwidth
        self.latenessBound = latenessBound
        self.versions = versions
        self.machine = machine
        self.command = command
    }
}

/// Who a node is. Written once by each node when it is ready.
public struct NodeRecord: Codable, Sendable, Equatable {
    public var name: String
    /// `transmitter`, `channel`, `receiver` or `controller`.
    public var role: String
    public var process: Int32
    public var host: String
    public var readyAt: Int64
    /// Peak resident memory in bytes, where the record is written again at the end of the run (the last one counts).
    public var peakMemory: Int?
    /// What was added to the host's clock to get the controller's, in seconds; absent on the controller's own host.
    public var clockOffset: Double?
    /// The node's instants may be off by ± this, in seconds; one-way times between two nodes by the sum of both.
    public var clockError: Double?

    public init(name: String, role: String, process: Int32, host: String, readyAt: Int64, peakMemory: Int? = nil) {
        self.name = name
        self.role = role
        self.process = process
        self.host = host
        self.readyAt = readyAt
        self.peakMemory = peakMemory
    }
}

/// Something out of the ordinary, in words a reader of the report understands.
public struct EventRecord: Codable, Sendable, Equatable {
    public enum Severity: String, Codable, Sendable { case note, warning, failure }

    public var at: Int64
    /// The node that tells it.
    public var node: String
    public var severity: Severity
    /// One or two words: `partition`, `crash`, `rejected datagram`, `interrupted`.
    public var what: String
    /// One line.
    public var detail: String

    public init(at: Int64, node: String, severity: Severity, what: String, detail: String = "") {
        self.at = at
        self.node = node
        self.severity = severity
        self.what = what
        self.detail = detail
    }
}
