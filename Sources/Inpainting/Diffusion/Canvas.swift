import Determinism
import Imaging
import Neural

/// A picture and its mask at the model's sizes: edges repeated up to whole latent cells.
struct Canvas: Sendable {
    let width, height: Int
    /// Latent cells.
    let rows, columns: Int
    let latentChannels: Int
    /// Shape (3, height, width) in [−1, 1].
    let picture: Tensor
    /// Known pixels, padded alike.
    let known: [Bool]
    private let image: Image
    private let mask: Mask
    private let factor: Int
    private let layout: Image?

    init(image: Image, mask: Mask, factor: Int, latentChannels: Int, layout: Image? = nil) {
        self.layout = layout
        (rows, columns) = ((image.height + factor - 1) / factor, (image.width + factor - 1) / factor)
        (width, height) = (columns * factor, rows * factor)
        (self.image, self.mask, self.factor, self.latentChannels) = (image, mask, factor, latentChannels)
        picture = Self.tensor(image, width: width, height: height)
        var known = [Bool](repeating: false, count: width * height)
        for y in 0..<height {
            for x in 0..<width { known[y * width + x] = mask[min(y, image.height - 1), min(x, image.width - 1)] }
        }
        self.known = known
    }

    private static func tensor(_ image: Image, width: Int, height: Int) -> Tensor {
        var values = [Float](repeating: 0, count: 3 * width * height)
        for y in 0..<height {
            for x in 0..<width {
                let source = 3 * (min(y, image.height - 1) * image.width + min(x, image.width - 1))
                for c in 0..<3 { values[(c * height + y) * width + x] = Float(image.pixels[source + c]) / 127.5 - 1 }
            }
        }
        return Tensor(shape: [3, height, width], values: values)
    }

    /// 1 where a cell is to be generated, taken at its first pixel: how inpainting denoisers were trained.
    var maskChannel: Tensor {
        var values = [Float](repeating: 0, count: rows * columns)
        for row in 0..<rows {
            for column in 0..<columns {
                values[row * columns + column] = known[row * factor * width + column * factor] ? 0 : 1
            }
        }
        return Tensor(shape: [1, rows, columns], values: values)
    }

    /// 1 where every pixel of a cell is known, for holding it through the denoising.
    var heldCells: [Float] {
        var values = [Float](repeating: 1, count: rows * columns)
        for y in 0..<height {
            for x in 0..<width where !known[y * width + x] { values[(y / factor) * columns + x / factor] = 0 }
        }
        return values
    }

    /// The latent of m̄ ⊙ x̂, as inpainting denoisers want it: shape (latent channels, rows, columns).
    func maskedLatent(_ autoencoder: Autoencoder, fill: MaskedLatentFill) -> Tensor {
        switch fill {
        case .grey: return greyLatent(autoencoder)
        case .harmonic:
            var latent = knownLatent(autoencoder)
            let cells = Mask(width: columns, height: rows, values: maskChannel.values.map { $0 == 0 })
            let (area, solver) = (rows * columns, LaplaceSolver(known: cells))
            for channel in 0..<latentChannels {
                let range = channel * area..<(channel + 1) * area
                // With nothing known there is nothing to lean on: noise and prompt alone.
                var plane =
                    cells.values.contains(true) ? Array(latent.values[range]) : [Float](repeating: 0, count: area)
                solver.solve(&plane, tolerance: 1e-3)
                latent.values.replaceSubrange(range, with: plane)
            }
            return latent
        }
    }

    private func greyLatent(_ autoencoder: Autoencoder) -> Tensor {
        var masked = picture
        for i in 0..<known.count where !known[i] {
            for c in 0..<3 { masked.values[c * known.count + i] = 0 }
        }
        return scaled(autoencoder.encode(masked), autoencoder)
    }

    /// The latent of the picture with its unknown pixels filled harmonically, so that no grey bleeds into the cells
    /// that are held.
    func knownLatent(_ autoencoder: Autoencoder) -> Tensor {
        latent(of: HarmonicFill.fill(image, known: mask), autoencoder)
    }

    /// Where the unknown cells' walk begins: at the layout with texture where there is one,
    /// else at the harmonic filling.
    func startLatent(_ autoencoder: Autoencoder, stream: RandomStream) -> Tensor {
        guard let layout else { return knownLatent(autoencoder) }
        let smooth = LayoutFill.fill(image, known: mask, layout: layout)
        return latent(of: TextureFill.fill(smooth, known: mask, stream: stream), autoencoder)
    }

    private func latent(of picture: Image, _ autoencoder: Autoencoder) -> Tensor {
        let filled = Self.tensor(picture, width: width, height: height)
        return scaled(autoencoder.encode(filled), autoencoder)
    }

    private func scaled(_ latent: Tensor, _ autoencoder: Autoencoder) -> Tensor {
        var latent = latent
        for i in 0..<latent.count { latent.values[i] = (latent.values[i] - autoencoder.shift) * autoencoder.scale }
        return latent
    }

    func unscaled(_ latent: Tensor, _ autoencoder: Autoencoder) -> Tensor {
        var latent = latent
        for i in 0..<latent.count { latent.values[i] = latent.values[i] / autoencoder.scale + autoencoder.shift }
        return latent
    }
}
