import CImaging

extension Image {
    /// The most pixels a file may claim: larger pictures are refused before anything is allocated for them.
    public static let maximumPixels = 64 << 20

    /// A PNG, JPEG, WebP, PPM/PGM or JPEG 2000 picture, told apart by its first bytes, whatever its name.
    ///
    /// Sixteen bits are rounded to eight, palettes and greys become RGB, transparency is composited on `background`
    /// (white by default), and the EXIF orientation is applied. Colour profiles are not: samples are taken as sRGB.
    ///
    /// - Throws: ``ImageFailure`` in one line naming the file.
    public init(contentsOf path: String, background: UInt8 = 255) throws(ImageFailure) {
        self = try Self.read(path, background: background).image
    }

    /// The same, with what the decoder noticed of damage that left a picture all the same: garbled bytes, a progressive
    /// file that ends early. Nil where it noticed none (not all damage can be noticed).
    package static func read(
        _ path: String, background: UInt8 = 255
    ) throws(ImageFailure) -> (image: Image, damage: String?) {
        var damage: String?
        let image = try Image(bytes: readFile(path), name: path, background: background, damage: &damage)
        return (image, damage)
    }

    /// - Parameter name: stands for the file in errors.
    public init(bytes: [UInt8], name: String, background: UInt8 = 255) throws(ImageFailure) {
        var damage: String?
        try self.init(bytes: bytes, name: name, background: background, damage: &damage)
    }

    /// - Parameter damage: one line that names the file, where the decoder noticed something.
    package init(bytes: [UInt8], name: String, background: UInt8 = 255, damage: inout String?) throws(ImageFailure) {
        if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]) {
            self = try Self.decoded("PNG", name) {
                cimaging_png_decode(bytes, bytes.count, Self.maximumPixels, background, &$0)
            }
            .oriented(ExifOrientation(png: bytes))
        } else if bytes.starts(with: [0xff, 0xd8]) {
            var noticed = cimaging_picture()
            let stored = try Self.decoded("JPEG", name) { picture in
                defer { noticed = picture }
                return cimaging_jpeg_decode(bytes, bytes.count, Self.maximumPixels, &picture)
            }
            if noticed.warnings > 0 { damage = "\(name): damaged JPEG: \(sentence(noticed.message))" }
            self = stored.oriented(ExifOrientation(jpeg: bytes))
        } else if bytes.starts(with: [0xff, 0x4f, 0xff, 0x51])
            || bytes.starts(with: [0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20])
        {
            self = try Self.decoded("JPEG 2000", name) {
                cimaging_jpeg2000_decode(bytes, bytes.count, 0, Self.maximumPixels, &$0)
            }
        } else if bytes.starts(with: [0x50, 0x36]) || bytes.starts(with: [0x50, 0x35]) {
            try self.init(portableMap: bytes, name: name)
        } else if bytes.starts(with: Array("RIFF".utf8)), bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) {
            self = try Self.decoded("WebP", name) {
                cimaging_webp_decode(bytes, bytes.count, Self.maximumPixels, background, &$0)
            }
            .oriented(ExifOrientation(webP: bytes))
        } else if bytes.isEmpty {
            throw .malformed(path: name, format: "picture", reason: "the file is empty")
        } else {
            throw .unknownFormat(path: name)
        }
    }

    /// Writes PNG, PPM or JPEG (quality 92) as the name's ending says.
    ///
    /// - Throws: ``ImageFailure``.
    public func write(to path: String) throws(ImageFailure) {
        let name = path.lowercased()
        if name.hasSuffix(".png") {
            try writeFile(pngData(), to: path)
        } else if name.hasSuffix(".ppm") {
            try writeFile(portableMapData(), to: path)
        } else if name.hasSuffix(".jpg") || name.hasSuffix(".jpeg") {
            try writeFile(jpegData(quality: 92), to: path)
        } else {
            throw .unknownExtension(path: path, known: [".png", ".ppm", ".jpg"])
        }
    }

    /// The picture as a PNG file.
    public func pngData() throws(ImageFailure) -> [UInt8] {
        try encoded("PNG") { cimaging_png_encode(pixels, Int32(width), Int32(height), 3, &$0) }
    }

    /// The picture as a baseline JPEG file, for thumbnails and reports.
    ///
    /// - Parameters:
    ///   - quality: 1 to 100.
    ///   - fullChroma: keeps colour at full resolution (4:4:4) rather than a quarter of it (4:2:0).
    public func jpegData(quality: Int = 85, fullChroma: Bool = false) throws(ImageFailure) -> [UInt8] {
        try encoded("JPEG") {
            cimaging_jpeg_encode(
                pixels, Int32(width), Int32(height), Int32(max(1, min(100, quality))), fullChroma ? 1 : 0, &$0)
        }
    }

    static func decoded(
        _ format: String, _ name: String, _ decode: (inout cimaging_picture) -> Int32
    ) throws(ImageFailure) -> Image {
        var picture = cimaging_picture()
        guard decode(&picture) == 0, let samples = picture.pixels else {
            throw .malformed(path: name, format: format, reason: sentence(picture.message))
        }
        defer { cimaging_free(samples) }
        let (width, height) = (Int(picture.width), Int(picture.height))
        return Image(
            width: width, height: height, pixels: Array(UnsafeBufferPointer(start: samples, count: 3 * width * height)))
    }
}

/// Runs one of the C encoders and copies what it made.
func encoded(_ format: String, _ encode: (inout cimaging_file) -> Int32) throws(ImageFailure) -> [UInt8] {
    var file = cimaging_file()
    guard encode(&file) == 0, let data = file.data else {
        throw .encoding(format: format, reason: sentence(file.message))
    }
    defer { cimaging_free(data) }
    return Array(UnsafeBufferPointer(start: data, count: file.size))
}

/// The C message up to its zero byte. A C array of characters arrives as a tuple; its bytes are read in place.
private func sentence<T>(_ message: T) -> String {
    withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}
