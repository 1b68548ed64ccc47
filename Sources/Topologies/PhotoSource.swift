/// Where the photos come from.
package struct PhotoSource: Sendable, Equatable {
    /// A folder of PNG, JPEG, WebP or PPM files, taken in the order of their names.
    package var folder: String
    /// Whether folders inside it are looked into, too; then in the order of the paths.
    package var recursive = false
    package var onBadImage = BadImage.skip
    /// How many are sent by each transmitter; beyond the folder's end it starts anew. `nil`: each once.
    package var count: Int?
    /// Which photo the first transmitter begins with, from 1; `nil`: the folder's first.
    package var first: Int?
    /// Longer sides are scaled down to this, in pixels; `nil`: as they are.
    package var longestSide: Int?
    /// Time between the starts of two images at one transmitter, in seconds; zero: one after the other.
    package var interval: Double
    /// How many more images a transmitter may have under way before the first is through; zero keeps the machine
    /// quiet while a picture is on the air.
    package var ahead: Int
    /// Virtual runs only: streams are kept by (photo, α, Φ), receivers measure without drawing the picture.
    package var preencoded: Bool
    /// Every transmitter's image k waits for the others' and is settled with them, on the same coherence block.
    package var together: Bool
}

/// What becomes of a run with a photo that cannot be read.
package enum BadImage: String, Sendable, CaseIterable {
    /// Left out with a warning that names it.
    case skip
    /// The run does not begin.
    case end
}
