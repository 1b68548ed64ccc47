import ArgumentParser
import EntropyCoding
import Experiments
import Fidelity
import Foundation
import HyperpriorCodec
import ImagePipeline
import Imaging
import Neural
import Semantics

/// `testbed score`: how faithful a received picture, or a folder of them, is to the original.
struct ScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score",
        abstract: "Compare a received picture, or a folder of them, with the original.",
        discussion: """
            PSNR, SSIM (scikit-image's default window) and MS-SSIM compare pictures. With --stream, GVIF and the bits \
            of each section come from the coded stream, and the mask PSNR from its mask: the squared error's mean over \
            the pixels the mask covers. Two folders are compared by file name, without the ending, and by the Fréchet \
            distance of their features: FID where --inception names pytorch-fid's network, else the distance in the \
            features of the classifier.
            """)

    @Argument(help: "The original picture, or a folder of originals.")
    var original: String

    @Argument(help: "The received picture, or a folder with the same names.")
    var received: String

    @Option(help: ArgumentHelp("The stream the received picture was decoded from.", valueName: "IN.gsc"))
    var stream: String?

    @Option(
        help: ArgumentHelp(
            "The region for the mask PSNR instead of the stream's: white pixels count.", valueName: "MASK.png"))
    var mask: String?

    @Option(help: ArgumentHelp("The coder's weights (default: the shipped ones).", valueName: "PATH"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Write maps of the visual information to this folder: per cell, per channel, and as a picture.",
            valueName: "DIR"))
    var map: String?

    @Option(help: ArgumentHelp("γ², the variance of the visual noise in GVIF.", valueName: "VARIANCE"))
    var visualNoise: Double = GVIF.visualNoise

    @Option(help: ArgumentHelp("LPIPS: AlexNet or VGG-16 in torchvision's names (safetensors).", valueName: "PATH"))
    var lpips: String?

    @Option(
        help: ArgumentHelp(
            "LPIPS: the linear heads in the lpips package's names; may be within --lpips.", valueName: "PATH"))
    var lpipsHeads: String?

    @Option(help: ArgumentHelp("FID: Inception-v3 in pytorch-fid's names (safetensors).", valueName: "PATH"))
    var inception: String?

    @Option(
        help: ArgumentHelp(
            "Classifier whose features the Fréchet distance compares (default: efficientnet-lite0 where installed).",
            valueName: "NAME|PATH"))
    var backbone: String?

    @Flag(help: "Print figures as JSON.")
    var json = false

    func validate() throws {
        try OptionRange.check(visualNoise, "--visual-noise", 1e-9...1e9)
        guard lpipsHeads == nil || lpips != nil else { throw ValidationError("--lpips-heads needs --lpips") }
    }

    func run() throws {
        if Self.isFolder(original) || Self.isFolder(received) {
            try FolderScore(command: self).run()
            return
        }
        var figures = try compare(original, received, learned: learnedSimilarity())
        if stream != nil || map != nil { try describeStream(into: &figures) }
        if json { try printJSON(figures) } else { figures.printTable() }
    }

    func learnedSimilarity() throws -> LearnedSimilarity? {
        guard let lpips else { return nil }
        let weights = try SafeTensors(path: lpips)
        return try LearnedSimilarity(weights: weights, heads: lpipsHeads.map { try SafeTensors(path: $0) } ?? weights)
    }

    /// The measures that need two pictures only.
    func compare(_ originalPath: String, _ receivedPath: String, learned: LearnedSimilarity?) throws -> ScoreFigures {
        let (a, b) = (try Image(contentsOf: originalPath), try Image(contentsOf: receivedPath))
        guard a.width == b.width, a.height == b.height else {
            throw FidelityFailure.differentSizes(
                "\(originalPath) (\(a.width)×\(a.height))", "\(receivedPath) (\(b.width)×\(b.height))")
        }
        var figures = ScoreFigures(width: a.width, height: a.height)
        figures.psnr = peakSignalToNoiseRatio(a, b)
        figures.ssim = structuralSimilarity(a, b)
        figures.msSSIM = multiScaleStructuralSimilarity(a, b)
        if let learned, min(a.width, a.height) >= LearnedSimilarity.smallestSide {
            figures.lpips = learned(a, b)
            figures.lpipsNetwork = learned.network.rawValue
        }
        if let mask {
            let region = try Mask.read(mask).mask
            guard region.width == a.width, region.height == a.height else {
                throw FidelityFailure.differentSizes(
                    "\(mask) (\(region.width)×\(region.height))", "\(originalPath) (\(a.width)×\(a.height))")
            }
            figures.setMask(region, a, b)
        }
        return figures
    }

    /// GVIF, bits and the stream's own mask; and the maps.
    private func describeStream(into figures: inout ScoreFigures) throws {
        let catalogue = try Catalogue(path: codecPath(model))
        let (a, b) = (try Image(contentsOf: original), try Image(contentsOf: received))
        let scales: Tensor
        let gain: Double
        var cells: Mask?
        if let stream {
            let coded = try Bitstream(serialised: Self.bytes(of: stream))
            guard coded.header.width == a.width, coded.header.height == a.height else {
                throw FidelityFailure.differentSizes(
                    "\(stream) (\(coded.header.width)×\(coded.header.height))", "\(original) (\(a.width)×\(a.height))")
            }
            let decoding = try catalogue.decode(coded)
            (scales, gain, cells) = (decoding.scales, decoding.gain, decoding.receivedMask)
            figures.gvif = catalogue.gvif(
                decoding, reference: coded.header.referenceInformation, visualNoise: visualNoise)
            figures.rate = coded.header.rate
            figures.alpha = Double(coded.header.alpha)
            figures.prompt = coded.prompt
            figures.bits = BitFigures(coded.bits)
            figures.bitsPerPixel = Double(coded.bits.total) / Double(a.width * a.height)
            let theoretical = try catalogue.theoreticalBits(coded)
            figures.theoreticalBits = theoretical.features + theoretical.hyper
            figures.maskStatistics = ScoreFigures.MaskStatistics(
                requested: decoding.requestedMask, received: decoding.receivedMask)
            if mask == nil {
                figures.setMask(
                    decoding.requestedMask.upsampled(by: Catalogue.cellSize, width: a.width, height: a.height), a, b)
            }
        } else {
            scales = try catalogue.analyse(a).scales
            gain = catalogue.gain(rate: catalogue.referenceRate)
        }
        if let map {
            try InformationMaps(scales: scales, gain: gain, mask: cells, visualNoise: visualNoise).write(
                to: map, over: a)
        }
    }

    static func isFolder(_ path: String) -> Bool {
        var folder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &folder) && folder.boolValue
    }

    static func bytes(of path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ImageFailure.unreadable(
                path: path,
                reason: FileManager.default.fileExists(atPath: path) ? "not readable" : "no such file or folder")
        }
        return [UInt8](data)
    }
}
