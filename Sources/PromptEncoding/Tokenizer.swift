import Foundation
import ModelFolders

/// CLIP's byte-level pair encoding from `vocab.json` and `merges.txt`, or from the `tokenizer.json` that newer tools
/// write in their place; equal to transformers' `CLIPTokenizer`.
///
///     text ─ special tokens cut out ─ NFC, white space to one blank, lower case ─ words ─ bytes ─ merges ─► numbers
package struct Tokenizer: Sendable {
    /// Words and their numbers for a text, at most this many with start and end.
    package let length: Int
    let start, end, padding: Int
    package let largest: Int
    private let unknown: Int
    /// Number of each byte's symbol, inside a word and at its end.
    private let inner, final: [Int]
    /// (left, right) → (rank, merged), the pair packed into 64 bits.
    private let merges: [UInt64: (rank: Int32, merged: Int32)]
    private let specials: [Special]

    private struct Special: Sendable {
        let scalars: [Unicode.Scalar]
        let number: Int
        /// Whether it is looked for after lower-casing rather than before.
        let normalised: Bool
    }

    /// - Parameter folder: holds `vocab.json` and `merges.txt`, or `tokenizer.json`; as a rule `tokenizer_config.json`.
    package init(folder: String, most positions: Int) throws {
        let files = try TokenizerFiles(folder: folder)
        let (path, vocabulary) = (files.path, files.vocabulary)
        guard let most = vocabulary.values.max(), let least = vocabulary.values.min(), least >= 0, most < 1 << 24 else {
            throw ModelFailure.unreadable(path: path, reason: "numbers its words below 0 or absurdly high")
        }
        largest = most

        var settings = Configuration(path: folder + "/tokenizer_config.json", values: [:])
        if FileManager.default.fileExists(atPath: settings.path) { settings = try Configuration(path: settings.path) }
        var map = Configuration(path: folder + "/special_tokens_map.json", values: [:])
        if FileManager.default.fileExists(atPath: map.path) { map = try Configuration(path: map.path) }
        func special(_ key: String, default standard: String) throws -> Special {
            var (text, normalised) = (standard, false)
            switch map[key] ?? settings[key] {
            case .text(let name)?: text = name
            case .table(let table)?:
                guard case .text(let name)? = table["content"] else { throw settings.failure(key, "has no 'content'") }
                text = name
                if case .truth(let truth)? = table["normalized"] { normalised = truth }
            case nil: break
            default: throw settings.failure(key, "must be a text")
            }
            guard let number = vocabulary[text] else {
                throw ModelFailure.configuration(path: path, key: text, reason: "is missing, though '\(key)' names it")
            }
            return Special(scalars: Array(text.unicodeScalars), number: number, normalised: normalised)
        }
        let (first, last) = (
            try special("bos_token", default: "<|startoftext|>"), try special("eos_token", default: "<|endoftext|>")
        )
        let pad = try special("pad_token", default: "<|endoftext|>")
        let rest = try special("unk_token", default: "<|endoftext|>")
        (start, end, padding, unknown) = (first.number, last.number, pad.number, rest.number)
        specials = [first, last, pad, rest]
        // Published configurations say "no limit" by 10³⁰, which no integer holds.
        var limit = positions
        if case .number(let number)? = settings["model_max_length"], number < Double(positions) {
            limit = number >= 2 ? Int(number) : 0
        }
        guard limit >= 2 else { throw settings.failure("model_max_length", "must be at least 2") }
        length = limit

        let symbols = Self.byteSymbols.map(String.init)
        inner = symbols.map { vocabulary[$0] ?? rest.number }
        final = symbols.map { vocabulary[$0 + "</w>"] ?? rest.number }
        merges = try Self.merges(files)
    }

    private static func merges(_ files: TokenizerFiles) throws -> [UInt64: (rank: Int32, merged: Int32)] {
        var merges: [UInt64: (rank: Int32, merged: Int32)] = [:]
        let vocabulary = files.vocabulary
        for (rank, pair) in files.pairs.enumerated() {
            guard let left = vocabulary[String(pair.left)], let right = vocabulary[String(pair.right)],
                let merged = vocabulary[String(pair.left + pair.right)]
            else {
                throw ModelFailure.unreadable(
                    path: files.pairsPath,
                    reason:
                        "merges '\(pair.left.prefix(40))' and '\(pair.right.prefix(40))', which the vocabulary lacks")
            }
            let key = self.pair(left, right)
            if merges[key] == nil { merges[key] = (Int32(rank), Int32(merged)) }
        }
        return merges
    }

    private static func pair(_ left: Int, _ right: Int) -> UInt64 { UInt64(left) << 32 | UInt64(right) }

    /// The printable stand-in of each byte, as GPT-2 fixed it.
    static let byteSymbols: [Unicode.Scalar] = {
        let plain = Array(33...126) + Array(161...172) + Array(174...255)
        var next = 256
        return (0..<256).map { byte in
            if plain.contains(byte) { return Unicode.Scalar(UInt32(byte))! }
            defer { next += 1 }
            return Unicode.Scalar(UInt32(next))!
        }
    }()

    /// Exactly ``length`` numbers: start, words, end, padding; what is too long is cut before the end.
    package func callAsFunction(_ text: String) -> [Int] {
        let words = tokens(text).prefix(length - 2)
        return [start] + words + [end] + .init(repeating: padding, count: length - 2 - words.count)
    }

    /// The words' numbers alone.
    func tokens(_ text: String) -> [Int] {
        var result: [Int] = []
        cut(Array(text.unicodeScalars), at: specials.filter { !$0.normalised }, into: &result) { piece, result in
            cut(Self.normalise(piece), at: specials.filter(\.normalised), into: &result) { piece, result in
                for word in Self.words(Array(piece)) { encode(word, into: &result) }
            }
        }
        return result
    }

    private func cut(
        _ text: [Unicode.Scalar], at specials: [Special], into result: inout [Int],
        _ body: (ArraySlice<Unicode.Scalar>, inout [Int]) -> Void
    ) {
        var begin = 0
        var i = 0
        while i < text.count {
            if let special = specials.first(where: { text[i...].starts(with: $0.scalars) }) {
                if begin < i { body(text[begin..<i], &result) }
                result.append(special.number)
                i += special.scalars.count
                begin = i
            } else {
                i += 1
            }
        }
        if begin < text.count { body(text[begin...], &result) }
    }

    /// NFC, then runs of white space to one blank, then each scalar's own lower case (no rules of context).
    private static func normalise(_ text: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
        var string = ""
        string.unicodeScalars.append(contentsOf: text)
        var result: [Unicode.Scalar] = []
        var blank = false
        for scalar in string.precomposedStringWithCanonicalMapping.unicodeScalars {
            if scalar.properties.isWhitespace {
                if !blank { result.append(" ") }
                blank = true
            } else {
                blank = false
                result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return result
    }

    /// CLIP's pattern: contractions, runs of letters, single digits, runs of anything else but white space.
    private static func words(_ text: [Unicode.Scalar]) -> [ArraySlice<Unicode.Scalar>] {
        var words: [ArraySlice<Unicode.Scalar>] = []
        var i = 0
        while i < text.count {
            if text[i].properties.isWhitespace {
                i += 1
                continue
            }
            if let tag = tags.first(where: { text[i...].starts(with: $0) }) {
                // The byte-level stage's own pattern takes a tag that was typed in the text apart again.
                words += [text[i..<i + 2], text[i + 2..<i + tag.count - 2], text[i + tag.count - 2..<i + tag.count]]
                i += tag.count
                continue
            }
            if let contraction = contractions.first(where: { text[i...].starts(with: $0) }) {
                words.append(text[i..<i + contraction.count])
                i += contraction.count
                continue
            }
            var end = i + 1
            switch kind(text[i]) {
            case .letter: while end < text.count, kind(text[end]) == .letter { end += 1 }
            case .number: break
            case .other:
                while end < text.count, kind(text[end]) == .other, !text[end].properties.isWhitespace { end += 1 }
            }
            words.append(text[i..<end])
            i = end
        }
        return words
    }

    private static let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].map { Array($0.unicodeScalars) }
    private static let tags = ["<|startoftext|>", "<|endoftext|>"].map { Array($0.unicodeScalars) }

    private enum Kind { case letter, number, other }

    private static func kind(_ scalar: Unicode.Scalar) -> Kind {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: .letter
        case .decimalNumber, .letterNumber, .otherNumber: .number
        default: .other
        }
    }

    /// Merges the pair of least rank, the leftmost first, until no known pair is left.
    private func encode(_ word: ArraySlice<Unicode.Scalar>, into result: inout [Int]) {
        var string = ""
        string.unicodeScalars.append(contentsOf: word)
        let bytes = Array(string.utf8)
        var symbols = bytes.map { inner[Int($0)] }
        symbols[symbols.count - 1] = final[Int(bytes[bytes.count - 1])]
        let none: (rank: Int32, merged: Int32) = (.max, 0)
        // Ranks of neighbours are kept, so that a very long word costs comparisons and no look-ups.
        var pairs = (0..<symbols.count - 1).map { merges[Self.pair(symbols[$0], symbols[$0 + 1])] ?? none }
        while let best = pairs.indices.min(by: { pairs[$0].rank < pairs[$1].rank }), pairs[best].rank < .max {
            symbols[best] = Int(pairs[best].merged)
            symbols.remove(at: best + 1)
            pairs.remove(at: best)
            if best > 0 { pairs[best - 1] = merges[Self.pair(symbols[best - 1], symbols[best])] ?? none }
            if best < pairs.count { pairs[best] = merges[Self.pair(symbols[best], symbols[best + 1])] ?? none }
        }
        result += symbols
    }
}
