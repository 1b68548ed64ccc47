/// Pixels that hold all their channels side by side, (rows × columns × channels): the layout of the codec's transforms.
///
/// A pixel takes `pitch` floats: its channels and zeros up to a whole number of vectors. What a layer reads of one
/// pixel lies together, so that tiles are gathered by the cache line, and sums over channels need no transposition.
public struct FeatureMap: Sendable {
    public let rows: Int
    public let columns: Int
    public let channels: Int
    public let pitch: Int
    /// Written while the map is made, read from then on.
    private let memory: Scratch

    package static let lanes = 16
    package static func padded(_ channels: Int) -> Int { (channels + lanes - 1) / lanes * lanes }
    /// Floats a pixel of so many channels takes, unless dense.
    public static func pitch(channels: Int) -> Int { padded(channels) }

    /// - Parameters:
    ///   - dense: whether pixels follow each other without zeros between (pictures of three channels).
    ///   - body: fills the memory; what it leaves untouched holds anything.
    public init(
        rows: Int, columns: Int, channels: Int, dense: Bool = false,
        _ body: (_ values: UnsafeMutablePointer<Float>) throws -> Void
    ) rethrows {
        (self.rows, self.columns, self.channels) = (rows, columns, channels)
        pitch = dense ? channels : Self.padded(channels)
        // One vector more than there are pixels, so that the last may be read as a whole one.
        memory = Scratch(count: rows * columns * pitch + Self.lanes)
        try body(memory.floats)
    }

    /// The numbers, pixel by pixel, ``pitch`` apart.
    public func withValues<R>(_ body: (UnsafePointer<Float>) throws -> R) rethrows -> R {
        try body(UnsafePointer(memory.floats))
    }

    package var window: MapWindow {
        MapWindow(values: memory.floats, firstRow: 0, rows: rows, columns: columns, pitch: pitch)
    }

    /// The channels of all pixels without the zeros between.
    public var pixelMajor: [Float] {
        [Float](unsafeUninitializedCapacity: rows * columns * channels) { buffer, count in
            for pixel in 0..<rows * columns {
                (buffer.baseAddress! + pixel * channels).initialize(
                    from: memory.floats + pixel * pitch, count: channels)
            }
            count = rows * columns * channels
        }
    }

    /// Every number replaced by its magnitude.
    public func magnitudes() -> FeatureMap {
        FeatureMap(rows: rows, columns: columns, channels: channels, dense: pitch == channels) { values in
            for i in 0..<rows * columns * pitch { values[i] = abs(memory.floats[i]) }
        }
    }

    // MARK: the layout of other layers

    /// - Parameter tensor: (channels, rows, columns).
    public init(_ tensor: Tensor, dense: Bool = false) {
        let (channels, plane) = (tensor.shape[0], tensor.shape[1] * tensor.shape[2])
        let pitch = dense ? channels : Self.padded(channels)
        self.init(rows: tensor.shape[1], columns: tensor.shape[2], channels: channels, dense: dense) { values in
            for pixel in 0..<plane {
                for channel in 0..<pitch {
                    values[pixel * pitch + channel] = channel < channels ? tensor.values[channel * plane + pixel] : 0
                }
            }
        }
    }

    /// Shape (channels, rows, columns).
    public var tensor: Tensor {
        let plane = rows * columns
        let values = [Float](unsafeUninitializedCapacity: channels * plane) { buffer, count in
            for pixel in 0..<plane {
                for channel in 0..<channels { buffer[channel * plane + pixel] = memory.floats[pixel * pitch + channel] }
            }
            count = channels * plane
        }
        return Tensor(shape: [channels, rows, columns], values: values)
    }
}

/// Some rows of a feature map in memory: the map as a whole, or the band of it that is being worked on.
package struct MapWindow: @unchecked Sendable {
    /// The first pixel of row `firstRow`. Whoever makes a window sees to it that threads write different pixels.
    package let values: UnsafeMutablePointer<Float>
    package let firstRow: Int
    /// Rows of the whole map: beyond lie zeros.
    package let rows: Int
    package let columns: Int
    package let pitch: Int

    package init(values: UnsafeMutablePointer<Float>, firstRow: Int, rows: Int, columns: Int, pitch: Int) {
        (self.values, self.firstRow) = (values, firstRow)
        (self.rows, self.columns, self.pitch) = (rows, columns, pitch)
    }

    @inlinable @inline(__always)
    package func pixel(_ row: Int, _ column: Int) -> UnsafeMutablePointer<Float> {
        values + ((row - firstRow) * columns + column) * pitch
    }
}
