import Fidelity
import Foundation
import HyperpriorCodec
import Imaging
import Records

/// The received pictures against their originals, from what the run folder holds.
package enum Scoring {
    /// One score an image and receiver.
    package static func scores(records: [Record], folder: String, regionAlpha: Float) -> [Record] {
        struct Key: Hashable {
            var transmitter: String
            var image: Int
            var receiver = ""
        }
        var sent: [Key: TransmissionRecord] = [:]
        var received: [Key: ReceptionRecord] = [:]
        for record in records {
            switch record {
            case .transmission(let record): sent[Key(transmitter: record.transmitter, image: record.image)] = record
            case .reception(let record):
                let key = Key(transmitter: record.transmitter, image: record.image, receiver: record.receiver)
                if received[key] == nil { received[key] = record }
            default: break
            }
        }
        let sorted = received.sorted {
            ($0.key.transmitter, $0.key.image, $0.key.receiver) < ($1.key.transmitter, $1.key.image, $1.key.receiver)
        }
        return sorted.compactMap { key, reception in
            guard let transmission = sent[Key(transmitter: key.transmitter, image: key.image)],
                let originalFile = transmission.originalFile,
                let file = reception.receivedFile ?? reception.decodedFile,
                let original = try? Image(contentsOf: "\(folder)/\(originalFile)"),
                let picture = try? Image(contentsOf: "\(folder)/\(file)"),
                picture.width == original.width, picture.height == original.height
            else { return nil }
            var score = ScoreRecord(
                transmitter: key.transmitter, image: key.image, receiver: key.receiver,
                psnr: peakSignalToNoiseRatio(original, picture),
                ssim: structuralSimilarity(original, picture))
            if let maskFile = reception.maskFile, let maskImage = try? Image(contentsOf: "\(folder)/\(maskFile)") {
                score.maskPSNR = maskPeakSignalToNoiseRatio(original, picture, mask: Mask(maskImage))
            }
            if let importanceFile = transmission.importanceFile,
                let importance = try? Plane(
                    npy: "\(folder)/\(importanceFile.replacingOccurrences(of: ".png", with: ".npy"))")
            {
                let region = Mask(
                    width: importance.width, height: importance.height,
                    values: importance.values.map { $0 >= regionAlpha }
                )
                .upsampled(by: Catalogue.cellSize, width: original.width, height: original.height)
                score.regionAlpha = Double(regionAlpha)
                score.regionPSNR = maskPeakSignalToNoiseRatio(original, picture, mask: region)
            }
            return .score(score)
        }
    }
}
