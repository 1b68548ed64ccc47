import Foundation

/// New lines of a run's record files, as the nodes write them.
///
/// The files are the one account of a run; what a browser is shown is read from there, so that the live view cannot
/// differ from the record, and no node works for it.
struct RecordTail {
    let folder: String
    private var offsets: [String: UInt64] = [:]

    init(folder: String) { self.folder = folder }

    /// Kinds of lines that come by the hundred for one image, and of which a person sees nothing.
    private static let leftOut = [Data(#""record":"packet""#.utf8), Data(#""record":"run""#.utf8)]
    /// Bytes read of one file in one call; the rest comes with the next.
    private static let portion = 1 << 20

    /// Complete lines that were added since the last call, file by file in the order of names.
    mutating func newLines() -> [String] {
        let records = folder + "/records"
        // A folder that is not there yet simply has nothing new.
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: records) else { return [] }
        var lines: [String] = []
        for name in names.sorted() where name.hasSuffix(".jsonl") { lines += read(records + "/" + name) }
        return lines
    }

    private mutating func read(_ path: String) -> [String] {
        guard let file = FileHandle(forReadingAtPath: path) else { return [] }
        defer { try? file.close() }
        let offset = offsets[path] ?? 0
        guard (try? file.seek(toOffset: offset)) != nil, let data = try? file.read(upToCount: Self.portion),
            let end = data.lastIndex(of: UInt8(ascii: "\n"))
        else {
            return []
        }
        offsets[path] = offset + UInt64(end - data.startIndex + 1)
        return data[..<end].split(separator: UInt8(ascii: "\n")).compactMap { line in
            Self.leftOut.contains { line.range(of: $0) != nil } ? nil : String(data: line, encoding: .utf8)
        }
    }
}
