import Foundation
import Imaging

/// The picture and the mask of `Scripts/golden/inpainting`.
enum TestPicture {
    static func image(side: Int) -> Image {
        var pixels: [UInt8] = []
        for y in 0..<side {
            for x in 0..<side {
                for c in 0..<3 {
                    pixels.append(
                        UInt8(
                            (127.5 + 120 * sin(0.05 * Double(x) * Double(c + 1) + 0.03 * Double(y) * Double(3 - c)))
                                .rounded(.down)))
                }
            }
        }
        return Image(width: side, height: side, pixels: pixels)
    }

    /// All known but a block right of the middle.
    static func mask(side: Int) -> Mask {
        var mask = Mask(width: side, height: side, repeating: true)
        for y in side / 4..<side { for x in side / 2..<side - side / 8 { mask[y, x] = false } }
        return mask
    }
}
