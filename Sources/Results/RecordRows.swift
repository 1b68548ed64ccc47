import Foundation
import GRDB
import Records

/// How a record lies in its table: the values in the table's column order.
extension Records.Record {
    /// - Returns: the table and the column values, `run` first.
    package func row(run: String) -> (table: String, columns: [String], values: [(any DatabaseValueConvertible)?]) {
        var columns: [String] = []
        var values: [(any DatabaseValueConvertible)?] = []
        let table = row(run: run) { name, value in
            columns.append(name)
            values.append(value)
        }
        return (table, columns, values)
    }

    /// The same, value by value.
    /// - Returns: the table.
    func row(run: String, _ take: (String, (any DatabaseValueConvertible)?) -> Void) -> String {
        func json(_ value: some Encodable) -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
        }
        func put(_ name: String, _ value: (any DatabaseValueConvertible)?) {
            // SQLite has no place for infinities and NaN among numbers: they are unknown values.
            if let number = value as? Double, !number.isFinite { take(name, nil) } else { take(name, value) }
        }
        take("run", run)
        switch self {
        case .run(let r):
            put("topology", r.topology)
            put("resolved", r.resolved)
            put("seed", String(r.seed))
            put("originAt", r.originAt)
            put("startedOn", r.startedOn)
            put("virtual", r.virtual)
            put("accounting", r.accounting)
            put("latencyBudget", r.latencyBudget)
            put("bandwidth", r.bandwidth)
            put("rateLaw", r.rateLaw)
            put("latenessBound", r.latenessBound)
            put("versions", json(r.versions))
            put("machine", json(r.machine))
            put("command", json(r.command))
            return "runs"
        case .node(let r):
            put("name", r.name)
            put("role", r.role)
            put("process", Int(r.process))
            put("host", r.host)
            put("readyAt", r.readyAt)
            put("peakMemory", r.peakMemory)
            put("clockOffset", r.clockOffset)
            put("clockError", r.clockError)
            return "nodes"
        case .block(let r):
            put("link", r.link)
            put("number", r.number)
            put("startAt", r.startAt)
            put("duration", r.duration)
            put("snr", r.snr)
            put("capacity", r.capacity)
            return "blocks"
        case .packet(let r):
            put("link", r.link)
            put("transmitter", r.transmitter)
            put("image", r.image)
            put("section", r.section)
            put("index", r.index)
            put("bits", r.bits)
            put("wireBits", r.wireBits)
            put("arrivedAt", r.arrivedAt)
            put("dueAt", r.dueAt)
            put("releasedAt", r.releasedAt)
            put("verdict", r.verdict.rawValue)
            put("block", r.block)
            return "packets"
        case .decision(let r):
            put("transmitter", r.transmitter)
            put("image", r.image)
            put("at", r.at)
            put("policy", r.policy)
            put("link", r.link)
            put("block", r.block)
            put("snr", r.snr)
            put("capacity", r.capacity)
            put("budgetBits", r.budgetBits)
            put("latencyBudget", r.latencyBudget)
            put("alpha", Self.decimal(r.alpha))
            put("rate", r.rate)
            put("predictedBits", r.predictedBits)
            put("predictedGVIF", r.predictedGVIF)
            put("feasible", r.feasible)
            put("concession", r.concession)
            put("stateAge", r.stateAge)
            return "decisions"
        case .transmission(let r):
            put("transmitter", r.transmitter)
            put("image", r.image)
            put("photo", r.photo)
            put("width", r.width)
            put("height", r.height)
            put("scheme", r.scheme)
            put("prompt", r.prompt)
            put("wording", r.wording?.rawValue)
            put("label", r.label)
            put("labelProbability", r.labelProbability)
            put("alpha", Self.decimal(r.alpha))
            put("rate", r.rate)
            put("headerBits", r.bits.header)
            put("promptBits", r.bits.prompt)
            put("layoutBits", r.bits.layout)
            put("maskBits", r.bits.mask)
            put("hyperBits", r.bits.hyper)
            put("featureBits", r.bits.features)
            put("totalBits", r.bits.total)
            put("theoreticalBits", r.theoreticalBits)
            put("budgetBits", r.budgetBits)
            put("slices", r.slices)
            put("datagrams", r.datagrams)
            put("wireBits", r.wireBits)
            put("firstSentAt", r.firstSentAt)
            put("lastSentAt", r.lastSentAt)
            put("originalFile", r.originalFile)
            put("importanceFile", r.importanceFile)
            put("streamFile", r.streamFile)
            return "transmissions"
        case .reception(let r):
            put("transmitter", r.transmitter)
            put("image", r.image)
            put("receiver", r.receiver)
            put("status", r.status.rawValue)
            put("firstArrivedAt", r.firstArrivedAt)
            put("lastArrivedAt", r.lastArrivedAt)
            put("airTime", r.airTime)
            put("deadlineAt", r.deadlineAt)
            put("finishedAt", r.finishedAt)
            put("slicesExpected", r.slicesExpected)
            put("slicesReceived", r.slicesReceived)
            put("receivedBits", r.receivedBits)
            put("gvif", r.gvif)
            put("requestedShare", r.requestedShare)
            put("receivedShare", r.receivedShare)
            put("inpainting", r.inpainting)
            put("decodedFile", r.decodedFile)
            put("receivedFile", r.receivedFile)
            put("maskFile", r.maskFile)
            return "receptions"
        case .score(let r):
            put("receiver", r.receiver)
            put("transmitter", r.transmitter)
            put("image", r.image)
            for figure in ResultTable.scoreFigures { put(figure.column.name, figure.value(r)) }
            return "scores"
        case .stage(let r):
            put("transmitter", r.transmitter)
            put("image", r.image)
            put("node", r.node)
            put("stage", r.stage.rawValue)
            put("startAt", r.startAt)
            put("duration", r.duration)
            return "stages"
        case .event(let r):
            put("at", r.at)
            put("node", r.node)
            put("severity", r.severity.rawValue)
            put("what", r.what)
            put("detail", r.detail)
            return "events"
        case .repetition(let r):
            put("transmitter", r.transmitter)
            put("image", r.image)
            put("at", r.at)
            put("datagrams", r.datagrams)
            put("bits", r.bits)
            return "repetitions"
        }
    }

    /// The shortest decimal that names a Float: 0.8 and not 0.800000011920929.
    private static func decimal(_ value: Float) -> Double { Double("\(value)") ?? Double(value) }
}

extension RunRecord: FetchableRecord {
    package init(row: Row) throws {
        func parsed<T: Decodable>(_ column: String, _ type: T.Type) throws -> T {
            try JSONDecoder().decode(type, from: Data((row[column] as String).utf8))
        }
        self.init(
            topology: row["topology"], resolved: row["resolved"], seed: UInt64(row["seed"] as String) ?? 0,
            originAt: row["originAt"], startedOn: row["startedOn"], virtual: row["virtual"],
            accounting: row["accounting"],
            latencyBudget: row["latencyBudget"], bandwidth: row["bandwidth"], rateLaw: row["rateLaw"],
            latenessBound: row["latenessBound"],
            versions: try parsed("versions", [String: String].self),
            machine: try parsed("machine", [String: String].self),
            command: try parsed("command", [String].self))
    }
}

extension NodeRecord: FetchableRecord {}
extension BlockRecord: FetchableRecord {}
extension StageRecord: FetchableRecord {}
extension EventRecord: FetchableRecord {}
extension DecisionRecord: FetchableRecord {}
