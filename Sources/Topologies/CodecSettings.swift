import Declarations

/// An external codec as the topology names it: a program that writes a file of a photo within so many bits, and one
/// that makes a picture of the file.
package struct CodecSettings: Sendable, Equatable {
    /// What records and tables call it.
    package var name: String
    /// Programs with their arguments.
    package var encode: [String]
    package var decode: [String]
    /// Seconds either may take for one image.
    package var patience: Double
    /// Whether each is started once and asked by lines, instead of once an image.
    package var isPersistent: Bool

    package static let usualPatience = 20.0

    package init(
        name: String = SchemeKind.command.rawValue, encode: [String], decode: [String],
        patience: Double = usualPatience, isPersistent: Bool = false
    ) {
        self.name = name
        self.encode = encode
        self.decode = decode
        self.patience = patience
        self.isPersistent = isPersistent
    }

    /// Keys of a scheme that say nothing of any other kind.
    static let keys: Set<String> = ["codec", "encode", "decode", "codecLimit"]

    /// - Returns: nil where the scheme is of another kind, or says too little, which is then reported.
    static func read(_ s: YAMLSection, kind: SchemeKind, isPersistent: Bool, folder: String) -> CodecSettings? {
        let name = s.text(
            "codec", default: SchemeKind.command.rawValue, "Name of an external codec in records and tables.")
        let encode = s.command(
            "encode", from: folder,
            "Program of an external codec that gets a photo, bits and the name of the file to write (`workingFolder`)."
        )
        let decode = s.command(
            "decode", from: folder, "Its other program, which gets that file and the name of the picture to write.")
        let patience = s.quantity(
            "codecLimit", .duration, default: usualPatience, least: 0, most: 3600, exclusive: true,
            "Time either of them has for one image; after that the image is lost.")
        guard kind == .command else {
            if let key = ["encode", "decode"].first(where: s.has) {
                s.report(key, "belongs to schemes of kind command; this one is \(kind.rawValue)")
            }
            return nil
        }
        for (key, words) in [("encode", encode), ("decode", decode)] where words.isEmpty {
            s.report(key, "is missing: a scheme of kind command needs a program that does it")
        }
        let isWord = name.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || "0123456789-_.+ ".unicodeScalars.contains($0)
        }
        if name.isEmpty || !isWord || SchemeKind(rawValue: name).map({ $0 != .command }) ?? false {
            s.report("codec", "is '\(name)': expected a name of letters, digits and - _ . + that is no kind of scheme")
        }
        return CodecSettings(
            name: name, encode: encode, decode: decode, patience: patience, isPersistent: isPersistent)
    }
}
