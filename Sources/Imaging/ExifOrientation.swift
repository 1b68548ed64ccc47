/// How a camera was held, as tag 0x0112 of a JPEG's EXIF segment,
/// a PNG's eXIf or a WebP's EXIF chunk states it (1 to 8).
public enum ExifOrientation: Int, Sendable {
    case upright = 1, mirrored, upsideDown, mirroredUpsideDown, transposed, rotatedLeft, transverse, rotatedRight

    /// Walks the segments up to the first scan; whatever is missing, odd or out of bounds means ``upright``.
    public init(jpeg bytes: [UInt8]) {
        self = Self.find(in: bytes) ?? .upright
    }

    /// Walks a PNG's chunks for eXIf, before or after the picture.
    package init(png bytes: [UInt8]) {
        self = Self.chunk(in: bytes) ?? .upright
    }

    /// Walks a WebP's chunks for EXIF.
    package init(webP bytes: [UInt8]) {
        self = Self.chunk(inRIFF: bytes) ?? .upright
    }

    private static func chunk(in bytes: [UInt8]) -> ExifOrientation? {
        var position = 8
        while position + 12 <= bytes.count {
            let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= bytes.count - position - 12 else { return nil }
            if bytes[(position + 4)..<(position + 8)].elementsEqual("eXIf".utf8) {
                return directory(bytes[(position + 8)..<(position + 8 + length)])
            }
            position += 12 + length
        }
        return nil
    }

    private static func chunk(inRIFF bytes: [UInt8]) -> ExifOrientation? {
        var position = 12
        while position + 8 <= bytes.count {
            let length = bytes[position + 4..<position + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
            guard length <= bytes.count - position - 8 else { return nil }
            if bytes[position..<position + 4].elementsEqual("EXIF".utf8) {
                return directory(bytes[(position + 8)..<(position + 8 + length)])
            }
            // A chunk of an odd length is followed by a byte that belongs to none.
            position += 8 + length + length % 2
        }
        return nil
    }

    /// Some writers put the JPEG segment's heading before the directory.
    private static func directory(_ body: ArraySlice<UInt8>) -> ExifOrientation? {
        parse(body.starts(with: heading) ? body : heading[...] + body)
    }

    /// "Exif" and two zeros.
    private static let heading: [UInt8] = [0x45, 0x78, 0x69, 0x66, 0, 0]

    private static func find(in bytes: [UInt8]) -> ExifOrientation? {
        var position = 2
        while position + 4 <= bytes.count, bytes[position] == 0xff {
            let marker = bytes[position + 1]
            if marker == 0xff {
                position += 1  // fill byte
                continue
            }
            if marker == 0xda || marker == 0xd9 { return nil }
            let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
            let end = position + 2 + length
            guard length >= 2, end <= bytes.count else { return nil }
            if marker == 0xe1, let found = parse(bytes[(position + 4)..<end]) { return found }
            position = end
        }
        return nil
    }

    /// - Parameter segment: "Exif", two zeros, then a TIFF header with its first directory.
    private static func parse(_ segment: ArraySlice<UInt8>) -> ExifOrientation? {
        guard segment.starts(with: heading) else { return nil }
        let tiff = Array(segment.dropFirst(6))
        guard tiff.count >= 8 else { return nil }
        let little = tiff[0] == 0x49
        guard tiff[0] == tiff[1], little || tiff[0] == 0x4d else { return nil }
        func number(_ offset: Int, bytes count: Int) -> Int? {
            guard offset >= 0, offset <= tiff.count - count else { return nil }
            let digits = tiff[offset..<offset + count]
            return little ? digits.reversed().reduce(0) { $0 << 8 | Int($1) } : digits.reduce(0) { $0 << 8 | Int($1) }
        }
        guard number(2, bytes: 2) == 42, let directory = number(4, bytes: 4), let count = number(directory, bytes: 2)
        else { return nil }
        for entry in 0..<count {
            let offset = directory + 2 + 12 * entry
            guard let tag = number(offset, bytes: 2) else { return nil }
            if tag == 0x0112 { return number(offset + 8, bytes: 2).flatMap(ExifOrientation.init(rawValue:)) }
        }
        return nil
    }
}

extension Image {
    /// The picture as the photographer saw it: the stored rows and columns turned by what the camera recorded.
    public func oriented(_ orientation: ExifOrientation) -> Image {
        guard orientation != .upright else { return self }
        let swaps = orientation.rawValue >= 5
        let (newWidth, newHeight) = swaps ? (height, width) : (width, height)
        var result = [UInt8](repeating: 0, count: pixels.count)
        for y in 0..<newHeight {
            for x in 0..<newWidth {
                let (sourceX, sourceY) =
                    switch orientation {
                    case .upright: (x, y)
                    case .mirrored: (width - 1 - x, y)
                    case .upsideDown: (width - 1 - x, height - 1 - y)
                    case .mirroredUpsideDown: (x, height - 1 - y)
                    case .transposed: (y, x)
                    case .rotatedLeft: (y, height - 1 - x)
                    case .transverse: (width - 1 - y, height - 1 - x)
                    case .rotatedRight: (width - 1 - y, x)
                    }
                let (from, to) = (3 * (sourceY * width + sourceX), 3 * (y * newWidth + x))
                for c in 0..<3 { result[to + c] = pixels[from + c] }
            }
        }
        return Image(width: newWidth, height: newHeight, pixels: result)
    }
}
