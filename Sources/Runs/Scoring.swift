import Dispatch
import Fidelity
import Foundation
import HyperpriorCodec
import Imaging
import Records
import Synchronization

/// The received pictures against their originals, from what the run folder holds.
package enum Scoring {
    private struct Key: Hashable, Sendable {
        var transmitter: String
        var image: Int
        var receiver = ""
    }

    /// The pictures of one reception.
    private struct Pair: Sendable {
        var key: Key
        var reception: ReceptionRecord
        var transmission: TransmissionRecord
    }

    /// One score an image and receiver, in order of transmitter, number and receiver; the cores share the pictures.
    ///
    /// - Throws: `ResultsError` where the folder holds no records.
    package static func scores(folder: String, regionAlpha: Float) throws -> [Record] {
        let pairs = try pairs(folder)
        let scores = Mutex([Record?](repeating: nil, count: pairs.count))
        DispatchQueue.concurrentPerform(iterations: pairs.count) { index in
            let score = score(pairs[index], folder, regionAlpha)
            scores.withLock { $0[index] = score }
        }
        return scores.withLock { $0.compactMap { $0 } }
    }

    private static func pairs(_ folder: String) throws -> [Pair] {
        // A run that keeps no pictures has nothing to measure, and may have a million records.
        let pictures = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/images")) ?? []
        guard !pictures.isEmpty else { return [] }
        var sent: [Key: TransmissionRecord] = [:]
        var received: [Key: ReceptionRecord] = [:]
        _ = try RunRecordFiles.read(folder) { records in
            for record in records {
                switch record {
                case .transmission(let record): sent[Key(transmitter: record.transmitter, image: record.image)] = record
                case .reception(let record):
                    let key = Key(transmitter: record.transmitter, image: record.image, receiver: record.receiver)
                    if received[key] == nil { received[key] = record }
                default: break
                }
            }
        }
        let sorted = received.sorted {
            ($0.key.transmitter, $0.key.image, $0.key.receiver) < ($1.key.transmitter, $1.key.image, $1.key.receiver)
        }
        return sorted.compactMap { key, reception in
            sent[Key(transmitter: key.transmitter, image: key.image)].map {
                Pair(key: key, reception: reception, transmission: $0)
            }
        }
    }

    /// - Returns: nil where a picture is missing, or they are not of one size.
    private static func score(_ pair: Pair, _ folder: String, _ regionAlpha: Float) -> Record? {
        let (key, reception, transmission) = (pair.key, pair.reception, pair.transmission)
        guard let originalFile = transmission.originalFile,
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
