extension Mask {
    /// The mask at picture size: pixel (y, x) takes the value of cell (y / factor, x / factor),
    /// which is the m̄ of Eq. 10.
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
                Int(image.pixels[3 * $0]) + Int(image.pixels[3 * $0 + 1]) + Int(image.pixels[3 * $0 + 2]) >= 3
                    * threshold
            })
    }

    /// A mask from a picture's file: white pixels are true; where the file has transparent pixels and its opaque ones
    /// are not a drawing in black alone, those that are transparent are false (an eraser's hole, an "edit here" of
    /// other tools).
    ///
    /// - Returns: the mask, and whether its transparency took part.
    /// - Throws: ``ImageFailure``.
    package static func read(_ path: String) throws(ImageFailure) -> (mask: Mask, usesTransparency: Bool) {
        let bytes = try readFile(path)
        let onWhite = try Image(bytes: bytes, name: path, background: 255)
        let onBlack = try Image(bytes: bytes, name: path, background: 0)
        let plain = Mask(onWhite)
        guard onWhite != onBlack else { return (plain, false) }
        // What a white ground adds to a black one is what the pixel lets through.
        let opaque = plain.values.indices.map {
            Int(onWhite.pixels[3 * $0 + 1]) - Int(onBlack.pixels[3 * $0 + 1]) < 128
        }
        let bright = opaque.indices.filter { opaque[$0] && plain.values[$0] }
        // Black strokes on nothing: the ground is white paper, and the strokes are the hole.
        guard !bright.isEmpty else { return (plain, false) }
        let isDrawing = opaque.indices.allSatisfy { pixel in
            !opaque[pixel] || (0..<3).allSatisfy { [0, 255].contains(onWhite.pixels[3 * pixel + $0]) }
        }
        // A drawing in black and white says by its black what is unknown; a photo's dark pixels say nothing.
        let values = opaque.indices.map { opaque[$0] && (!isDrawing || plain.values[$0]) }
        return (Mask(width: plain.width, height: plain.height, values: values), true)
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
                let (r, g, b) = (
                    Float(image.pixels[3 * $0]), Float(image.pixels[3 * $0 + 1]), Float(image.pixels[3 * $0 + 2])
                )
                return (0.299 * r + 0.587 * g + 0.114 * b) / 255
            })
    }
}
