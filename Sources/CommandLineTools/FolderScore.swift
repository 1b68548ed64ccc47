import Declarations
import Fidelity
import Files
import Foundation
import Imaging
import Neural
import Report
import Semantics
import Topologies

/// Two folders of pictures: the mean of each measure over pairs of one name, and the Fréchet distance of the sets.
struct FolderScore {
    let command: ScoreCommand

    struct Figures: Encodable {
        let pairs: Int
        let unmatched: Int
        /// The mean over all pairs: infinite as soon as one pair is identical.
        let psnr: Double?
        /// Pairs without any difference, and the mean PSNR of the others.
        let identicalPairs: Int
        let psnrOfDiffering: Double?
        let ssim: Double?
        let msSSIM: Double?
        let lpips: Double?
        /// Nil where one of the folders has too few pictures for a covariance.
        let frechetDistance: Double?
        /// Whose features were compared: "FID (Inception-v3)" or the classifier's file.
        let frechetFeatures: String?
        let warnings: [String]
    }

    func run() throws {
        let (originals, received) = (
            try Folder(command.original, endings: Self.endings), try Folder(command.received, endings: Self.endings)
        )
        for folder in [originals, received] where folder.names.isEmpty {
            throw ImageFailure.unreadable(
                path: folder.path, reason: "it holds no pictures" + (folder.leftOut.first.map { ": \($0)" } ?? ""))
        }
        let pairs = try PicturePairs(originals.names, received.names, in: (originals.path, received.path))
        let learned = try command.learnedSimilarity()
        var warnings = originals.leftOut + received.leftOut
        var scores: [ScoreFigures] = []
        for pair in pairs.matched {
            do {
                scores.append(
                    try command.compare(
                        "\(originals.path)/\(pair.original)", "\(received.path)/\(pair.received)", learned: learned))
            } catch let error as ImageFailure { warnings.append("\(error); the pair is left out") }
        }
        let distance = try frechet(originals.paths, received.paths, &warnings)
        let finite = scores.compactMap(\.psnr).filter(\.isFinite)
        let figures = Figures(
            pairs: scores.count, unmatched: pairs.unmatched,
            psnr: scores.count > finite.count ? .infinity : Self.mean(finite),
            identicalPairs: scores.count - finite.count, psnrOfDiffering: Self.mean(finite),
            ssim: Self.mean(scores.map(\.ssim)), msSSIM: Self.mean(scores.map(\.msSSIM)),
            lpips: Self.mean(scores.map(\.lpips)),
            frechetDistance: distance?.value, frechetFeatures: distance?.features, warnings: warnings)
        for warning in figures.warnings { complain("warning: \(warning)") }
        if command.json { try printJSON(figures) } else { figures.printTable() }
    }

    /// The distance of the two sets' features; what keeps it from being computed becomes a warning, and the pairs'
    /// measures stand without it.
    private func frechet(
        _ originals: [String], _ received: [String], _ warnings: inout [String]
    ) throws -> (value: Double, features: String)? {
        let features: (Image) throws -> [Float]
        let name: String
        if let path = command.inception {
            let network = try InceptionFeatures(SafeTensors(path: path))
            (features, name) = ({ network($0) }, "FID (Inception-v3)")
        } else {
            let path = try classifierPath(command.backbone)
            let classifier = try Classifier(weights: path)
            let file = ModelLibrary.standard.classifierName(path)
            (features, name) = ({ try classifier.pooledFeatures($0) }, "classifier features (\(file)), not FID")
        }
        do {
            func statistics(_ paths: [String]) throws -> FeatureStatistics {
                // What cannot be read has been told with its pair.
                try FeatureStatistics(paths.compactMap { try? Image(contentsOf: $0) }.map(features))
            }
            let (a, b) = (try statistics(originals), try statistics(received))
            warnings += [a.warning(of: command.original), b.warning(of: command.received)].compactMap { $0 }
            return (try Fidelity.frechetDistance(a, b), name)
        } catch let failure as FidelityFailure {
            warnings.append("no Fréchet distance: \(failure)")
            return nil
        }
    }

    private static let endings: Set<String> = ["png", "jpg", "jpeg", "webp", "ppm"]

    /// The mean of what is there and finite.
    private static func mean(_ values: [Double?]) -> Double? {
        let known = values.compactMap { $0 }.filter(\.isFinite)
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }
}

extension FolderScore.Figures {
    func printTable() {
        func line(_ name: String, _ value: Double?, _ decimals: Int, _ rest: String = "") {
            if let value {
                print(name.padding(toLength: 13, withPad: " ", startingAt: 0) + formatted(value, decimals) + rest)
            }
        }
        print("pairs        \(pairs)" + (unmatched > 0 ? " (\(unmatched) pictures without a partner)" : ""))
        let identical =
            identicalPairs == 0
            ? ""
            : identicalPairs == pairs
                ? ": all pairs are identical"
                : ": \(identicalPairs) of the pairs are identical, the others' mean is "
                    + "\(formatted(psnrOfDiffering ?? 0, 2)) dB"
        line("PSNR", psnr, 2, " dB" + identical)
        line("SSIM", ssim, 4)
        line("MS-SSIM", msSSIM, 4)
        line("LPIPS", lpips, 4)
        line("Fréchet", frechetDistance, 3, ", \(frechetFeatures ?? "")")
    }
}
