import Files
import Glibc

/// Programs as the shell finds them.
package enum Program {
    /// Where a program lies: a path as it stands, a bare name on the PATH; nil where nothing there can be run.
    package static func find(_ word: String) -> String? {
        func isProgram(_ path: String) -> Bool { isPlainFile(path) && access(path, X_OK) == 0 }
        if word.contains("/") { return isProgram(word) ? word : nil }
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        return folders.split(separator: ":").map { "\($0)/\(word)" }.first(where: isProgram)
    }

    /// An executable of the testbed's, where this one lies.
    package static func beside(_ name: String) -> String {
        var own = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &own, own.count - 1)
        let path = length > 0 ? String(decoding: own[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
        return path.lastIndex(of: "/").map { "\(path[..<$0])/\(name)" } ?? name
    }

    /// The program that a line for the shell starts with, or nil where only the shell knows: quotes, variables,
    /// built-in words.
    package static func firstWord(of line: String) -> String? {
        guard let word = line.split(separator: " ", maxSplits: 1).first.map(String.init) else { return nil }
        let plain = word.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_./+".unicodeScalars.contains($0)
        }
        let builtIn: Set = [
            "cd", "echo", "exec", "eval", "export", "printf", "test", "true", "false", "if", "for", "while", "case",
            "set", "exit", "command", "umask", "ulimit", "trap", "read", "sleep",
        ]
        return plain && !builtIn.contains(word) ? word : nil
    }
}
