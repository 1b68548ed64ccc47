/// What is wrong with a run's input, in one line that names it; exit code 2.
public struct InputError: Error, CustomStringConvertible, Sendable {
    public var description: String
    public init(_ description: String) { self.description = description }
}
