import CImaging

extension Mask {
    /// The mask at picture size: pixel (y, x) takes the value of cell (y / factor, x / factor), which is the m̄ of Eq. 10.
    ///
    /// Cells beyond the picture are cut off; pixels beyond the mask take its edge.
    public func upsampled(by factor: Int, width newWidth: Int, height newHeight: Int) -> Mask {
        precondition(factor > 0, "a cell is at least one pixel wide")
        var result = Mask(width: newWidth, height: newHeight, repeating: false)
        for y in 0..<newHeight {
            let row = min(y / factor, height - 1)
            for x in 0..<newWidth { result[y, x] = self[row, min(x / factor, width - 1)] }
        }
        return result
    }

    /// White where the mask is true: pixels of at least `threshold` in mean of R, G and B.
    public init(_ image: Image, threshold: Int = 128) {
        self.init(
            width: image.width, height: image.height,
            values: (0..<image.width * image.height).map {
                Int(image.pixels[3 * $0]) + Int(image.pixels[3 * $0 + 1]) + Int(image.pixels[3 * $0 + 2]) >= 3 * threshold
            })
    }

    /// White for true, black for false.
    public var image: Image {
        Image(width: width, height: height, pixels: values.flatMap { [UInt8](repeating: $0 ? 255 : 0, count: 3) })
    }

    /// The share of entries that are true.
    public var share: Double { Double(count) / Double(values.count) }
}

extension Plane {
    /// A picture's luminance (Rec. 601, as Pillow's "L") in [0, 1].
    public init(luminanceOf image: Image) {
        self.init(
            width: image.width, height: image.height,
            values: (0..<image.width * image.height).map {
                let (r, g, b) = (Float(image.pixels[3 * $0]), Float(image.pixels[3 * $0 + 1]), Float(image.pixels[3 * $0 + 2]))
                return (0.299 * r + 0.587 * g + 0.114 * b) / 255
            })
    }

    /// The matrix as a grey PNG file, 0 black, 1 white, clamped.
    public func greyPNGData() throws(ImageFailure) -> [UInt8] {
        let samples = values.map { UInt8(max(0, min(255, ($0 * 255).rounded()))) }
        return try encoded("PNG") { cimaging_png_encode(samples, Int32(width), Int32(height), 1, &$0) }
    }
}
