import Fidelity
import Foundation
import Imaging
import Neural
import Semantics
import Testbed

/// Two folders of pictures: the mean of each measure over pairs of one name, and the Fréchet distance of the sets.
struct FolderScore {
    let command: ScoreCommand

    struct Figures: Encodable {
        let pairs: Int
        let unmatched: Int
        let psnr: Double?
        let ssim: Double?
        let msSSIM: Double?
        let lpips: Double?
        let frechetDistance: Double
        /// Whose features were compared: "FID (Inception-v3)" or the classifier's file.
        let frechetFeatures: String
        let warnings: [String]
    }

    func run() throws {
        let (originals, received) = (try Self.pictures(in: command.original), try Self.pictures(in: command.received))
        let names = originals.keys.filter { received[$0] != nil }.sorted()
        let learned = try command.learnedSimilarity()
        var scores: [ScoreFigures] = []
        for name in names { scores.append(try command.compare(originals[name]!, received[name]!, learned: learned)) }

        let features: (Image) throws -> [Float]
        let featureName: String
        if let path = command.inception {
            let network = try InceptionFeatures(SafeTensors(path: path))
            (features, featureName) = ({ network($0) }, "FID (Inception-v3)")
        } else {
            let path = try classifierPath(command.backbone)
            let classifier = try Classifier(weights: path)
            let file = ModelLibrary.standard.classifierName(path)
            (features, featureName) = ({ try classifier.pooledFeatures($0) }, "classifier features (\(file)), not FID")
        }
        func statistics(_ pictures: [String: String]) throws -> FeatureStatistics {
            try FeatureStatistics(pictures.keys.sorted().map { try features(Image(contentsOf: pictures[$0]!)) })
        }
        let (a, b) = (try statistics(originals), try statistics(received))
        let figures = Figures(
            pairs: names.count, unmatched: originals.count + received.count - 2 * names.count, psnr: Self.mean(scores.map(\.psnr)),
            ssim: Self.mean(scores.map(\.ssim)), msSSIM: Self.mean(scores.map(\.msSSIM)), lpips: Self.mean(scores.map(\.lpips)),
            frechetDistance: try Fidelity.frechetDistance(a, b), frechetFeatures: featureName,
            warnings: [a.warning(of: command.original), b.warning(of: command.received)].compactMap { $0 })
        for warning in figures.warnings { FileHandle.standardError.write(Data("warning: \(warning)\n".utf8)) }
        if command.json {
            try printJSON(figures)
            return
        }
        print("pairs        \(figures.pairs)" + (figures.unmatched > 0 ? " (\(figures.unmatched) pictures without a partner)" : ""))
        for (name, value, decimals) in [
            ("PSNR", figures.psnr, 2), ("SSIM", figures.ssim, 4), ("MS-SSIM", figures.msSSIM, 4), ("LPIPS", figures.lpips, 4),
        ] {
            if let value { print(name.padding(toLength: 13, withPad: " ", startingAt: 0) + formatted(value, decimals) + (name == "PSNR" ? " dB" : "")) }
        }
        print("Fréchet      \(formatted(figures.frechetDistance, 3)), \(figures.frechetFeatures)")
    }

    /// The pictures of a folder by their names without ending; files that are not named like pictures are left out.
    static func pictures(in folder: String) throws -> [String: String] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw ImageFailure.unreadable(path: folder, reason: "not a folder")
        }
        var result: [String: String] = [:]
        for name in names.sorted() where ["png", "jpg", "jpeg", "ppm"].contains((name as NSString).pathExtension.lowercased()) {
            result[(name as NSString).deletingPathExtension] = folder + "/" + name
        }
        guard !result.isEmpty else { throw ImageFailure.unreadable(path: folder, reason: "it holds no pictures") }
        return result
    }

    /// The mean of what is there and finite.
    private static func mean(_ values: [Double?]) -> Double? {
        let known = values.compactMap { $0 }.filter(\.isFinite)
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }
}
