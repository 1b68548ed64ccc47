import Glibc

/// Where this process stands, and where its program lies.
package enum Place {
    /// The folder that relative paths start from.
    ///
    /// - Throws: ``FileFailure/noWorkingFolder`` where it was deleted: `/` would be the wrong answer.
    package static func workingFolder() throws(FileFailure) -> String {
        guard let path = getcwd(nil, 0) else { throw .noWorkingFolder }
        defer { free(path) }
        let text = String(cString: path)
        // The kernel says so of a folder that cannot be reached from the root.
        guard text.hasPrefix("/"), access(text, F_OK) == 0 else { throw .noWorkingFolder }
        return text
    }

    /// A file or folder that ships with one of the package's targets, beside the program.
    ///
    /// `Bundle.module` ends the process where its folder is missing, and names the machine the program was built on.
    /// - Parameter file: a file of the target, `TARGET/FILE`; the caller's own.
    /// - Returns: where it belongs, whether it is there or not.
    package static func resource(_ name: String, of file: String = #fileID) -> String {
        "\(programFolder)/GenSemCom_\(file.prefix { $0 != "/" }).resources/Resources/\(name)"
    }

    /// - Throws: ``FileFailure/missingResource(_:)``.
    package static func existingResource(_ name: String, of file: String = #fileID) throws(FileFailure) -> String {
        let path = resource(name, of: file)
        guard access(path, F_OK) == 0 else { throw .missingResource(path) }
        return path
    }

    private static let programFolder: String = {
        guard let path = realpath("/proc/self/exe", nil) else { return "." }
        defer { free(path) }
        let text = String(cString: path)
        return text.lastIndex(of: "/").map { String(text[..<$0]) } ?? "."
    }()
}
