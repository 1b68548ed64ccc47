/// An 8-bit RGB picture, row by row, three bytes a pixel.
public struct Image: Equatable, Sendable {
    public let width: Int
    public let height: Int
    /// 3·width·height bytes: R, G, B of the first pixel of the first row, and so on.
    public var pixels: [UInt8]

    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(
            width > 0 && height > 0 && pixels.count == 3 * width * height, "pixels must hold 3·width·height bytes")
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    public init(width: Int, height: Int, grey: UInt8 = 128) {
        self.init(width: width, height: height, pixels: .init(repeating: grey, count: 3 * width * height))
    }
}
