/// Text as people's tools write it: UTF-8 with or without a byte order mark, lines ended by LF, CR LF or CR, from a
/// file or a pipe. Anything else is refused by name.
package enum TextFile {
    /// The whole text, its byte order mark left out; line ends as they are (see ``Swift/String/lines``).
    ///
    /// - Throws: ``FileFailure``, one line that names the file.
    package static func read(
        _ path: String, limit: Int = 64 << 20, plainOnly: Bool = false
    ) throws(FileFailure) -> String {
        try text(fileBytes(path, limit: limit, plainOnly: plainOnly), name: path)
    }

    /// - Parameter name: stands for the file in errors.
    package static func text(_ bytes: [UInt8], name: String) throws(FileFailure) -> String {
        let body = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes[3...] : bytes[...]
        if body.starts(with: [0xff, 0xfe]) || body.starts(with: [0xfe, 0xff]) {
            throw .notText(
                path: name, reason: "is text in UTF-16; expected UTF-8 (iconv -f UTF-16 -t UTF-8 converts it)")
        }
        if body.contains(0) {
            throw .notText(path: name, reason: "holds zero bytes: UTF-16, or no text at all; expected text in UTF-8")
        }
        guard let text = String(validating: body, as: UTF8.self) else {
            let line = 1 + body.prefix(upTo: firstInvalid(in: body)).count { $0 == 0x0a }
            throw .notText(
                path: name,
                reason: "line \(line) is not UTF-8 (Latin-1?); expected UTF-8 (iconv -f LATIN1 -t UTF-8 converts it)")
        }
        return text
    }

    /// Where the first byte stands that no UTF-8 character explains.
    private static func firstInvalid(in bytes: ArraySlice<UInt8>) -> Int {
        var decoder = UTF8()
        var position = bytes.startIndex
        var iterator = bytes.makeIterator()
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { position += UTF8.width(scalar) }
        return min(position, bytes.endIndex)
    }
}

extension String {
    /// The lines of a text, whether LF, CR LF or CR ends them. "\r\n" is one Character in Swift, so that splitting at
    /// "\n" never finds it.
    package var lines: [Substring] {
        split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
    }

    /// The text with every character that a terminal would obey made visible: control characters, and those that turn
    /// the direction of writing around. Line breaks and tabs stay where `lines` is true.
    package func shown(lines: Bool = false) -> String {
        func obeyed(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0x0a, 0x09: !lines
            case 0..<0x20, 0x7f..<0xa0, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: true
            default: false
            }
        }
        guard unicodeScalars.contains(where: obeyed) else { return self }
        return unicodeScalars.map { obeyed($0) ? "\\u{\(String($0.value, radix: 16))}" : String($0) }.joined()
    }
}
