/// A captioner as the topology names it: a program that is given a photo's path and prints a caption.
public struct CaptionerSettings: Sendable, Equatable {
    /// A line for the shell, to which the photo's path is added, quoted.
    public var command: String
    /// Seconds it may take for one photo.
    public var patience: Double

    public static let usualPatience = 20.0

    public init(command: String, patience: Double = usualPatience) {
        self.command = command
        self.patience = patience
    }
}
