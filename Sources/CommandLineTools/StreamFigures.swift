import EntropyCoding
import Fidelity
import Files
import Foundation
import HyperpriorCodec
import Imaging
import Neural
import Records
import Semantics

/// What `encode`, `decode` and `inspect` say of a bitstream.
struct StreamFigures: Encodable {
    let width, height, rows, columns: Int
    let rate: Int
    let gain: Float?
    let alpha: Float
    let caption: String
    /// Where the caption came from; known to the encoder only.
    let wording: CaptionOrigin?
    let labels: [String]?
    let model: String
    let referenceInformation: Float
    let bits: BitFigures
    let bitsPerPixel: Double
    let selectedCells: Int
    let slices: Int
    let receivedSlices: Int
    let theoreticalBits: Double?
    let gvif: Double?
    /// What the decoder noticed of damage in the photo's file.
    let warnings: [String]?
    let stages: [String: Double]?

    init(
        _ stream: Bitstream, theoreticalBits: Double? = nil, gvif: Double? = nil, labels: [String]? = nil,
        wording: CaptionOrigin? = nil, warnings: [String]? = nil, stages: [String: Double]? = nil
    ) {
        let header = stream.header
        (width, height) = (header.width, header.height)
        (rows, columns) = (stream.mask.height, stream.mask.width)
        (rate, gain, alpha) = (header.rate, header.gain, header.alpha)
        caption = stream.prompt
        self.labels = labels
        self.wording = wording
        let digits = String(header.model, radix: 16)
        model = String(repeating: "0", count: 8 - digits.count) + digits
        referenceInformation = header.referenceInformation
        let bits = stream.bits
        self.bits = BitFigures(bits)
        bitsPerPixel = Double(bits.total) / Double(header.width * header.height)
        selectedCells = stream.mask.count
        slices = stream.sliceCount
        receivedSlices = stream.slices.reduce(0) { $0 + ($1 == nil ? 0 : 1) }
        self.theoreticalBits = theoreticalBits
        self.gvif = gvif
        self.warnings = warnings
        self.stages = stages
    }

    /// What was sent, and how finely.
    static func setting(gain: Float?, rate: Int, alpha: Float, selected: Int, of cells: Int) -> String {
        "\(gain.map { "gain \($0)" } ?? "rate \(rate)"), α = \(alpha), \(selected) of \(cells) cells"
    }

    func print(path: String) {
        func line(_ name: String, _ text: String) {
            CommandLineTools.print((name + ":").padding(toLength: 11, withPad: " ", startingAt: 0) + text.shown())
        }
        line("stream", "\(path), \(width)×\(height) pixels, model \(model)")
        line("setting", Self.setting(gain: gain, rate: rate, alpha: alpha, selected: selectedCells, of: rows * columns))
        line(
            "caption",
            (caption.isEmpty ? "(none)" : caption)
                + (wording == .labelInstead ? " (from the label: the captioner failed)" : ""))
        let layout = bits.layout > 0 ? " (\(bits.layout) of them layout)" : ""
        line(
            "bits",
            "\(bits.total) = \(bits.header) header + \(bits.prompt) prompt\(layout) + \(bits.mask) "
                + "mask + \(bits.hyper) hyper + \(bits.features) features; \(formatted(bitsPerPixel, 4)) a pixel"
        )
        line("slices", receivedSlices == slices ? "\(slices)" : "\(receivedSlices) of \(slices)")
        if let theoreticalBits { line("theory", "\(formatted(theoreticalBits, 0)) bits of features and ŝ by −log₂ P") }
        if let gvif { line("GVIF", formatted(gvif, 4)) }
        if let stages, !stages.isEmpty {
            line(
                "time",
                stages.sorted { $0.key < $1.key }.map { "\($0.key) \(formatted(1000 * $0.value, 0)) ms" }.joined(
                    separator: ", "))
        }
    }
}

/// How long the stages of a command take, one after the other.
struct StageTimes {
    private let clock = ContinuousClock()
    private var last = ContinuousClock().now
    private(set) var seconds: [String: Double] = [:]

    mutating func mark(_ stage: String) {
        let now = clock.now
        seconds[stage, default: 0] += (now - last) / .seconds(1)
        last = now
    }
}
