import Testing

/// Folders of one module as floors: what a folder's files use lies in it or below, so that each can be read by itself.
///
/// A simple reading: types declared at the left margin, and words that are written like types.
@Suite struct SourceFolderTests {
    struct File {
        var folder: String
        var name: String
        var lines: [Substring]
    }

    /// Words of the code alone: without comments, and without what stands in quotation marks.
    static func words(_ file: File) -> [(word: Substring, isAtMargin: Bool, isMember: Bool)] {
        var words: [(Substring, Bool, Bool)] = []
        var isQuotation = false
        for line in file.lines {
            if line.contains("\"\"\"") { isQuotation.toggle() }
            guard !isQuotation else { continue }
            var (start, previous, isQuoted): (Substring.Index?, Character, Bool) = (nil, " ", false)
            var before: Character = " "
            for index in line.indices {
                let character = line[index]
                if character == "/", previous == "/", !isQuoted { break }
                if character == "\"", previous != "\\" { isQuoted.toggle() }
                let isWord = !isQuoted && (character.isLetter || character.isNumber || character == "_")
                if isWord, start == nil { (start, before) = (index, previous) }
                if !isWord, let first = start {
                    words.append((line[first..<index], line.first != " ", before == "."))
                    start = nil
                }
                previous = character
            }
            if let start {
                words.append(
                    (
                        line[start...].prefix { $0.isLetter || $0.isNumber || $0 == "_" }, line.first != " ",
                        before == "."
                    ))
            }
        }
        return words
    }

    /// Types that a file declares for others.
    static func declared(_ file: File) -> [Substring] {
        let words = words(file).filter(\.isAtMargin).map(\.word)
        return words.indices.dropLast().compactMap { index in
            ["struct", "class", "enum", "actor", "protocol", "typealias"].contains(words[index])
                && (index == 0 || !["private", "fileprivate"].contains(words[index - 1])) ? words[index + 1] : nil
        }
    }

    /// Ways from a folder through others back to it, each as `A → B (FILE uses TYPE) → … → A`.
    static func circles(_ files: [File]) -> [String] {
        var homes: [Substring: Set<String>] = [:]
        for file in files { for type in declared(file) { homes[type, default: []].insert(file.folder) } }
        var uses: [String: [String: String]] = [:]
        for file in files {
            for (word, _, isMember) in words(file) where !isMember {
                guard let folders = homes[word], !folders.contains(file.folder) else { continue }
                for folder in folders { uses[file.folder, default: [:]][folder] = "\(file.name) uses \(word)" }
            }
        }
        func way(from folder: String, to end: String, past seen: Set<String>) -> String? {
            for (next, reason) in (uses[folder] ?? [:]).sorted(by: { $0.key < $1.key }) where !seen.contains(next) {
                if next == end { return "\(folder) → \(end) (\(reason))" }
                if let rest = way(from: next, to: end, past: seen.union([next])) {
                    return "\(folder) → (\(reason)) \(rest)"
                }
            }
            return nil
        }
        return Set(files.map(\.folder)).sorted().compactMap { way(from: $0, to: $0, past: []) }
    }

    @Test func noCircleOfFoldersInsideAModule() throws {
        var modules: [Substring: [File]] = [:]
        for (name, lines) in try SourceFormTests.files() where name.hasPrefix("Sources/") {
            let parts = name.split(separator: "/")
            modules[parts[1], default: []].append(
                File(folder: parts.count > 3 ? String(parts[2]) : "", name: String(parts.last!), lines: lines))
        }
        #expect(modules.values.count { Set($0.map(\.folder)).count > 3 } > 4, "the folders were overlooked")
        for (module, files) in modules {
            #expect(Self.circles(files).isEmpty, "\(module): \(Self.circles(files).joined(separator: "; "))")
        }
    }

    @Test func aCircleIsFound() {
        func file(_ folder: String, _ name: String, _ text: String) -> File {
            File(folder: folder, name: name, lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        }
        let low = file(
            "Low", "A.swift", "package struct A {\n    // Top\n    let text = \"Top\"\n    var x: Other.Top\n}")
        let top = file("High", "Top.swift", "public final class Top { let a: A }\nprivate enum Hidden {}")
        #expect(Self.circles([low, top]) == [])
        let back = file("Low", "B.swift", "extension A { func make() -> Top? { nil } }")
        #expect(
            Self.circles([low, top, back]) == [
                "High → (Top.swift uses A) Low → High (B.swift uses Top)",
                "Low → (B.swift uses Top) High → Low (Top.swift uses A)",
            ])
        #expect(Self.circles([low, top, file("Low", "C.swift", "let hidden: Hidden? = nil")]) == [], "it is private")
    }
}
