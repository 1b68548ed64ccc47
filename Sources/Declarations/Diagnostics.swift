import Yams

/// Collects what is wrong with one file while it is read to the end.
package final class Diagnostics {
    let file: String
    package var problems: [Problem] = []
    /// What keys are called in the file that were read at another place.
    package var aliases: [String: String] = [:]

    package init(file: String) { self.file = file }

    package func report(_ key: String, at node: Node?, _ message: String) {
        problems.append(Problem(file: file, line: node?.mark?.line, key: aliases[key] ?? key, message: message))
    }
}
