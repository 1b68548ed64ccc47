import Determinism
import Imaging

/// Detail copied from what arrived, laid over a smooth filling: no model, and no bit more on the air.
///
/// A filling from a layout or a membrane knows which colour lies where and nothing finer. Each square of it gets the
/// fine part (what a Gaussian takes away) of a known square with much the same coarse colours, overlapped with its
/// neighbours' at constant variance. The copy is right in kind and wrong in place, so a share s of it costs s² of the
/// detail's variance in squared error; ``share`` trades that against a picture without texture.
public enum TextureFill {
    /// Share of the copied detail that is laid on.
    public static let share: Float = 0.35
    /// Standard deviation in pixels of the Gaussian that parts coarse from fine.
    static let deviation = 8.0

    /// - Parameters:
    ///   - picture: a filling; its known pixels stay as they are, to the bit.
    ///   - mask: true at known pixels; as large as the picture.
    ///   - stream: which of the squares most alike is taken: the same one everywhere would show as a pattern.
    /// - Returns: the picture itself where too little is known to copy from.
    public static func fill(_ picture: Image, known mask: Mask, stream: RandomStream) -> Image {
        precondition(mask.width == picture.width && mask.height == picture.height, "one mask entry a pixel")
        let (width, height) = (picture.width, picture.height)
        guard let squares = TextureSquares(known: mask) else { return picture }
        let blur = BoxBlur(width: width, height: height, deviation: deviation)
        let weight = blur(mask.values.map { $0 ? 1 : 0 })
        let planes = (0..<3).map { channel in (0..<width * height).map { Float(picture.pixels[3 * $0 + channel]) } }
        let sources = squares.matches(coarse: planes.map { blur($0) }, stream: stream)
        var result = picture
        for (channel, plane) in planes.enumerated() {
            let coarse = blur(plane.indices.map { mask.values[$0] ? plane[$0] : 0 })
            let detail = plane.indices.map { mask.values[$0] ? plane[$0] - coarse[$0] / max(weight[$0], 1e-6) : 0 }
            let copied = squares.overlapped(detail, from: sources)
            for i in plane.indices where !mask.values[i] {
                let value = plane[i] + share * copied[i]
                result.pixels[3 * i + channel] = UInt8(max(0, min(255, value.rounded())))
            }
        }
        return result
    }
}
