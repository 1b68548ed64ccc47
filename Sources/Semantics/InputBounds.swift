import Imaging

extension BackboneSize {
    /// Pixels of an input that a backbone is given at most, where the user did not ask for more: 270 bytes each of
    /// features, and some microseconds.
    static let mostPixels = 1 << 22

    /// The most pixels that this choice may come to. A long, narrow picture scaled by its shorter side has many more
    /// than a photo; one whose user asks for a large input has them on purpose.
    private var bound: Int {
        switch self {
        case .native: 1 << 26
        case .trained: Self.mostPixels
        case .shorterSide(let length): max(Self.mostPixels, 4 * length * length)
        }
    }

    /// Whether a picture of that size can be looked at, which can be known before a run.
    ///
    /// - Parameter trained: shorter side of the classifier's training, where the choice is that.
    /// - Throws: ``SemanticsFailure/tooNarrow(width:height:input:most:)``.
    public func check(width: Int, height: Int, trained: Int = 224) throws {
        let aspect = Double(max(width, height)) / Double(max(1, min(width, height)))
        let pixels: Double
        switch self {
        case .native: pixels = Double(width) * Double(height)
        case .trained: pixels = Double(trained) * Double(trained) * aspect
        case .shorterSide(let length): pixels = Double(length) * Double(length) * aspect
        }
        guard pixels <= Double(bound) else {
            throw SemanticsFailure.tooNarrow(width: width, height: height, input: Int(min(pixels, 1e18)), most: bound)
        }
    }
}
