import Adaptation
import Determinism
import Fidelity
import Files
import Foundation
import HyperpriorCodec
import ImagePipeline
import Imaging
import Inpainting
import Neural
import Semantics
import Topologies

/// One photo with all that bits and fidelity depend on.
struct Study {
    /// No other photo of the folder has it.
    let name: String
    /// The photo's name with its ending.
    let file: String
    let image: Image
    let importance: Plane
    let label: String
    let caption: String
    let analysis: Analysis
    let profile: ImageProfile
    let referenceInformation: Double

    /// P at a threshold (17); no cell above every importance.
    func mask(alpha: Float) -> Mask {
        Mask(width: importance.width, height: importance.height, values: importance.values.map { $0 >= alpha })
    }
}

/// A photo as it was really coded: the bitstream under its budget.
struct Coded {
    let stream: Bitstream
    /// The cells that were sent.
    let mask: Mask
    let decision: Decision
    /// Bits of the real stream, and GVIF (27) of its mask and rate.
    let bits: Int
    let gvif: Double
}

/// The models at work without nodes between them: what an experiment computes of a photo.
package struct Laboratory {
    package let catalogue: Catalogue
    package let classifier: Classifier
    package let inpainter: Inpainter
    let inpainterName: String
    /// Photos are made no larger than this (the paper's are 512×512).
    package let longestSide: Int
    /// Weights of one's own, where there are any.
    let codecPath: String?
    let classifierPath: String?
    package static let slicePayload = 1100

    /// - Throws: the model files' own errors, which name them.
    package init(codec: String? = nil, classifier path: String? = nil, inpaint: String = "harmonic", longestSide: Int = 512) throws {
        let here = FileManager.default.currentDirectoryPath
        let library = ModelLibrary.standard
        let codec = try codec.map { try library.path($0, kind: .codec, from: here) }
        let path = try path.map { try library.path($0, kind: .classifier, from: here) } ?? library.defaultClassifier
        catalogue = try Catalogue(path: codec)
        classifier = try Classifier(weights: path)
        inpainter = try Inpainter(named: inpaint)
        inpainterName = inpaint
        self.longestSide = longestSide
        (codecPath, classifierPath) = (codec, path)
    }

    /// The filling as a topology of any folder names it.
    func inpainterInTopology() throws -> String {
        Scheme.fills.contains(inpainterName) ? inpainterName : try absolutePath(inpainterName)
    }

    /// Names the models in ledgers and policies.
    package var identity: String { String(catalogue.identity, radix: 16) }

    /// The photos of a folder that can be read, by name; those that cannot are told.
    /// - Throws: `ExperimentError.noPhotos`, or `FileFailure` where there is no such folder.
    static func photos(in folder: String, progress: (String) -> Void) throws -> [String] {
        let photos = try Photo.readable(in: folder)
        for line in photos.leftOut { progress(line) }
        guard !photos.paths.isEmpty else { throw ExperimentError.noPhotos(folder) }
        return photos.paths
    }

    func study(
        _ path: String, name: String, label: LabelChoice = .usual, minimalSteps: Int = 256, alphaMax: Float = 0.8
    ) throws -> Study {
        var image = try Image(contentsOf: path)
        let longest = max(image.width, image.height)
        if longest > longestSide {
            let scale = Double(longestSide) / Double(longest)
            image = image.resized(
                width: max(16, Int((Double(image.width) * scale).rounded())), height: max(16, Int((Double(image.height) * scale).rounded())), filter: .lanczos)
        }
        let (rows, columns) = Catalogue.latentSize(width: image.width, height: image.height)
        let examination = try classifier.examine(image)
        let importance = try examination.importance(label: label, rows: rows, columns: columns, imageWidth: image.width, imageHeight: image.height)
        let caption = try Caption.sidecar(of: path) ?? examination.caption()
        let analysis = try catalogue.analyse(image)
        let limit = catalogue.gain(rate: catalogue.referenceRate)
        let information = (1...catalogue.rateCount).map { rate in
            GVIF.cellInformation(
                scales: analysis.scales(rate: rate).values, channels: analysis.channels, cells: analysis.cells, gain: catalogue.gain(rate: rate), limit: limit)
        }
        let reference = information[catalogue.referenceRate - 1]
        let none = catalogue.sideInformation(analysis, rate: 1, mask: Mask(width: columns, height: rows, repeating: false), prompt: caption)
        let cells = CellTable(
            importance: importance.plane.values, bits: (1...catalogue.rateCount).map { analysis.cellBits(rate: $0) }, information: information,
            referenceInformation: reference.reduce(0, +), referenceCells: reference, overheadBits: none.header + none.prompt,
            promptOnlyBits: none.total, sliceOverheadBits: 32, sliceBits: Self.slicePayload * 8)
        let profile = ImageProfile(cells: cells, alphaMax: alphaMax, maximumSteps: minimalSteps, withWeighted: true) { selected in
            let side = catalogue.sideInformation(analysis, rate: 1, mask: Mask(width: columns, height: rows, values: selected), prompt: caption)
            return side.mask + side.hyper
        }
        return Study(
            name: name, file: (path as NSString).lastPathComponent, image: image, importance: importance.plane,
            label: importance.labels.map(\.name).joined(separator: " + "), caption: caption, analysis: analysis, profile: profile,
            referenceInformation: reference.reduce(0, +))
    }

    /// Codes a photo for real; with a budget, α rises until the real stream fits (prompt only at last).
    func code(_ study: Study, _ wanted: Decision, budgetBits: Int? = nil) throws -> Coded {
        var excess = 0
        while true {
            let decision = budgetBits.map { study.profile.realised(wanted, budgetBits: $0, excessBits: excess) } ?? wanted
            let mask = study.mask(alpha: decision.alpha)
            let stream = try catalogue.encode(
                study.analysis, rate: decision.rate, mask: mask, importance: study.importance, prompt: study.caption, alpha: min(decision.alpha, 1),
                referenceInformation: Float(study.referenceInformation), slicePayload: Self.slicePayload)
            let bits = stream.bits.total
            if let budgetBits, bits > budgetBits, !decision.isPromptOnly {
                excess = max(excess + 8, excess + bits - max(budgetBits, decision.predictedBits))
                continue
            }
            return Coded(stream: stream, mask: mask, decision: decision, bits: bits, gvif: gvif(study, mask: mask, rate: decision.rate))
        }
    }

    func code(_ study: Study, alpha: Float, rate: Int) throws -> Coded {
        try code(study, Policy.promise(study.profile, alpha, rate, .max))
    }

    func gvif(_ study: Study, mask: Mask, rate: Int) -> Double {
        let information = GVIF.cellInformation(
            scales: study.analysis.scales(rate: rate).values, channels: study.analysis.channels, cells: study.analysis.cells,
            gain: catalogue.gain(rate: rate), limit: catalogue.gain(rate: catalogue.referenceRate))
        return GVIF.value(information: information, mask: mask, reference: study.referenceInformation)
    }

    /// Rates of the codec.
    package var rateCount: Int { catalogue.rateCount }

    func decode(_ coded: Coded) throws -> Image { try catalogue.decode(coded.stream).image }

    package func pixels(_ mask: Mask, of image: Image) -> Mask { mask.upsampled(by: 16, width: image.width, height: image.height) }

    /// Mask PSNR (40, normalised) over a mask of cells; nil where the mask is empty.
    func maskPSNR(_ study: Study, _ received: Image, mask: Mask) -> Double? {
        maskPeakSignalToNoiseRatio(study.image, received, mask: pixels(mask, of: study.image)).flatMap { $0.isFinite ? $0 : nil }
    }

    /// C·T_max in bits at B = `bandwidth`.
    static func budgetBits(snr: Double, latency: Double, bandwidth: Double = 1e6) -> Int {
        Int(saturating: min(1e15, (bandwidth * log2(1 + pow(10, snr / 10)) * latency).rounded(.down)))
    }
}

package enum ExperimentError: Error, Equatable, CustomStringConvertible {
    case noPhotos(String)
    case unknownFigure(String)
    case cannotWrite(String)
    case unsuitable(String)

    package var description: String {
        switch self {
        case .noPhotos(let folder): "\(folder): holds no photos (png, jpg, jpeg, ppm)"
        case .unknownFigure(let name): "\(name): no such figure; there are \(Reproduction.names.joined(separator: ", ")) and all"
        case .cannotWrite(let path): "\(path): cannot be written"
        case .unsuitable(let reason): reason
        }
    }
}
