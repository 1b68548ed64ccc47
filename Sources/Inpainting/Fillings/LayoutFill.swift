import Imaging

/// A layout continued to the known pixels: what the border lacks is added and fades within a cell or two.
///
/// A membrane that carried the border's residual all through the region would undo what the layout says of its middle.
public enum LayoutFill {
    /// Pixels over which the border's residual fades.
    public static let reach = 28

    /// - Parameters:
    ///   - image: the picture; its unknown pixels are ignored.
    ///   - mask: true at known pixels, which stay as they are, to the bit.
    ///   - layout: as large as the picture.
    public static func fill(_ image: Image, known mask: Mask, layout: Image) -> Image {
        precondition(
            layout.width == image.width && layout.height == image.height, "the layout must be as large as the picture")
        return Composite.join(image: image, known: mask, feather: reach) { Float(layout.pixels[3 * $1 + $0]) }
    }
}
