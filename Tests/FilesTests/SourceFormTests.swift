import Foundation
import Testing

/// How long files, functions and lines may be, so that each can be read at a glance.
@Suite struct SourceFormTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    static let mostColumns = 120
    static let mostLinesOfFile = 300
    static let mostLinesOfFunction = 60
    static let mostLinesOfModule = 3000
    static let mostParameters = 7
    /// A row of a table is as long as the table is wide; products are called as BLAS has it.
    static let longLists = ["Sources/Records/", "Sources/Neural/Products/"]
    /// Still to be shortened: no more may come.
    static let longSignatures = [
        "Sources/Declarations/YAMLSection+Values.swift": 2,
        "Sources/FeatureMaps/Convolution/DepthwiseConvolution.swift": 2,
        "Sources/FeatureMaps/Convolution/PixelConvolution.swift": 1,
        "Sources/HyperpriorCodec/Encoding.swift": 3,
        "Sources/Neural/Convolution/WinogradConvolution+Blocks.swift": 1,
        "Sources/Neural/Convolution/WinogradConvolution+Weights.swift": 1,
        "Sources/Roles/Controller/ControllerRole+Images.swift": 1,
    ]

    /// `FOLDER/TARGET/…/FILE.swift` and its lines, for sources and tests.
    static func files() throws -> [(name: String, lines: [Substring])] {
        try ["Sources", "Tests"].flatMap { folder in
            let all = try #require(FileManager.default.enumerator(atPath: "\(root)/\(folder)"))
            let swift = all.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.sorted()
            try #require(swift.count > 100, "these are not the \(folder)")
            return try swift.map { name in
                let text = try String(contentsOfFile: "\(root)/\(folder)/\(name)", encoding: .utf8)
                return ("\(folder)/\(name)", text.split(separator: "\n", omittingEmptySubsequences: false))
            }
        }
    }

    /// The same of sources and headers in C.
    static func sourcesInC() throws -> [(name: String, lines: [Substring])] {
        let all = try #require(FileManager.default.enumerator(atPath: "\(root)/Sources"))
        let files = all.compactMap { $0 as? String }.filter { $0.hasSuffix(".c") || $0.hasSuffix(".h") }.sorted()
        try #require(files.count > 20, "these are not the sources")
        return try files.map { name in
            let text = try String(contentsOfFile: "\(root)/Sources/\(name)", encoding: .utf8)
            return ("Sources/\(name)", text.split(separator: "\n", omittingEmptySubsequences: false))
        }
    }

    /// The same of scripts: whatever is text there, but for data and pages.
    static func scripts() throws -> [(name: String, lines: [Substring])] {
        let pages: Set = ["md", "json", "tsv", "txt", "csv", "yaml", "toml", "pyc", "png", "jpg"]
        return try ["Scripts", "python"].flatMap { folder in
            let all = try #require(FileManager.default.enumerator(atPath: "\(root)/\(folder)"))
            return all.compactMap { $0 as? String }.sorted().compactMap {
                (name) -> (name: String, lines: [Substring])? in
                guard !pages.contains(URL(fileURLWithPath: name).pathExtension), !name.contains(".egg-info"),
                    let text = try? String(contentsOfFile: "\(root)/\(folder)/\(name)", encoding: .utf8)
                else { return nil }
                return ("\(folder)/\(name)", text.split(separator: "\n", omittingEmptySubsequences: false))
            }
        }
    }

    /// Functions, initialisers and computed properties with their lines, by the layout that `swift format` gives them:
    /// from the declaration to the brace that closes at its indentation.
    static func functions(_ lines: [Substring]) -> [(declaration: Substring, line: Int, count: Int)] {
        let declaration =
            /^ *(?:@\w+(?:\([^)]*\))? +|[a-z]+(?:\([a-z]+\))? +)*?(?:func |init[?!]?[(<]|subscript[(<]|var .*\{$)/
        return lines.indices.compactMap { start in
            let first = lines[start]
            guard first.prefixMatch(of: declaration) != nil else { return nil }
            // What opens and closes in one line is as long as that.
            guard !(first.hasSuffix("}") && first.contains("{")) else { return (first, start + 1, 1) }
            let indentation = first.prefix { $0 == " " }
            for end in lines.indices[(start + 1)...] where lines[end].hasPrefix(indentation) {
                let rest = lines[end].dropFirst(indentation.count)
                if rest.hasPrefix("}") { return (first, start + 1, end - start + 1) }
                // A requirement has no body: the next line of its own depth is another declaration or the end.
                if let next = rest.first, next != " ", next != ")", next != "{", !rest.hasPrefix("where ") {
                    return nil
                }
            }
            return nil
        }
    }

    /// How many parameters the declaration takes that begins in the first line: commas of its list, at no depth.
    static func parameters(_ lines: ArraySlice<Substring>) -> Int {
        var (depth, commas, isEmpty, isQuoted) = (0, 0, true, false)
        // Generic parameters stand before the list, function types and dictionaries within it.
        for character in lines.joined(separator: "\n") {
            if character == "\"" { isQuoted.toggle() }
            guard !isQuoted else { continue }
            switch character {
            case "(", "[", "{":
                if depth > 0 { isEmpty = false }
                depth += 1
            case ")", "]", "}":
                depth -= 1
                if depth == 0 { return isEmpty ? 0 : commas + 1 }
            case ",": if depth == 1 { commas += 1 }
            default: if depth > 0, !character.isWhitespace { isEmpty = false }
            }
        }
        return 0
    }

    @Test func aCallFitsInALineOfThought() throws {
        var long: [String: Int] = [:]
        for (name, lines) in try Self.files() where !Self.longLists.contains(where: name.hasPrefix) {
            for index in lines.indices {
                let line = lines[index]
                guard line.contains("func ") || line.contains(/\binit[?!]?[(<]/),
                    line.prefixMatch(of: Self.callable) != nil
                else { continue }
                let count = Self.parameters(lines[index..<min(index + 12, lines.count)])
                if count > Self.mostParameters { long[name, default: 0] += 1 }
            }
        }
        #expect(long == Self.longSignatures, "more than \(Self.mostParameters) parameters")
    }

    nonisolated(unsafe) private static let callable =
        /^ *(?:@\w+(?:\([^)]*\))? +|[a-z]+(?:\([a-z]+\))? +)*?(?:func |init[?!]?[(<])/

    @Test func parametersAreCounted() {
        let texts = [
            "func a() {": 0, "init(\n    _ a: [String: Int], b: (Int, Int) -> Void = { _, _ in }\n) {": 2,
            "func part<A, B>(a: A, b: String = \"x, y\", c: B) -> (A, B) {": 3,
        ]
        for (text, count) in texts { #expect(Self.parameters(text.split(separator: "\n")[...]) == count, "\(text)") }
    }

    @Test func modulesAreRoomsAndNotHalls() throws {
        var sizes: [Substring: Int] = [:]
        for (name, lines) in try Self.files() where name.hasPrefix("Sources/") {
            sizes[name.split(separator: "/")[1], default: 0] += lines.count - 1
        }
        for (module, size) in sizes {
            #expect(size <= Self.mostLinesOfModule, "\(module) has \(size) lines")
        }
    }

    @Test func linesFitInAWindow() throws {
        let manifest = try String(contentsOfFile: "\(Self.root)/Package.swift", encoding: .utf8)
        let package = (name: "Package.swift", lines: manifest.split(separator: "\n", omittingEmptySubsequences: false))
        let scripts = try Self.scripts()
        #expect(scripts.count > 60)
        for (name, lines) in try Self.files() + Self.sourcesInC() + scripts + [package] {
            for (index, line) in lines.enumerated() where line.utf8.count > Self.mostColumns {
                #expect(line.count <= Self.mostColumns, "\(name):\(index + 1) has \(line.count) columns")
            }
        }
    }

    @Test func filesFitOnAFewScreens() throws {
        for (name, lines) in try Self.files() {
            #expect(lines.count - 1 <= Self.mostLinesOfFile, "\(name) has \(lines.count - 1) lines")
        }
    }

    @Test func functionsFitOnOneScreen() throws {
        var found = 0
        for (name, lines) in try Self.files() {
            for function in Self.functions(lines) {
                found += 1
                #expect(
                    function.count <= Self.mostLinesOfFunction,
                    "\(name):\(function.line) has \(function.count) lines: \(function.declaration)")
            }
        }
        #expect(found > 2000, "most functions were overlooked")
    }

    @Test func aLongFunctionIsFound() {
        let long = (0..<60).map { "        step(\($0))" }.joined(separator: "\n")
        let text = """
            protocol P {
                func required(_ a: Int)
                var state: Int { get }
            }
            struct S {
                init() {}
                init(_ a: Int) { self.init() }
                @inline(__always) private static func first(
                    _ a: Int
                ) throws -> Int
                where A: B {
            \(long)
                }
                package private(set) var plain = 3
                var second: Int {
                    1
                }
                public init?(name: String) {
            \(long)
                }
                func third() {
                    let text = \"\"\"
                        }
                        \"\"\"
                }
            }
            """
        let functions = Self.functions(text.split(separator: "\n", omittingEmptySubsequences: false))
        #expect(functions.map(\.count) == [1, 1, 65, 3, 62, 5], "\(functions)")
    }
}
