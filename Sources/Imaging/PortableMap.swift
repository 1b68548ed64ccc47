extension Image {
    /// A binary PPM (P6) or PGM (P5) of up to 16 bits a sample.
    init(portableMap bytes: [UInt8], name: String) throws(ImageFailure) {
        let channels = bytes[1] == 0x36 ? 3 : 1
        func refuse(_ reason: String) -> ImageFailure { .malformed(path: name, format: "PPM", reason: reason) }
        var position = 2
        var fields: [Int] = []
        while fields.count < 3 {
            guard position < bytes.count else { throw refuse("the header ends too early") }
            let byte = bytes[position]
            if byte == 0x23 {
                while position < bytes.count, bytes[position] != 0x0a { position += 1 }
            } else if byte == 0x20 || (0x09...0x0d).contains(byte) {
                position += 1
            } else {
                var value = 0
                let first = position
                while position < bytes.count, (0x30...0x39).contains(bytes[position]), position - first < 9 {
                    value = 10 * value + Int(bytes[position] - 0x30)
                    position += 1
                }
                guard position > first else { throw refuse("the header holds something other than numbers") }
                fields.append(value)
            }
        }
        position += 1  // one white space ends the header
        let (width, height, maximum) = (fields[0], fields[1], fields[2])
        guard width > 0, height > 0, width <= Self.maximumPixels / height else {
            throw refuse("\(width)×\(height) pixels, where 1 to \(Self.maximumPixels) are accepted")
        }
        guard (1...65535).contains(maximum) else {
            throw refuse("largest sample \(maximum), where 1 to 65535 is accepted")
        }
        let width8 = maximum > 255 ? 2 : 1
        let count = width * height * channels
        guard bytes.count - position >= count * width8 else {
            throw refuse(
                "the file ends too early: \(max(0, bytes.count - position)) of \(count * width8) bytes (truncated?)")
        }
        var pixels = [UInt8](repeating: 0, count: 3 * width * height)
        for i in 0..<count {
            let sample =
                width8 == 1
                ? Int(bytes[position + i]) : Int(bytes[position + 2 * i]) << 8 | Int(bytes[position + 2 * i + 1])
            let value = UInt8(min(255, (sample * 255 + maximum / 2) / maximum))
            if channels == 3 {
                pixels[i] = value
            } else {
                for c in 0..<3 { pixels[3 * i + c] = value }
            }
        }
        self.init(width: width, height: height, pixels: pixels)
    }

    /// The picture as a binary PPM (P6).
    public func portableMapData() -> [UInt8] {
        Array("P6\n\(width) \(height)\n255\n".utf8) + pixels
    }
}
