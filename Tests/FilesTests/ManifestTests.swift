import Foundation
import Testing

/// What a target imports is what Package.swift says it depends on. A module that happens to have been built before can
/// be imported without being named, and the build then fails, or not, by the order in which targets are built.
@Suite struct ManifestTests {
    struct Target {
        var name: String
        var folder: String
        var dependencies: Set<String>
    }

    /// A simple reading of the manifest: each target from its bracket to the next one's.
    static func targets() throws -> [Target] {
        let manifest = try String(contentsOfFile: "\(SourceFormTests.root)/Package.swift", encoding: .utf8)
        let heads = /\.(target|testTarget|executableTarget|systemLibrary)\(\s*name: "([^"]+)"/
        let found = Array(manifest.matches(of: heads))
        return found.enumerated().map { index, match in
            let end = index + 1 < found.count ? found[index + 1].range.lowerBound : manifest.endIndex
            let text = manifest[match.range.upperBound..<end]
            let list = text.firstMatch(of: /dependencies: \[((?:[^\[\]]|\[[^\]]*\])*)\]/)?.1 ?? ""
            // A product's package is no module.
            let names = list.replacing(/package: "[^"]+"/, with: "").matches(of: /"([^"]+)"/).map { String($0.1) }
            let path = text.firstMatch(of: /path: "([^"]+)"/).map { String($0.1) }
            let folder = path ?? (match.1 == "testTarget" ? "Tests/" : "Sources/") + match.2
            return Target(name: String(match.2), folder: folder, dependencies: Set(names))
        }
    }

    static func imports(_ folder: String) throws -> Set<String> {
        let root = "\(SourceFormTests.root)/\(folder)"
        var result: Set<String> = []
        for path in FileManager.default.enumerator(atPath: root) ?? .init() {
            guard let path = path as? String, path.hasSuffix(".swift") else { continue }
            let text = try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
            for match in text.matches(of: /(?m)^(?:@\w+(?:\([^)]*\))? |package |public |internal )*import (\w+)/) {
                result.insert(String(match.1))
            }
        }
        return result
    }

    @Test func whatIsImportedIsDeclaredAndNothingElse() throws {
        let targets = try Self.targets()
        let known = targets.reduce(into: Set(targets.map(\.name))) { $0.formUnion($1.dependencies) }
        #expect(targets.count > 60 && known.contains("GRDB") && known.contains("CSodium"))
        for target in targets {
            let imports = try Self.imports(target.folder).intersection(known).subtracting([target.name])
            // C sources include instead.
            guard !target.name.hasPrefix("C") || !imports.isEmpty else { continue }
            #expect(
                imports == target.dependencies,
                """
                \(target.name): imports without declaring \(imports.subtracting(target.dependencies).sorted()), \
                declares without importing \(target.dependencies.subtracting(imports).sorted())
                """)
        }
    }
}
