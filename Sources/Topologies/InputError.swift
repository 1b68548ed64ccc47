/// What is wrong with a run's input, in one line that names it; exit code 2.
package struct InputError: Error, CustomStringConvertible, Sendable {
    package var description: String
    package init(_ description: String) { self.description = description }
}
