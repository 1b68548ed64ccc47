extension Image {
    /// The rectangle of the given size whose top left pixel is (x, y); it must lie within the picture.
    public func cropped(x: Int, y: Int, width newWidth: Int, height newHeight: Int) -> Image {
        precondition(
            x >= 0 && y >= 0 && x + newWidth <= width && y + newHeight <= height, "the crop leaves the picture")
        var result: [UInt8] = []
        result.reserveCapacity(3 * newWidth * newHeight)
        for row in y..<y + newHeight { result += pixels[3 * (row * width + x)..<3 * (row * width + x + newWidth)] }
        return Image(width: newWidth, height: newHeight, pixels: result)
    }

    /// The picture in the top left of a larger one, its last column and row repeated to fill the rest.
    public func padded(width newWidth: Int, height newHeight: Int) -> Image {
        precondition(newWidth >= width && newHeight >= height, "padding does not shrink")
        guard newWidth > width || newHeight > height else { return self }
        var result: [UInt8] = []
        result.reserveCapacity(3 * newWidth * newHeight)
        for y in 0..<newHeight {
            let row = pixels[3 * min(y, height - 1) * width..<3 * (min(y, height - 1) + 1) * width]
            result += row
            for _ in width..<newWidth { result += row.suffix(3) }
        }
        return Image(width: newWidth, height: newHeight, pixels: result)
    }

    /// Draws another picture with its top left pixel at (x, y); what falls outside is cut off.
    public mutating func paste(_ other: Image, x: Int, y: Int) {
        for row in max(0, -y)..<max(max(0, -y), min(other.height, height - y)) {
            for column in max(0, -x)..<max(max(0, -x), min(other.width, width - x)) {
                let (from, to) = (3 * (row * other.width + column), 3 * ((y + row) * width + x + column))
                for c in 0..<3 { pixels[to + c] = other.pixels[from + c] }
            }
        }
    }

    /// The picture where the mask is true; elsewhere the given grey, or that share of the picture's own brightness.
    public func masked(_ mask: Mask, outside: Outside = .grey(128)) -> Image {
        precondition(mask.width == width && mask.height == height, "the mask has another size than the picture")
        var result = self
        for i in mask.values.indices where !mask.values[i] {
            for c in 3 * i..<3 * i + 3 {
                switch outside {
                case .grey(let grey): result.pixels[c] = grey
                case .dimmed(let share): result.pixels[c] = UInt8(max(0, min(255, share * Float(pixels[c]))))
                }
            }
        }
        return result
    }

    /// What ``masked(_:outside:)`` shows where the mask is false.
    public enum Outside: Sendable {
        case grey(UInt8)
        case dimmed(Float)
    }
}
