/// What can go wrong between the nodes' records and the report.
public enum ResultsError: Error, Equatable, CustomStringConvertible {
    case cannotWrite(String)
    case noRecords(String)
    case noDatabase(String)
    case noResource(String)
    case database(path: String, reason: String)

    public var description: String {
        switch self {
        case .cannotWrite(let path): "\(path): cannot be written"
        case .noRecords(let folder): "\(folder): holds no records (expected records/NAME.jsonl)"
        case .noDatabase(let folder): "\(folder): not a run folder (no run.sqlite and no records)"
        case .noResource(let name): "\(name): missing from the program's resources (built elsewhere and moved?)"
        case .database(let path, let reason): "\(path): \(reason)"
        }
    }
}
