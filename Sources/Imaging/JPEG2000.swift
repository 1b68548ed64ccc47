import CImaging

/// JPEG 2000 through OpenJPEG: the classical benchmark at a stated number of bytes.
public enum JPEG2000 {
    /// A codestream of at most `bytes` bytes: irreversible 9/7 wavelet, colour transform, 4:4:4,
    /// one rate-allocated layer.
    ///
    /// OpenJPEG aims at a ratio and may end a little above or below it; the target is therefore halved in between what
    /// fits and what does not until the codestream fills the bytes or OpenJPEG has no finer step, so that comparisons
    /// at equal size are honest.
    ///
    /// - Returns: nil where the bytes do not hold even the headers.
    /// - Throws: ``ImageFailure/encoding(format:reason:)`` where OpenJPEG fails.
    public static func encode(_ image: Image, bytes: Int) throws(ImageFailure) -> [UInt8]? {
        let raw = Double(image.pixels.count)
        var (fits, exceeds) = (0.0, Double.infinity)
        var aim = Double(max(1, bytes))
        var best: [UInt8]?
        for _ in 0..<12 {
            // A ratio of 1 or less means lossless to OpenJPEG; the irreversible transform never needs as much.
            let ratio = Float(max(1.01, raw / aim))
            let file = try encoded("JPEG 2000") {
                cimaging_jpeg2000_encode(image.pixels, Int32(image.width), Int32(image.height), ratio, &$0)
            }
            if file.count <= bytes {
                if file.count > best?.count ?? 0 { best = file }
                fits = aim
                let slack = bytes - file.count
                if slack <= max(2, bytes / 2000) || ratio <= 1.01 { break }
                aim = exceeds.isFinite ? (fits + exceeds) / 2 : aim + Double(slack) + 1
            } else {
                exceeds = aim
                aim = fits > 0 ? (fits + exceeds) / 2 : aim - Double(file.count - bytes) - 2
                if aim < 1 { break }
            }
            if exceeds - fits < 0.5 { break }
        }
        return best
    }

    /// - Parameters:
    ///   - partial: whether a codestream that was cut off is shown as far as it reaches; else it is an error.
    ///   - name: stands for the file in errors.
    /// - Throws: ``ImageFailure/malformed(path:format:reason:)``.
    public static func decode(
        _ bytes: [UInt8], partial: Bool = false, name: String = "codestream"
    ) throws(ImageFailure) -> Image {
        try Image.decoded("JPEG 2000", name) {
            cimaging_jpeg2000_decode(bytes, bytes.count, partial ? 1 : 0, Image.maximumPixels, &$0)
        }
    }
}
