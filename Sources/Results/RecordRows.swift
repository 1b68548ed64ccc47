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
    func row(run: String, _ take: ColumnValue) -> String {
        func put(_ name: String, _ value: (any DatabaseValueConvertible)?) {
            // SQLite has no place for infinities and NaN among numbers: they are unknown values.
            if let number = value as? Double, !number.isFinite { take(name, nil) } else { take(name, value) }
        }
        take("run", run)
        switch self {
        case .run(let record):
            record.row(put)
            return "runs"
        case .node(let record):
            record.row(put)
            return "nodes"
        case .block(let record):
            record.row(put)
            return "blocks"
        case .packet(let record):
            record.row(put)
            return "packets"
        case .decision(let record):
            record.row(put)
            return "decisions"
        case .transmission(let record):
            record.row(put)
            return "transmissions"
        case .reception(let record):
            record.row(put)
            return "receptions"
        case .score(let record):
            record.row(put)
            return "scores"
        case .stage(let record):
            record.row(put)
            return "stages"
        case .event(let record):
            record.row(put)
            return "events"
        case .repetition(let record):
            record.row(put)
            return "repetitions"
        }
    }
}

/// Takes in the value of a column.
typealias ColumnValue = (_ column: String, _ value: (any DatabaseValueConvertible)?) -> Void

extension RunRecord {
    fileprivate func row(_ put: ColumnValue) {
        put("topology", topology)
        put("resolved", resolved)
        put("seed", String(seed))
        put("originAt", originAt)
        put("startedOn", startedOn)
        put("virtual", virtual)
        put("accounting", accounting)
        put("latencyBudget", latencyBudget)
        put("bandwidth", bandwidth)
        put("rateLaw", rateLaw)
        put("latenessBound", latenessBound)
        put("versions", json(versions))
        put("machine", json(machine))
        put("command", json(command))
    }
}

extension NodeRecord {
    fileprivate func row(_ put: ColumnValue) {
        put("name", name)
        put("role", role)
        put("process", Int(process))
        put("host", host)
        put("readyAt", readyAt)
        put("peakMemory", peakMemory)
        put("clockOffset", clockOffset)
        put("clockError", clockError)
    }
}

extension BlockRecord {
    fileprivate func row(_ put: ColumnValue) {
        put("link", link)
        put("number", number)
        put("startAt", startAt)
        put("duration", duration)
        put("snr", snr)
        put("capacity", capacity)
    }
}

extension PacketRecord {
    fileprivate func row(_ put: ColumnValue) {
        put("link", link)
        put("transmitter", transmitter)
        put("image", image)
        put("section", section)
        put("index", index)
        put("bits", bits)
        put("wireBits", wireBits)
        put("arrivedAt", arrivedAt)
        put("dueAt", dueAt)
        put("releasedAt", releasedAt)
        put("verdict", verdict.rawValue)
        put("block", block)
        put("attempts", attempts)
    }
}

extension DecisionRecord {
    fileprivate func row(_ put: ColumnValue) {
        put("transmitter", transmitter)
        put("image", image)
        put("at", at)
        put("policy", policy)
        put("link", link)
        put("block", block)
        put("snr", snr)
        put("capacity", capacity)
        put("budgetBits", budgetBits)
        put("latencyBudget", latencyBudget)
        put("alpha", decimal(alpha))
        put("rate", rate)
        put("predictedBits", predictedBits)
        put("predictedGVIF", predictedGVIF)
        put("feasible", feasible)
        put("concession", concession)
        put("stateAge", stateAge)
    }
}

extension TransmissionRecord {
    fileprivate func row(_ put: ColumnValue) {
        put("transmitter", transmitter)
        put("image", image)
        put("photo", photo)
        put("width", width)
        put("height", height)
        put("scheme", scheme)
        put("prompt", prompt)
        put("wording", wording?.rawValue)
        put("label", label)
        put("labelProbability", labelProbability)
        put("alpha", decimal(alpha))
        put("rate", rate)
        put("headerBits", bits.header)
        put("promptBits", bits.prompt)
        put("layoutBits", bits.layout)
        put("maskBits", bits.mask)
        put("hyperBits", bits.hyper)
        put("featureBits", bits.features)
        put("totalBits", bits.total)
        put("theoreticalBits", theoreticalBits)
        put("budgetBits", budgetBits)
        put("slices", slices)
        put("datagrams", datagrams)
        put("wireBits", wireBits)
        put("firstSentAt", firstSentAt)
        put("lastSentAt", lastSentAt)
        put("originalFile", originalFile)
        put("importanceFile", importanceFile)
        put("streamFile", streamFile)
    }
}

extension ReceptionRecord {
    fileprivate func row(_ put: ColumnValue) {
        put("transmitter", transmitter)
        put("image", image)
        put("receiver", receiver)
        put("status", status.rawValue)
        put("firstArrivedAt", firstArrivedAt)
        put("lastArrivedAt", lastArrivedAt)
        put("airTime", airTime)
        put("deadlineAt", deadlineAt)
        put("finishedAt", finishedAt)
        put("slicesExpected", slicesExpected)
        put("slicesReceived", slicesReceived)
        put("receivedBits", receivedBits)
        put("gvif", gvif)
        put("requestedShare", requestedShare)
        put("receivedShare", receivedShare)
        put("inpainting", inpainting)
        put("decodedFile", decodedFile)
        put("receivedFile", receivedFile)
        put("maskFile", maskFile)
    }
}

extension ScoreRecord {
    fileprivate func row(_ put: ColumnValue) {
        put("receiver", receiver)
        put("transmitter", transmitter)
        put("image", image)
        for figure in ResultTable.scoreFigures { put(figure.column.name, figure.value(self)) }
    }
}

extension StageRecord {
    fileprivate func row(_ put: ColumnValue) {
        put("transmitter", transmitter)
        put("image", image)
        put("node", node)
        put("stage", stage.rawValue)
        put("startAt", startAt)
        put("duration", duration)
    }
}

extension EventRecord {
    fileprivate func row(_ put: ColumnValue) {
        put("at", at)
        put("node", node)
        put("severity", severity.rawValue)
        put("what", what)
        put("detail", detail)
    }
}

extension RepetitionRecord {
    fileprivate func row(_ put: ColumnValue) {
        put("transmitter", transmitter)
        put("image", image)
        put("at", at)
        put("datagrams", datagrams)
        put("bits", bits)
    }
}

private func json(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
}

/// The shortest decimal that names a Float: 0.8 and not 0.800000011920929.
private func decimal(_ value: Float) -> Double { Double("\(value)") ?? Double(value) }

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
