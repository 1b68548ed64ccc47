/// What can go wrong between the nodes' records and the report.
package enum ResultsError: Error, Equatable, CustomStringConvertible {
    case cannotWrite(String)
    /// The disk refused in the middle of a run: full, usually.
    case writeFailed(path: String, reason: String)
    case noRecords(String)
    case noDatabase(String)
    case database(path: String, reason: String)

    /// Whether it happened to the run (exit code 1) rather than lay in what it was given (2).
    package var isFailure: Bool {
        switch self {
        case .writeFailed, .database: true
        default: false
        }
    }

    package var description: String {
        switch self {
        case .cannotWrite(let path): "\(path): cannot be written"
        case .writeFailed(let path, let reason): "\(path): cannot be written: \(reason)"
        case .noRecords(let folder): "\(folder): holds no records (expected records/NAME.jsonl)"
        case .noDatabase(let folder): "\(folder): not a run folder (no run.sqlite and no records)"
        case .database(let path, let reason): "\(path): \(reason)"
        }
    }
}
