/// A captioner as the topology names it: a program that is given a photo's path and prints a caption.
package struct CaptionerSettings: Sendable, Equatable {
    /// A line for the shell, to which the photo's path is added, quoted.
    package var command: String
    /// Seconds it may take for one photo.
    package var patience: Double
    /// Whether it is started once and asked by lines, instead of once a photo.
    package var isPersistent: Bool

    package static let usualPatience = 20.0

    package init(command: String, patience: Double = usualPatience, isPersistent: Bool = false) {
        self.command = command
        self.patience = patience
        self.isPersistent = isPersistent
    }
}
