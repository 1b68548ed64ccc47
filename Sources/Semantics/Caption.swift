import Files
import Foundation

/// The prompt q of Eq. 1: given, read from a file beside the photo, or made from the classes found.
public enum Caption {
    /// "a photo of a cat"; of a class with synonyms the first is used.
    public static func naming(_ labels: [String]) -> String {
        let things = labels.map { name -> String in
            let word = name.split(separator: ",").first.map { $0.trimmingCharacters(in: .whitespaces) } ?? name
            let article = "aeiouAEIOU".contains(word.first ?? "x") ? "an" : "a"
            return "\(article) \(word)"
        }
        switch things.count {
        case 0: return "a photo"
        case 1: return "a photo of \(things[0])"
        default: return "a photo of \(things.dropLast().joined(separator: ", ")) and \(things.last!)"
        }
    }

    /// The path of the caption that belongs to a photo: `photo.txt` beside `photo.jpg`.
    public static func sidecarPath(of imagePath: String) -> String {
        URL(fileURLWithPath: imagePath).deletingPathExtension().path + ".txt"
    }

    /// The caption beside a photo, or nil where there is none.
    ///
    /// - Throws: `FileFailure` or ``SemanticsFailure/unreadable(path:reason:)`` where there is one that cannot be read.
    public static func sidecar(of imagePath: String) throws -> String? {
        let path = sidecarPath(of: imagePath)
        return FileManager.default.fileExists(atPath: path) ? try read(path) : nil
    }

    /// The first line of a file that is not empty, white space runs made single.
    ///
    /// - Throws: `FileFailure` where it is no text in UTF-8, ``SemanticsFailure/unreadable(path:reason:)`` where it
    ///   holds no caption or control characters.
    public static func read(_ path: String) throws -> String {
        // A pipe beside a photo would be waited for without end.
        try first(in: TextFile.read(path, limit: 1 << 20, plainOnly: true), path: path)
    }

    package static func first(in text: String, path: String) throws -> String {
        let lines = text.split(whereSeparator: \.isNewline).map {
            $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        guard let line = lines.first(where: { !$0.isEmpty }) else {
            throw SemanticsFailure.unreadable(path: path, reason: "it holds no caption")
        }
        guard !line.unicodeScalars.contains(where: { $0.value < 32 || (127..<160).contains($0.value) }) else {
            throw SemanticsFailure.unreadable(
                path: path, reason: "its caption holds control characters: \(String(line.prefix(60)).shown())")
        }
        return line
    }
}
