import Imaging

/// The harmonic (Laplace) filling: every unknown pixel is the mean of its neighbours, known pixels hold the rim.
///
/// The baseline that any generated picture has to beat, and the solver that closes seams.
public enum HarmonicFill {
    /// - Parameters:
    ///   - image: the picture; its unknown pixels are ignored.
    ///   - mask: true at known pixels. With none known, all become mid-grey.
    public static func fill(_ image: Image, known mask: Mask) -> Image {
        let count = image.width * image.height
        guard mask.values.contains(true) else { return Image(width: image.width, height: image.height) }
        var result = image
        let solver = LaplaceSolver(known: mask)
        for channel in 0..<3 {
            var plane = [Float](unsafeUninitializedCapacity: count) { buffer, initialised in
                for i in 0..<count { buffer[i] = Float(image.pixels[3 * i + channel]) }
                initialised = count
            }
            solver.solve(&plane, tolerance: 0.05)
            for i in 0..<count where !mask.values[i] {
                result.pixels[3 * i + channel] = UInt8(max(0, min(255, plane[i].rounded())))
            }
        }
        return result
    }
}
