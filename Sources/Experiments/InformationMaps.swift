import Fidelity
import Foundation
import HyperpriorCodec
import Imaging
import Neural

/// Where in a picture, and in which channels, the visual information of Eq. 27 lies (the maps of Fig. 6).
///
/// A folder receives
/// - `information.npy`, float32 (channels, rows, columns): log₂(1 + (gθ)²/γ²), in bits,
/// - `information-cells.npy`, (rows, columns): its mean over the channels,
/// - `information-channels.npy`, (channels, 2): the sum over all cells, and over those of the mask,
/// - `information-cells.png`: the cells' map over the picture,
/// - `information-channels.png`: the maps of the channels that carry most, sixteen of them.
package struct InformationMaps {
    /// θ at gain 1, (channels, rows, columns).
    let scales: Tensor
    let gain: Double
    /// Cells without a meaning are taken as 0.
    let mask: Mask?
    let visualNoise: Double

    package init(scales: Tensor, gain: Double, mask: Mask?, visualNoise: Double) {
        (self.scales, self.gain, self.mask, self.visualNoise) = (scales, gain, mask, visualNoise)
    }

    package func write(to folder: String, over image: Image) throws {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw ImageFailure.unwritable(path: folder, reason: "the folder cannot be made")
        }
        let (channels, rows, columns) = (scales.shape[0], scales.shape[1], scales.shape[2])
        let cells = rows * columns
        let factor = Float(gain * gain / visualNoise)
        var information = [Float](repeating: 0, count: scales.count)
        for i in information.indices where mask?.values[i % cells] ?? true {
            information[i] = log2(1 + scales.values[i] * scales.values[i] * factor)
        }
        try NumPyArray(shape: [channels, rows, columns], values: information).write(to: folder + "/information.npy")

        var cellSums = [Double](repeating: 0, count: cells)
        for i in information.indices { cellSums[i % cells] += Double(information[i]) }
        let map = GVIF.map(information: cellSums, channels: channels, rows: rows, columns: columns)
        try map.writeNPY(to: folder + "/information-cells.npy")

        let all = GVIF.channelInformation(
            scales: scales.values, channels: channels, cells: cells, gain: gain, visualNoise: visualNoise)
        let chosen = GVIF.channelInformation(
            scales: scales.values, channels: channels, cells: cells, gain: gain, mask: mask?.values,
            visualNoise: visualNoise)
        // With a stream, θ is known under its mask only.
        let pairs = zip(mask == nil ? all : chosen, chosen).flatMap { [Float($0), Float($1)] }
        try NumPyArray(shape: [channels, 2], values: pairs).write(to: folder + "/information-channels.npy")

        let highest = max(map.values.max() ?? 0, 1e-9)
        let shown = Plane(width: columns, height: rows, values: map.values.map { $0 / highest })
            .spread(cell: Catalogue.cellSize, width: image.width, height: image.height)
        try image.overlaid(with: shown, opacity: 0.6).write(to: folder + "/information-cells.png")

        let best = chosen.indices.sorted { chosen[$0] > chosen[$1] }.prefix(16)
        let (tile, gap) = (max(1, 128 / max(rows, columns)), 4)
        var sheet = Image(width: 4 * (columns * tile + gap) + gap, height: 4 * (rows * tile + gap) + gap, grey: 255)
        for (place, channel) in best.enumerated() {
            let values = information[channel * cells..<(channel + 1) * cells]
            let top = max(values.max() ?? 0, 1e-9)
            let picture = ColourMap.viridis.image(Plane(width: columns, height: rows, values: values.map { $0 / top }))
            var large = Image(width: columns * tile, height: rows * tile)
            for y in 0..<large.height {
                for x in 0..<large.width {
                    for c in 0..<3 {
                        large.pixels[3 * (y * large.width + x) + c] =
                            picture.pixels[3 * (y / tile * columns + x / tile) + c]
                    }
                }
            }
            sheet.paste(large, x: gap + place % 4 * (columns * tile + gap), y: gap + place / 4 * (rows * tile + gap))
        }
        try sheet.write(to: folder + "/information-channels.png")
    }
}
