/// What a convolution does to its sums before it writes them: fused, so that a tile leaves the cache only once.
public enum FusedActivation: Sendable {
    case none
    case relu

    /// In place on (channels × columns) numbers whose rows lie `leading` apart.
    @inline(__always)
    func apply(_ x: UnsafeMutablePointer<Float>, channels: Int, columns: Int, leading: Int) {
        guard case .relu = self else { return }
        for channel in 0..<channels {
            let row = x + channel * leading
            for i in 0..<columns { row[i] = max(row[i], 0) }
        }
    }
}
