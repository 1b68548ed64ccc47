import Declarations

/// All the mistakes of one topology file.
package struct TopologyError: Error, CustomStringConvertible, Sendable {
    package var problems: [Problem]
    package init(_ problems: [Problem]) { self.problems = problems }
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
