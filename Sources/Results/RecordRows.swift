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
        put("origin_at_ns", originAt)
        put("started_on", startedOn)
        put("virtual", virtual)
        put("accounting", accounting)
        put("latency_budget_s", latencyBudget)
        put("bandwidth_hz", bandwidth)
        put("rate_law", rateLaw)
        put("lateness_bound_s", latenessBound)
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
        put("ready_at_ns", readyAt)
        put("peak_memory_bytes", peakMemory)
        put("clock_offset_s", clockOffset)
        put("clock_error_s", clockError)
    }
}

extension BlockRecord {
    fileprivate func row(_ put: ColumnValue) {
        put("link", link)
        put("number", number)
        put("start_at_ns", startAt)
        put("duration_s", duration)
        put("snr_db", snr)
        put("capacity_bit_per_s", capacity)
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
        put("wire_bits", wireBits)
        put("arrived_at_ns", arrivedAt)
        put("due_at_ns", dueAt)
        put("released_at_ns", releasedAt)
        put("verdict", verdict.rawValue)
        put("block", block)
        put("attempts", attempts)
    }
}

extension DecisionRecord {
    fileprivate func row(_ put: ColumnValue) {
        put("transmitter", transmitter)
        put("image", image)
        put("at_ns", at)
        put("policy", policy)
        put("link", link)
        put("block", block)
        put("snr_db", snr)
        put("capacity_bit_per_s", capacity)
        put("budget_bits", budgetBits)
        put("latency_budget_s", latencyBudget)
        put("alpha", decimal(alpha))
        put("rate", rate)
        put("predicted_bits", predictedBits)
        put("predicted_gvif", predictedGVIF)
        put("feasible", feasible)
        put("concession", concession)
        put("state_age_s", stateAge)
    }
}

extension TransmissionRecord {
    fileprivate func row(_ put: ColumnValue) {
        put("transmitter", transmitter)
        put("image", image)
        put("photo", photo)
        put("width_px", width)
        put("height_px", height)
        put("scheme", scheme)
        put("prompt", prompt)
        put("wording", wording?.rawValue)
        put("label", label)
        put("label_probability", labelProbability)
        put("alpha", decimal(alpha))
        put("rate", rate)
        put("header_bits", bits.header)
        put("prompt_bits", bits.prompt)
        put("layout_bits", bits.layout)
        put("mask_bits", bits.mask)
        put("hyper_bits", bits.hyper)
        put("feature_bits", bits.features)
        put("total_bits", bits.total)
        put("theoretical_bits", theoreticalBits)
        put("budget_bits", budgetBits)
        put("slices", slices)
        put("datagrams", datagrams)
        put("wire_bits", wireBits)
        put("first_sent_at_ns", firstSentAt)
        put("last_sent_at_ns", lastSentAt)
        put("original_file", originalFile)
        put("importance_file", importanceFile)
        put("stream_file", streamFile)
    }
}

extension ReceptionRecord {
    fileprivate func row(_ put: ColumnValue) {
        put("transmitter", transmitter)
        put("image", image)
        put("receiver", receiver)
        put("status", status.rawValue)
        put("first_arrived_at_ns", firstArrivedAt)
        put("last_arrived_at_ns", lastArrivedAt)
        put("air_time_s", airTime)
        put("deadline_at_ns", deadlineAt)
        put("finished_at_ns", finishedAt)
        put("slices_expected", slicesExpected)
        put("slices_received", slicesReceived)
        put("received_bits", receivedBits)
        put("gvif", gvif)
        put("requested_share", requestedShare)
        put("received_share", receivedShare)
        put("inpainting", inpainting)
        put("decoded_file", decodedFile)
        put("received_file", receivedFile)
        put("mask_file", maskFile)
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
        put("start_at_ns", startAt)
        put("duration_s", duration)
    }
}

extension EventRecord {
    fileprivate func row(_ put: ColumnValue) {
        put("at_ns", at)
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
        put("at_ns", at)
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
            originAt: row["origin_at_ns"], startedOn: row["started_on"], virtual: row["virtual"],
            accounting: row["accounting"],
            latencyBudget: row["latency_budget_s"], bandwidth: row["bandwidth_hz"], rateLaw: row["rate_law"],
            latenessBound: row["lateness_bound_s"],
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
