/// Where the photos come from.
public struct PhotoSource: Sendable, Equatable {
    /// A folder of PNG, JPEG or PPM files, taken in the order of their names.
    public var folder: String
    /// How many are sent by each transmitter; beyond the folder's end it starts anew. `nil`: each once.
    public var count: Int?
    /// Longer sides are scaled down to this, in pixels; `nil`: as they are.
    public var longestSide: Int?
    /// Time between the starts of two images at one transmitter, in seconds; zero: one after the other.
    public var interval: Double
    /// How many more images a transmitter may have under way before the first is through; zero keeps the machine
    /// quiet while a picture is on the air.
    public var ahead: Int
    /// Virtual runs only: streams are kept by (photo, α, Φ), receivers measure without drawing the picture.
    public var preencoded: Bool
    /// Every transmitter's image k waits for the others' and is settled with them, on the same coherence block.
    public var together: Bool
}
