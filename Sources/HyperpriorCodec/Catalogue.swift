import FeatureMaps
import Files
import Foundation
import Imaging
import Neural

/// The source coders Φ₁…Φ_P of Eq. (31b), lowest rate first: one backbone with a gain for each rate, or one
/// checkpoint for each rate. The last is the reference Φʳ.
public struct Catalogue: Sendable {
    struct Entry: Sendable {
        let backbone: Int
        let gain: Float
    }

    let backbones: [Backbone]
    let entries: [Entry]
    /// A hash of all weights; streams carry its low 32 bits.
    public let identity: UInt64

    /// - Parameter path: a checkpoint (`.safetensors`), or a folder of them whose names sort by rate; nil is the
    ///   one shipped with the package.
    /// - Throws: ``CodecFailure`` or `SafeTensors.Failure`, naming the file.
    public init(path: String? = nil) throws {
        try self.init(checkpoints: Self.checkpoints(at: path))
    }

    /// The files behind `path`, as ``init(path:)`` reads it.
    private static func checkpoints(at path: String?) throws -> [String] {
        let path = try path ?? Place.existingResource("codec.safetensors")
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw CodecFailure.noModel(path: path)
        }
        guard isFolder.boolValue else { return [path] }
        // A checkpoint that is left out would renumber the rates of all others.
        let listing = try Folder(path, endings: ["safetensors"])
        if let first = listing.leftOut.first { throw CodecFailure.unsuitableModel(path: path, reason: first) }
        let paths = listing.paths
        guard !paths.isEmpty else { throw CodecFailure.noModel(path: path) }
        return paths
    }

    /// The fewest bytes a slice must be allowed, from the headers of the weights alone.
    ///
    /// - Throws: as ``init(path:)``.
    public static func leastSlicePayload(path: String? = nil) throws -> Int {
        try checkpoints(at: path).map { path in
            let file = try SafeTensors(path: path)
            return Backbone.leastSlicePayload(channels: try Architecture(file).channels(in: file).m)
        }.max()!
    }

    /// From checkpoints in order of rate. One with several gains contributes all of them, rising.
    public init(checkpoints paths: [String]) throws {
        let backbones = try paths.map { try Backbone(path: $0) }
        self.backbones = backbones
        entries = backbones.indices.flatMap { i in backbones[i].gains.sorted().map { Entry(backbone: i, gain: $0) } }
        guard entries.count <= 255 else {
            throw CodecFailure.unsuitableModel(
                path: paths[0], reason: "\(entries.count) rates; at most 255 are counted")
        }
        identity = backbones.dropFirst().reduce(backbones[0].identity) { ($0 ^ $1.identity) &* 0x9e37_79b9_7f4a_7c15 }
    }

    public var rateCount: Int { entries.count }
    public var referenceRate: Int { entries.count }
    /// The gain g_p of a rate: the inverse of the quantisation step of y.
    public func gain(rate: Int) -> Double { Double(entries[rate - 1].gain) }
    /// Pixels a latent cell covers in each direction.
    public static let cellSize = Backbone.cellSize
    public static func latentSize(width: Int, height: Int) -> (rows: Int, columns: Int) {
        Bitstream.latentSize(width: width, height: height)
    }

    func check(rate: Int) throws {
        guard (1...rateCount).contains(rate) else { throw CodecFailure.unsupportedRate(rate, count: rateCount) }
    }

    // MARK: analysis

    /// One pass over the picture: y, ŝ and θ, from which every rate's bits follow.
    ///
    /// The picture stands in the upper left corner; what is missing to whole multiples of 64 repeats its edge.
    /// - Throws: ``CodecFailure/unsupportedSize(width:height:)``.
    public func analyse(_ image: Image) throws -> Analysis {
        guard image.width <= Bitstream.greatestExtent, image.height <= Bitstream.greatestExtent else {
            throw CodecFailure.unsupportedSize(width: image.width, height: image.height)
        }
        let (rows, columns) = Self.latentSize(width: image.width, height: image.height)
        let latents = backbones.indices.map { index in
            let backbone = backbones[index]
            let y = backbone.latent(of: image, rows: rows, columns: columns)
            let z = backbone.analyseScales(y).tensor
            let plain = backbone.quantise(z, step: 1)
            return Analysis.Latent(
                backbone: index, channels: backbone.m, values: y.pixelMajor, hyper: z, plain: plain,
                scales: Analysis.planar(plain.scales, channels: backbone.m, rows: rows, columns: columns),
                hyperBits: backbone.hasConstantStep ? backbone.hyperCosts(plain.symbols, gain: 1) : [])
        }
        return Analysis(
            width: image.width, height: image.height, rows: rows, columns: columns, catalogue: self, latents: latents)
    }
}

