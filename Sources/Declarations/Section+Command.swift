import Files
import Foundation

extension Section {
    /// A program with its arguments, or nothing.
    ///
    /// One text is a command line; a program whose path holds spaces is written as a list, or exists. A relative path of
    /// the program is taken from the topology's folder; a bare name is looked up on the PATH.
    package func command(_ key: String, from folder: String, _ text: String) -> [String] {
        let given = words(key, text)
        var command =
            given.count == 1 && !FileManager.default.fileExists(atPath: absolutePath(given[0], from: folder))
            ? given[0].split(separator: " ").map(String.init) : given
        guard let program = command.first else { return [] }
        if program.contains("/") { command[0] = absolutePath(program, from: folder) }
        if command != given { resettle(key, command) }
        return command
    }
}
