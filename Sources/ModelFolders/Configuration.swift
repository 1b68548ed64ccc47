import Foundation
import Neural

/// One `config.json` of a model's folder, read with suspicion: every value is checked where it is fetched, and a
/// refusal names the file and the key.
package struct Configuration: Sendable {
    package enum Value: Decodable, Sendable {
        case null, truth(Bool), number(Double), text(String), list([Value]), table([String: Value])

        package init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let truth = try? container.decode(Bool.self) {
                self = .truth(truth)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let list = try? container.decode([Value].self) {
                self = .list(list)
            } else {
                self = .table(try container.decode([String: Value].self))
            }
        }

        package var isNull: Bool { if case .null = self { true } else { false } }
    }

    package let path: String
    package let values: [String: Value]

    /// The largest file read: a published configuration has a few kilobytes.
    package static let mostBytes = 1 << 20

    package init(path: String) throws {
        let data = try Self.read(path, mostBytes: Self.mostBytes)
        guard let values = try? JSONDecoder().decode([String: Value].self, from: data) else {
            throw ModelFailure.unreadable(path: path, reason: "not a JSON object")
        }
        self.init(path: path, values: values)
    }

    package init(path: String, values: [String: Value]) {
        self.path = path
        self.values = values
    }

    /// A whole file, refused when it is missing, no plain file, or larger than it should be.
    package static func read(_ path: String, mostBytes: Int) throws -> Data {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
            throw ModelFailure.unreadable(path: path, reason: "no such file")
        }
        let size =
            (try? FileManager.default.attributesOfItem(
                atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)[.size] as? Int) ?? 0
        guard size <= mostBytes else {
            throw ModelFailure.unreadable(path: path, reason: "has \(size) bytes, more than \(mostBytes)")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ModelFailure.unreadable(path: path, reason: "cannot be read")
        }
        return data
    }

    package func failure(_ key: String, _ reason: String) -> ModelFailure {
        .configuration(path: path, key: key, reason: reason)
    }

    /// Nil where the key is absent or null.
    package subscript(key: String) -> Value? {
        guard let value = values[key], !value.isNull else { return nil }
        return value
    }

    package static func integer(_ value: Value) -> Int? {
        guard case .number(let number) = value, number == number.rounded(), abs(number) < 1e9 else { return nil }
        return Int(number)
    }

    package func integer(_ key: String, default standard: Int? = nil, in range: ClosedRange<Int>) throws -> Int {
        guard let value = self[key] else {
            if let standard { return standard }
            throw failure(key, "is missing")
        }
        guard let integer = Self.integer(value), range.contains(integer) else {
            throw failure(key, "must be an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return integer
    }

    package func number(_ key: String, default standard: Double, in range: ClosedRange<Double>) throws -> Double {
        guard let value = self[key] else { return standard }
        guard case .number(let number) = value, range.contains(number) else {
            throw failure(key, "must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    package func truth(_ key: String, default standard: Bool) throws -> Bool {
        guard let value = self[key] else { return standard }
        guard case .truth(let truth) = value else { throw failure(key, "must be true or false") }
        return truth
    }

    package func text(_ key: String, default standard: String? = nil) throws -> String {
        guard let value = self[key] else {
            if let standard { return standard }
            throw failure(key, "is missing")
        }
        guard case .text(let text) = value else { throw failure(key, "must be a text") }
        return text
    }

    package func integers(_ key: String, default standard: [Int]? = nil, in range: ClosedRange<Int>) throws -> [Int] {
        guard let value = self[key] else {
            if let standard { return standard }
            throw failure(key, "is missing")
        }
        guard case .list(let list) = value, list.count <= 64 else {
            throw failure(key, "must be a short list of integers")
        }
        return try list.map {
            guard let integer = Self.integer($0), range.contains(integer) else {
                throw failure(key, "must hold integers from \(range.lowerBound) to \(range.upperBound)")
            }
            return integer
        }
    }

    package func texts(_ key: String, default standard: [String]) throws -> [String] {
        guard let value = self[key] else { return standard }
        guard case .list(let list) = value, list.count <= 64 else {
            throw failure(key, "must be a short list of texts")
        }
        return try list.map {
            guard case .text(let text) = $0 else { throw failure(key, "must hold texts only") }
            return text
        }
    }

    /// One integer for all blocks, or a list with one for each.
    package func integersPerBlock(
        _ key: String, blocks: Int, default standard: Int, in range: ClosedRange<Int>
    ) throws -> [Int] {
        if case .list? = self[key] {
            let list = try integers(key, in: range)
            guard list.count == blocks else { throw failure(key, "has \(list.count) entries for \(blocks) blocks") }
            return list
        }
        return .init(repeating: try integer(key, default: standard, in: range), count: blocks)
    }

    /// One of the words that a type knows.
    package func choice<C: RawRepresentable & CaseIterable>(_ key: String, default standard: C) throws -> C
    where C.RawValue == String {
        let text = try text(key, default: standard.rawValue)
        guard let choice = C(rawValue: text) else {
            throw failure(key, "is '\(text)'; known are \(C.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// The function between layers.
    package func activation(_ key: String, default standard: Activation) throws -> Activation {
        let name = try text(key, default: standard.rawValue)
        guard let activation = Activation(name: name) else {
            let known = Activation.allCases.map(\.rawValue).joined(separator: ", ")
            throw failure(key, "names '\(name)'; known are \(known)")
        }
        return activation
    }

    /// Refuses options that would change the numbers and are not built here.
    package func refuse(_ keys: String...) throws {
        for key in keys {
            guard let value = self[key] else { continue }
            if case .truth(false) = value { continue }
            throw failure(key, "asks for something this program does not have")
        }
    }
}
