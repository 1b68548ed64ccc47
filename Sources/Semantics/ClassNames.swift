import Files
import Foundation

/// The words for a classifier's outputs, in label order. A name may hold synonyms, separated by commas.
public struct ClassNames: Equatable, Sendable {
    public let names: [String]
    /// Where they come from, for errors.
    public let source: String

    public init(_ names: [String], source: String = "the class list") {
        self.names = names
        self.source = source
    }

    /// One name a line; empty lines at the end are ignored.
    ///
    /// - Throws: `FileFailure`, one line that names the file.
    public init(path: String) throws {
        self.init(text: try TextFile.read(path), source: path)
    }

    package init(text: String, source: String) {
        var lines = text.lines.map { $0.trimmingCharacters(in: .whitespaces) }
        while lines.last?.isEmpty == true { lines.removeLast() }
        self.init(lines, source: source)
    }

    /// The 1,000 classes of ImageNet (ILSVRC 2012) in the order of torchvision's classifiers.
    public static func imageNet() throws -> ClassNames {
        try ClassNames(path: Resource.path("imagenet-classes.txt"))
    }

    /// The index of a name, whatever its case; failing that, of the class that has it among its synonyms.
    ///
    /// - Throws: ``SemanticsFailure/unknownLabel(_:nearest:)`` with up to three suggestions.
    public func index(of label: String) throws -> Int {
        let wanted = Self.plain(label)
        if let found = names.firstIndex(where: { Self.plain($0) == wanted }) { return found }
        if let found = names.firstIndex(where: {
            $0.split(separator: ",").contains { Self.plain(String($0)) == wanted }
        }) {
            return found
        }
        throw SemanticsFailure.unknownLabel(label, nearest: nearest(to: label))
    }

    /// A class by its name or, where none is called so, by its number.
    ///
    /// - Throws: ``SemanticsFailure/unknownLabel(_:nearest:)`` or ``SemanticsFailure/labelOutOfRange(index:count:)``.
    public func index(ofNameOrNumber label: String) throws -> Int {
        guard let number = Int(label), !names.contains(label) else { return try index(of: label) }
        guard names.indices.contains(number) else {
            throw SemanticsFailure.labelOutOfRange(index: number, count: names.count)
        }
        return number
    }

    /// Up to three names like the given one: those that share a word with it, then the fewest edits away.
    public func nearest(to label: String) -> [String] {
        let wanted = Self.plain(label)
        let words = Set(wanted.split(separator: " ").filter { $0.count > 2 })
        let scored = names.compactMap { name -> (name: String, distance: Double)? in
            let plain = Self.plain(name)
            let shares = !words.isDisjoint(with: plain.split { $0 == " " || $0 == "," || $0 == "-" })
            let edits = Self.edits(Array(wanted.utf8), Array(plain.utf8))
            guard shares || plain.contains(wanted) || edits <= max(2, wanted.utf8.count / 2) else { return nil }
            return (name, Double(edits) - (shares || plain.contains(wanted) ? 100 : 0))
        }
        return scored.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
    }

    private static func plain(_ name: String) -> String {
        name.lowercased().replacingOccurrences(of: "_", with: " ").trimmingCharacters(in: .whitespaces)
    }

    /// Levenshtein's distance.
    static func edits(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1))
                diagonal = above
            }
        }
        return row[b.count]
    }
}

/// Files that ship with this room.
enum Resource {
    static func path(_ name: String) -> String {
        Place.resource(name)
    }

    static func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }
}
