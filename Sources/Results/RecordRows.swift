import Channels
import EntropyCoding
import Foundation
import GRDB
import Records

/// How a record lies in its table: the values in the order of the table's columns (``ResultTable``).
extension Records.Record {
    /// - Returns: the table's name, and columns and values, `run` first.
    package func row(run: String) -> (table: String, columns: [String], values: [(any DatabaseValueConvertible)?]) {
        let (table, values) = stored(run: run)
        return (table.name, table.first(values.count), values)
    }

    /// The same without the columns' names.
    func stored(run: String) -> (table: ResultTable, values: [(any DatabaseValueConvertible)?]) {
        let (table, values) = content
        let isScore = kind == .score
        // What is not a number is an unknown value. Infinite is the PSNR of a picture without error, nothing else.
        func known(_ value: (any DatabaseValueConvertible)?) -> (any DatabaseValueConvertible)? {
            guard let number = value as? Double, !number.isFinite else { return value }
            return isScore && number == .infinity ? value : nil
        }
        return (table, [run] + values.map(known))
    }

    private var content: (table: ResultTable, values: [(any DatabaseValueConvertible)?]) {
        switch self {
        case .run(let record): (.runs, record.values)
        case .node(let record): (.nodes, record.values)
        case .block(let record): (.blocks, record.values)
        case .packet(let record): (.packets, record.values)
        case .decision(let record): (.decisions, record.values)
        case .transmission(let record): (.transmissions, record.values)
        case .reception(let record): (.receptions, record.values)
        case .score(let record):
            (
                .scores,
                [record.transmitter, record.image, record.receiver] + ResultTable.scoreFigures.map { $0.value(record) }
            )
        case .stage(let record): (.stages, record.values)
        case .event(let record): (.events, record.values)
        case .repetition(let record): (.repetitions, record.values)
        }
    }
}

extension RunRecord {
    fileprivate var values: [(any DatabaseValueConvertible)?] {
        [
            topology, resolved, String(seed), originAt, startedOn, virtual, accounting, latencyBudget, bandwidth,
            rateLaw, latenessBound, json(versions), json(machine), json(command),
        ]
    }
}

extension NodeRecord {
    fileprivate var values: [(any DatabaseValueConvertible)?] {
        [name, role, Int(process), host, readyAt, peakMemory, clockOffset, clockError]
    }
}

extension BlockRecord {
    fileprivate var values: [(any DatabaseValueConvertible)?] {
        [link, number, startAt, duration, snr, capacity]
    }
}

extension PacketRecord {
    fileprivate var values: [(any DatabaseValueConvertible)?] {
        [
            link, transmitter, image, section, index, bits, wireBits, arrivedAt, dueAt, releasedAt, verdict.rawValue,
            block, attempts,
        ]
    }
}

extension DecisionRecord {
    fileprivate var values: [(any DatabaseValueConvertible)?] {
        [
            transmitter, image, at, policy, link, block, snr, capacity, budgetBits, latencyBudget, decimal(alpha),
            rate, predictedBits, predictedGVIF, feasible, concession, stateAge,
        ]
    }
}

extension TransmissionRecord {
    fileprivate var values: [(any DatabaseValueConvertible)?] {
        [
            transmitter, image, photo, width, height, scheme, prompt, wording?.rawValue, label, labelProbability,
            decimal(alpha), rate, bits.header, bits.prompt, bits.layout, bits.mask, bits.hyper, bits.features,
            bits.total, theoreticalBits, budgetBits, slices, datagrams, wireBits, firstSentAt, lastSentAt,
            originalFile, importanceFile, streamFile,
        ]
    }
}

extension ReceptionRecord {
    fileprivate var values: [(any DatabaseValueConvertible)?] {
        [
            transmitter, image, receiver, status.rawValue, firstArrivedAt, lastArrivedAt, airTime, deadlineAt,
            finishedAt, slicesExpected, slicesReceived, receivedBits, gvif, requestedShare, receivedShare,
            inpainting, decodedFile, receivedFile, maskFile,
        ]
    }
}

extension StageRecord {
    fileprivate var values: [(any DatabaseValueConvertible)?] {
        [transmitter, image, node, stage.rawValue, startAt, duration]
    }
}

extension EventRecord {
    fileprivate var values: [(any DatabaseValueConvertible)?] {
        [at, node, severity.rawValue, what, detail]
    }
}

extension RepetitionRecord {
    fileprivate var values: [(any DatabaseValueConvertible)?] {
        [transmitter, image, at, datagrams, bits]
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
