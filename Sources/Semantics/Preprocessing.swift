import FeatureMaps
import Imaging
import Neural

/// What a classifier wants done to a picture before its first layer. The weights file says it in its metadata, under
/// timm's names; what is not said is the architecture's custom.
///
/// | metadata | ResNet | EfficientNet-Lite | the same under timm's names |
/// |---|---|---|---|
/// | `input_size`, pixels of the shorter side | 224 | 224 | 224 |
/// | `interpolation` | bilinear | bicubic | bicubic |
/// | `mean`, `std`, of samples in [0, 1] | ImageNet's | 127/255, 128/255 | 1/2, 1/2 |
/// | `padding` of layers with a stride: `same` or `centred` | – | same | same |
public struct Preprocessing: Equatable, Sendable {
    public var side: Int
    public var filter: ResamplingFilter
    /// One for each channel, of samples in [0, 1].
    public var mean: [Float]
    public var deviation: [Float]
    var padding: ConvolutionPadding

    static let residual = Preprocessing(
        side: 224, filter: .bilinear, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225], padding: .centred)
    static let efficient = Preprocessing(
        side: 224, filter: .bicubic, mean: .init(repeating: 127 / 255, count: 3),
        deviation: .init(repeating: 128 / 255, count: 3),
        padding: .same)
    /// What timm does before its `tf_efficientnet_lite0` to `lite4`.
    static let staged = Preprocessing(
        side: 224, filter: .bicubic, mean: .init(repeating: 0.5, count: 3), deviation: .init(repeating: 0.5, count: 3),
        padding: .same)

    init(side: Int, filter: ResamplingFilter, mean: [Float], deviation: [Float], padding: ConvolutionPadding) {
        (self.side, self.filter, self.mean, self.deviation, self.padding) = (side, filter, mean, deviation, padding)
    }

    /// - Throws: `SafeTensors.Failure` where the metadata does not make sense.
    init(_ file: SafeTensors) throws {
        self =
            switch EfficientNetworkNames(file) {
            case nil: .residual
            case .flat: .efficient
            case .staged: .staged
            }
        if let side = try file.number("input_size") {
            guard side >= 32, side <= 4096, side == side.rounded() else {
                throw file.malformed("input_size", expected: "a whole number of pixels from 32 to 4096")
            }
            self.side = Int(side)
        }
        if let name = file.metadata["interpolation"] {
            guard let filter = Self.filters[name] else {
                throw file.malformed("interpolation", expected: Self.filters.keys.sorted().joined(separator: ", "))
            }
            self.filter = filter
        }
        if let mean = try file.numbers("mean", count: 3) { self.mean = mean }
        if let deviation = try file.numbers("std", count: 3) {
            guard deviation.allSatisfy({ $0 > 0 }) else {
                throw file.malformed("std", expected: "three numbers over 0")
            }
            self.deviation = deviation
        }
        if let name = file.metadata["padding"] {
            guard let padding = ["same": ConvolutionPadding.same, "centred": .centred][name] else {
                throw file.malformed("padding", expected: "same or centred")
            }
            self.padding = padding
        }
    }

    private static let filters: [String: ResamplingFilter] = [
        "bilinear": .bilinear, "bicubic": .bicubic, "lanczos": .lanczos,
    ]

    /// Samples in [0, 1], less the mean, over the standard deviation: three channels, dense.
    func callAsFunction(_ image: Image) -> FeatureMap {
        let scale = deviation.map { 1 / (255 * $0) }
        let shift = (0..<3).map { mean[$0] / deviation[$0] }
        return FeatureMap(rows: image.height, columns: image.width, channels: 3, dense: true) { values in
            image.pixels.withUnsafeBufferPointer { pixels in
                for i in 0..<image.width * image.height {
                    for c in 0..<3 { values[3 * i + c] = Float(pixels[3 * i + c]) * scale[c] - shift[c] }
                }
            }
        }
    }
}

extension SafeTensors {
    func malformed(_ key: String, expected: String) -> Failure {
        .malformed(path: path, reason: "its metadata's \(key) is '\(metadata[key] ?? "")'; expected \(expected)")
    }

    /// A number of the metadata; nil where it is not there.
    func number(_ key: String) throws -> Float? { try numbers(key, count: 1)?.first }

    /// Numbers of the metadata, between them commas or spaces; one stands for all.
    func numbers(_ key: String, count: Int) throws -> [Float]? {
        guard let text = metadata[key] else { return nil }
        let values = text.split(whereSeparator: { ", []".contains($0) }).map { Float($0) }
        let numbers = values.compactMap(\.self).filter(\.isFinite)
        guard numbers.count == values.count, values.count == count || values.count == 1 else {
            throw malformed(key, expected: count == 1 ? "a number" : "\(count) numbers")
        }
        return numbers.count == 1 ? .init(repeating: numbers[0], count: count) : numbers
    }
}
