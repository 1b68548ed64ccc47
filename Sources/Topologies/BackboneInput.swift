/// How large the classifier sees a photo.
package enum BackboneInput: Equatable, Sendable {
    /// As it was trained.
    case trained
    /// As the photo is.
    case native
    /// Pixels of the shorter side.
    case pixels(Int)

    /// From `trained`, `native` or a number from 32 to 4096.
    init?(_ text: String) {
        switch text {
        case "trained": self = .trained
        case "native": self = .native
        default:
            guard let pixels = Int(text), (32...4096).contains(pixels) else { return nil }
            self = .pixels(pixels)
        }
    }
}
