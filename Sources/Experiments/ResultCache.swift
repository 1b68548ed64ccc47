import Foundation

/// Results of an experiment, kept as they are computed: one line a result, `KEY<tab>JSON`. An experiment that was
/// killed picks up where it stopped; a torn last line is computed again.
final class ResultCache {
    private var values: [String: Data] = [:]
    private let handle: FileHandle
    private let path: String
    /// How many results were computed in this session, and found.
    private(set) var computed = 0
    private(set) var found = 0

    init(path: String) throws {
        self.path = path
        var whole = 0
        if let text = try? Data(contentsOf: URL(fileURLWithPath: path)) {
            // A torn last line may still read as a number, only a wrong one: what lacks its line's end is not believed.
            whole = text.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            for line in text.prefix(whole).split(separator: UInt8(ascii: "\n")) {
                guard let tab = line.firstIndex(of: UInt8(ascii: "\t")) else { continue }
                values[String(decoding: line[..<tab], as: UTF8.self)] = Data(line[(tab + 1)...])
            }
        } else {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        guard let handle = FileHandle(forUpdatingAtPath: path) else { throw ExperimentError.cannotWrite(path) }
        self.handle = handle
        do {
            try handle.truncate(atOffset: UInt64(whole))
            try handle.seek(toOffset: UInt64(whole))
        } catch { throw ExperimentError.cannotWrite(path) }
    }

    /// The value kept under a key, or the one computed now.
    func value<T: Codable>(_ key: String, _ compute: () throws -> T) throws -> T {
        if let data = values[key], let value = try? JSONDecoder().decode(T.self, from: data) {
            found += 1
            return value
        }
        let value = try compute()
        computed += 1
        var line = Data(key.utf8)
        line.append(UInt8(ascii: "\t"))
        do {
            let data = try JSONEncoder().encode(value)
            values[key] = data
            line.append(data)
            line.append(UInt8(ascii: "\n"))
            try handle.write(contentsOf: line)
        } catch { throw ExperimentError.cannotWrite(path) }
        return value
    }
}
