import Files
import Foundation

extension YAMLSection {
    /// A program with its arguments, or nothing.
    ///
    /// One text is a command line; a program whose path holds spaces is written as a list, or exists in the folder
    /// where the program will work.
    package func command(_ key: String, from folder: String, _ text: String) -> [String] {
        let given = words(key, text)
        let command =
            given.count == 1 && !FileManager.default.fileExists(atPath: absolutePath(given[0], from: folder))
            ? given[0].split(separator: " ").map(String.init) : given
        if command != given { resettle(key, command) }
        return command
    }
}