extension Backbone {
    /// y of a whole picture, computed in bands: one after the other by block transforms, else overlapping by what the
    /// transform reaches.
    func latent(of image: Image, rows: Int, columns: Int) -> FeatureMap {
        let band = Self.bandRows(columns: columns)
        return reusingMemory {
            if band >= rows { return analyse(Self.picture(image, rows: 0..<rows, columns: columns)) }
            return FeatureMap(rows: rows, columns: columns, channels: m) { values in
                func place(_ part: FeatureMap, from row: Int, count: Int, at target: Int) {
                    let line = columns * part.pitch
                    part.withValues { (values + target * line).update(from: $0 + row * line, count: count * line) }
                }
                var done = 0
                let advance: ((FeatureMap) -> FeatureMap?)? =
                    if case .blocks(let transform) = analyse { transform.bands(rows: rows) } else { nil }
                for top in stride(from: 0, to: rows, by: band) {
                    let bottom = min(rows, top + band)
                    if let advance {
                        guard let part = advance(Self.picture(image, rows: top..<bottom, columns: columns)) else {
                            continue
                        }
                        place(part, from: 0, count: part.rows, at: done)
                        done += part.rows
                    } else {
                        let wide = max(0, top - analyse.reach)..<min(rows, bottom + analyse.reach)
                        let part = analyse(Self.picture(image, rows: wide, columns: columns))
                        place(part, from: top - wide.lowerBound, count: bottom - top, at: top)
                    }
                }
            }
        }
    }

    /// How many rows of cells to transform at once: about two million pixels, for bounded memory; even,
    /// as transforms' reach.
    static func bandRows(columns: Int) -> Int { max(8, (1 << 21) / (cellSize * cellSize * columns) / 2 * 2) }

    /// The pixels of some rows of cells, in [0, 1], three channels side by side, the picture's edge repeated.
    static func picture(_ image: Image, rows: Range<Int>, columns: Int) -> FeatureMap {
        let (height, width) = (cellSize * rows.count, cellSize * columns)
        return FeatureMap(rows: height, columns: width, channels: 3, dense: true) { values in
            image.pixels.withUnsafeBufferPointer { pixels in
                for row in 0..<height {
                    let line =
                        pixels.baseAddress! + 3 * min(image.height - 1, cellSize * rows.lowerBound + row) * image.width
                    let target = values + 3 * row * width
                    let inside = 3 * min(width, image.width)
                    for i in 0..<inside { target[i] = Float(line[i]) / 255 }
                    for i in inside..<max(inside, 3 * width) { target[i] = target[i - 3] }
                }
            }
        }
    }

    /// ẑ's symbols, and θ in fixed point (cells, channels).
    func quantise(_ z: Tensor, step: Float) -> Analysis.Quantised {
        let plane = z.shape[1] * z.shape[2]
        var symbols = [Int32](repeating: 0, count: z.count)
        for channel in 0..<n {
            for i in channel * plane..<(channel + 1) * plane {
                // A step of 1 divides exactly, so this is the plain coder's rounding too.
                let scaled = (z.values[i] - medians(channel)) / step
                symbols[i] = Int32(
                    max(-4_194_304, min(4_194_304, scaled.isFinite ? scaled.rounded(.toNearestOrEven) : 0)))
            }
        }
        return Analysis.Quantised(
            symbols: symbols, scales: scales(of: symbols, step: step, rows: z.shape[1], columns: z.shape[2]))
    }

    private func medians(_ channel: Int) -> Float { prior.medians[channel] }

    /// θ in fixed point, (cells, channels), of ẑ's symbols (n, rows, columns).
    ///
    /// - Parameter needed: ẑ's cells that θ is wanted for, with all that it depends on; θ beyond their bounding
    ///   rectangle is 0. nil: all.
    func scales(of symbols: [Int32], step: Float, rows: Int, columns: Int, needed: [Bool]? = nil) -> [Int32] {
        let whole = Block(row: 0, column: 0, rows: rows, columns: columns)
        let box = needed.map { Block(bounding: $0, columns: columns) } ?? whole
        var part = symbols
        if box != whole {
            part = []
            part.reserveCapacity(n * box.rows * box.columns)
            for line in 0..<n * box.rows {
                let from = (line / box.rows * rows + box.row + line % box.rows) * columns + box.column
                part += symbols[from..<from + box.columns]
            }
        }
        let planar = hyperSynthesis(
            symbols: part, medians: prior.medians, step: Double(step), rows: box.rows, columns: box.columns)
        let cells = 16 * box.rows * box.columns
        var result = [Int32](repeating: 0, count: 16 * rows * columns * m)
        result.withUnsafeMutableBufferPointer { result in
            planar.withUnsafeBufferPointer { planar in
                for row in 0..<4 * box.rows {
                    let target = result.baseAddress! + ((4 * box.row + row) * 4 * columns + 4 * box.column) * m
                    for channel in 0..<m {
                        let line = planar.baseAddress! + channel * cells + row * 4 * box.columns
                        for column in 0..<4 * box.columns { target[column * m + channel] = Int32(line[column]) }
                    }
                }
            }
        }
        return result
    }
}

/// A rectangle of ẑ's cells.
private struct Block: Equatable {
    let row, column, rows, columns: Int

    init(row: Int, column: Int, rows: Int, columns: Int) {
        (self.row, self.column, self.rows, self.columns) = (row, column, rows, columns)
    }

    /// The least that holds all that is true, in rows of `columns`.
    init(bounding values: [Bool], columns: Int) {
        let places = values.indices.filter { values[$0] }
        let (rows, across) = (places.map { $0 / columns }, places.map { $0 % columns })
        guard let top = rows.min(), let bottom = rows.max(), let left = across.min(), let right = across.max() else {
            self.init(row: 0, column: 0, rows: 0, columns: 0)
            return
        }
        self.init(row: top, column: left, rows: bottom - top + 1, columns: right - left + 1)
    }
}
