import Foundation
import Testing

/// Who may speak to the system: only the lowest rooms, so that all above can be read, and tested, without it.
@Suite struct SystemCallTests {
    static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Sources").path
    static let allowed: Set = ["Datagrams", "Processes", "Files"]

    /// `TARGET/…/FILE.swift` of all targets that may not.
    static func files() throws -> [String] {
        let all = try #require(FileManager.default.enumerator(atPath: sources)).compactMap { $0 as? String }
        let swift = all.filter { $0.hasSuffix(".swift") }
        try #require(swift.count > 300, "these are not the sources")
        return swift.filter { !allowed.contains(String($0.prefix { $0 != "/" })) }.sorted()
    }

    @Test func theSystemsLibraryIsImportedOnlyBelow() throws {
        for file in try Self.files() {
            let text = try String(contentsOfFile: "\(Self.sources)/\(file)", encoding: .utf8)
            #expect(text.firstMatch(of: /(?m)^(?:@\w+ )*import (?:\w+ )?(?:Glibc|Musl|CPlatform)\b/) == nil, "\(file)")
        }
    }

    /// Foundation hands the system's calls on: an import that is not there says little.
    @Test func processesAreStartedAndEndedOnlyBelow() throws {
        let calls =
            #/
            (?:^|[^.\w`])(?:fork|kill|getpid|getppid|waitpid|usleep|poll|pipe|fcntl|isatty|ioctl|getrusage|mkdir|exit
            |strerror|sigaction|posix_spawn\w*)\(
            /#
        let other = /\bProcess\(\)|\berrno\b/
        for file in try Self.files() {
            let text = try String(contentsOfFile: "\(Self.sources)/\(file)", encoding: .utf8)
            for line in text.split(separator: "\n").map({ $0.drop { $0 == " " } }) {
                // Remarks, and what only bears such a name.
                if line.hasPrefix("//") || line.contains("func ") || line.hasPrefix("case ") { continue }
                #expect(line.firstMatch(of: calls) == nil && line.firstMatch(of: other) == nil, "\(file): \(line)")
            }
        }
    }
}
