/// What was run, with which seed, by which build, on which machine. Written once by the launcher at the start.
package struct RunRecord: Codable, Sendable, Equatable {
    /// The topology's name (or its file name without extension).
    package var topology: String
    /// The resolved topology, every default written out, as YAML.
    package var resolved: String
    package var seed: UInt64
    /// The run's clock at the start; reports subtract it.
    package var originAt: Int64
    /// Wall-clock time of the origin, ISO 8601 in UTC.
    package var startedOn: String
    /// True where the virtual clock drove the roles, false over real sockets.
    package var virtual: Bool
    /// `payload` or `wire`: which bits are counted against the budget.
    package var accounting: String
    /// The latency budget T_max in seconds.
    package var latencyBudget: Double
    /// The bandwidth B in hertz.
    package var bandwidth: Double
    /// What an SNR is worth in bits, in words, each law once.
    package var rateLaw: String?
    /// Largest 99th percentile of release lateness, in seconds, under which the run is valid.
    package var latenessBound: Double
    /// What ran: for instance `["testbed": "0.1.0", "swift": "6.1", "codec": "9f3a…"]`.
    package var versions: [String: String]
    /// Where: for instance `["processor": "…", "cores": "2", "memory": "23 GB", "kernel": "…"]`.
    package var machine: [String: String]
    /// The command line without secrets.
    package var command: [String]

    enum CodingKeys: String, CodingKey {
        case topology, resolved, seed, virtual, accounting, versions, machine, command
        case originAt = "origin_at_ns"
        case startedOn = "started_on"
        case latencyBudget = "latency_budget_s"
        case bandwidth = "bandwidth_hz"
        case rateLaw = "rate_law"
        case latenessBound = "lateness_bound_s"
    }

    package init(
        topology: String, resolved: String, seed: UInt64, originAt: Int64, startedOn: String, virtual: Bool,
        accounting: String, latencyBudget: Double, bandwidth: Double, rateLaw: String? = nil,
        latenessBound: Double = 0.001,
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
        self.rateLaw = rateLaw
        self.latenessBound = latenessBound
        self.versions = versions
        self.machine = machine
        self.command = command
    }
}

/// Who a node is. Written once by each node when it is ready.
package struct NodeRecord: Codable, Sendable, Equatable {
    package var name: String
    /// `transmitter`, `channel`, `receiver` or `controller`.
    package var role: String
    package var process: Int32
    package var host: String
    package var readyAt: Int64
    /// Peak resident memory in bytes, where the record is written again at the end of the run (the last one counts).
    package var peakMemory: Int?
    /// What was added to the host's clock to get the controller's, in seconds; absent on the controller's own host.
    package var clockOffset: Double?
    /// The node's instants may be off by ± this, in seconds; one-way times between two nodes by the sum of both.
    package var clockError: Double?

    enum CodingKeys: String, CodingKey {
        case name, role, process, host
        case readyAt = "ready_at_ns"
        case peakMemory = "peak_memory_bytes"
        case clockOffset = "clock_offset_s"
        case clockError = "clock_error_s"
    }

    package init(name: String, role: String, process: Int32, host: String, readyAt: Int64, peakMemory: Int? = nil) {
        self.name = name
        self.role = role
        self.process = process
        self.host = host
        self.readyAt = readyAt
        self.peakMemory = peakMemory
    }
}

/// Something out of the ordinary, in words a reader of the report understands.
package struct EventRecord: Codable, Sendable, Equatable {
    package enum Severity: String, Codable, Sendable { case note, warning, failure }

    /// ``what`` of an image that never went on the air; the detail says why.
    package static let notSent = "not sent"

    package var at: Int64
    /// The node that tells it.
    package var node: String
    package var severity: Severity
    /// One or two words: `partition`, `crash`, `rejected datagram`, `interrupted`.
    package var what: String
    /// One line.
    package var detail: String

    enum CodingKeys: String, CodingKey {
        case node, severity, what, detail
        case at = "at_ns"
    }

    package init(at: Int64, node: String, severity: Severity, what: String, detail: String = "") {
        self.at = at
        self.node = node
        self.severity = severity
        self.what = what
        self.detail = detail
    }
}
