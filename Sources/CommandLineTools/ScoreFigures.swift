import Fidelity
import Files
import Foundation
import HyperpriorCodec
import Imaging

/// What `testbed score` knows of one pair; what was not asked for or cannot be computed is absent.
struct ScoreFigures: Encodable {
    var width: Int
    var height: Int
    var psnr: Double?
    var maskPSNR: Double?
    /// The share of the pixels under the mask.
    var maskShare: Double?
    var ssim: Double?
    var msSSIM: Double?
    var lpips: Double?
    var lpipsNetwork: String?
    var gvif: Double?
    var rate: Int?
    var alpha: Double?
    var prompt: String?
    var bits: BitFigures?
    var bitsPerPixel: Double?
    /// −log₂ P of the symbols that arrived, ŷ and ẑ together.
    var theoreticalBits: Double?
    var maskStatistics: MaskStatistics?

    init(width: Int, height: Int) { (self.width, self.height) = (width, height) }

    /// How many latent cells were chosen, how many arrived, and in how many connected pieces the chosen ones lie.
    struct MaskStatistics: Encodable {
        let cells: Int
        let requested: Int
        let received: Int
        /// Regions of cells that touch at a side.
        let regions: Int

        init(requested: Mask, received: Mask) {
            cells = requested.values.count
            self.requested = requested.count
            self.received = received.count
            regions = requested.regionCount
        }
    }

    mutating func setMask(_ mask: Mask, _ a: Image, _ b: Image) {
        maskPSNR = maskPeakSignalToNoiseRatio(a, b, mask: mask)
        maskShare = mask.share
    }

    func printTable() {
        func line(_ name: String, _ value: String?) {
            if let value { print(name.padding(toLength: 13, withPad: " ", startingAt: 0) + value.shown()) }
        }
        line("size", "\(width) × \(height)")
        line("PSNR", psnr.map { formatted($0, 2) + " dB" })
        line(
            "mask PSNR",
            maskPSNR.map { formatted($0, 2) + " dB over " + formatted(100 * (maskShare ?? 0), 1) + " % of the picture" }
        )
        line("SSIM", ssim.map { formatted($0, 4) })
        line("MS-SSIM", msSSIM.map { formatted($0, 4) })
        line("LPIPS", lpips.map { formatted($0, 4) + " (\(lpipsNetwork ?? ""))" })
        line("GVIF", gvif.map { formatted($0, 4) })
        line("rate, α", rate.map { "\($0), \(formatted(alpha ?? 0, 2))" })
        line("prompt", prompt)
        line(
            "bits",
            bits.map {
                "\($0.total) = header \($0.header) + prompt \($0.prompt) + mask \($0.mask) + hyper \($0.hyper) "
                    + "+ features \($0.features)"
            })
        line("−log₂ P", theoreticalBits.map { formatted($0, 0) + " bits of what arrived of hyper and features" })
        line("bits a pixel", bitsPerPixel.map { formatted($0, 4) })
        line(
            "cells",
            maskStatistics.map {
                "\($0.received) received of \($0.requested) chosen of \($0.cells), in \($0.regions) regions"
            })
    }
}

extension Mask {
    /// How many regions of true entries there are; entries that share a side belong together.
    var regionCount: Int {
        var seen = [Bool](repeating: false, count: values.count)
        var count = 0
        for start in values.indices where values[start] && !seen[start] {
            count += 1
            var open = [start]
            seen[start] = true
            while let i = open.popLast() {
                let (row, column) = (i / width, i % width)
                for (r, c) in [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
                where r >= 0 && r < height && c >= 0 && c < width && values[r * width + c] && !seen[r * width + c] {
                    seen[r * width + c] = true
                    open.append(r * width + c)
                }
            }
        }
        return count
    }
}
