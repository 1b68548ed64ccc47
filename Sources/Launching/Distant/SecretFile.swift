import Files
import ImagePipeline
import Nodes
import Wire

/// The file of a secret that may outlive runs: one line of 64 hexadecimal digits, readable by its owner alone.
package enum SecretFile {
    /// - Parameter path: `-`: the first line of standard input.
    /// - Throws: `FileFailure` or `NodeFailure`, one line that names the file.
    package static func read(_ path: String) throws -> (value: Secret, isFromInput: Bool) {
        if path == "-" { return (try NodeOptions.readSecret(), true) }
        let text = try TextFile.text(PrivateFile.read(path), name: path)
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        do { return (try Secret(hexadecimal: line), false) } catch {
            throw FileFailure.unreadable(path: path, reason: "\(error)")
        }
    }

    /// Reads the secret, or draws one and writes it where the file is not there.
    ///
    /// - Throws: as above.
    package static func readOrCreate(_ path: String) throws -> (value: Secret, isNew: Bool) {
        let secret = Secret.generate()
        try makeFolders(above: path)
        if try PrivateFile.create(Array((secret.hexadecimal + "\n").utf8), at: path) { return (secret, true) }
        return (try read(path).value, false)
    }

    /// What both sides of a handshake must have in common besides the secret.
    package static var build: String { Provenance.version }
}
