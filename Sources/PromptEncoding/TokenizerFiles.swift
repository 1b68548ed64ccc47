import Files
import Foundation
import ModelFolders

/// What a tokenizer's folder says: the words and their numbers, and the pairs to merge.
struct TokenizerFiles {
    /// The file that the vocabulary came from.
    let path: String
    let vocabulary: [String: Int]
    /// The file that the pairs came from.
    let pairsPath: String
    /// Best first.
    let pairs: [(left: Substring, right: Substring)]
}

extension TokenizerFiles {
    /// - Parameter folder: holds `vocab.json` and `merges.txt`, or `tokenizer.json`.
    init(folder: String) throws {
        let path = folder + "/vocab.json"
        if !FileManager.default.fileExists(atPath: path),
            FileManager.default.fileExists(atPath: folder + "/tokenizer.json")
        {
            self = try Self.joint(folder + "/tokenizer.json")
            return
        }
        let data = try Configuration.read(path, mostBytes: 1 << 26)
        guard let vocabulary = try? JSONDecoder().decode([String: Int].self, from: data) else {
            throw ModelFailure.unreadable(path: path, reason: "not a table of words and numbers")
        }
        let pairsPath = folder + "/merges.txt"
        let text = try TextFile.text([UInt8](try Configuration.read(pairsPath, mostBytes: 1 << 26)), name: pairsPath)
        self.init(
            path: path, vocabulary: vocabulary, pairsPath: pairsPath, pairs: try Self.pairs(in: text, path: pairsPath))
    }

    private static func joint(_ path: String) throws -> TokenizerFiles {
        struct File: Decodable {
            struct Model: Decodable {
                let vocab: [String: Int]
                let merges: [Merge]
            }
            struct Added: Decodable {
                let id: Int
                let content: String
            }
            let model: Model
            let added_tokens: [Added]?
        }
        /// Two words, or both in one text.
        enum Merge: Decodable {
            case words([String]), text(String)
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let text = try? container.decode(String.self) {
                    self = .text(text)
                } else {
                    self = .words(try container.decode([String].self))
                }
            }
        }
        guard let file = try? JSONDecoder().decode(File.self, from: Configuration.read(path, mostBytes: 1 << 26)) else {
            throw ModelFailure.unreadable(path: path, reason: "holds no byte-pair model")
        }
        var vocabulary = file.model.vocab
        for added in file.added_tokens ?? [] { vocabulary[added.content] = added.id }
        let pairs: [(left: Substring, right: Substring)] = try file.model.merges.map { merge in
            switch merge {
            case .text(let text): return try pair(of: text[...], path: path)
            case .words(let words):
                guard words.count == 2 else {
                    throw ModelFailure.unreadable(path: path, reason: "merges \(words.count) words at once")
                }
                return (words[0][...], words[1][...])
            }
        }
        return TokenizerFiles(path: path, vocabulary: vocabulary, pairsPath: path, pairs: pairs)
    }

    /// The lines of `merges.txt`, best first.
    static func pairs(in text: String, path: String) throws -> [(left: Substring, right: Substring)] {
        let list = try text.lines.filter { !$0.isEmpty && !$0.hasPrefix("#version") }.map {
            try pair(of: $0, path: path)
        }
        // A tokenizer without merges spells every word in letters, and no model was trained on that.
        guard !list.isEmpty else { throw ModelFailure.unreadable(path: path, reason: "holds no merges") }
        return list
    }

    private static func pair(of line: Substring, path: String) throws -> (left: Substring, right: Substring) {
        let parts = line.split(separator: " ")
        guard parts.count == 2 else {
            throw ModelFailure.unreadable(
                path: path, reason: "'\(String(line.prefix(40)).shown())' is no pair of words")
        }
        return (parts[0], parts[1])
    }
}
