import Adaptation
import Declarations
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
    let source: CodingSource
    let profile: ImageProfile

    /// P at a threshold (17); no cell above every importance.
    func mask(alpha: Float) -> Mask { importance.selection(threshold: alpha) }
}

/// The models at work without nodes between them: what an experiment computes of a photo.
package struct ExperimentContext {
    package let coding: ImageCoding
    package let classifier: Classifier
    package let inpainter: Inpainter
    let inpainterName: String
    /// Photos are made no larger than this (the paper's are 512×512).
    package let longestSide: Int
    /// Weights of one's own, where there are any.
    let codecPath: String?
    let classifierPath: String?

    package var catalogue: Catalogue { coding.catalogue }

    /// - Throws: the model files' own errors, which name them.
    package init(
        codec: String? = nil, classifier path: String? = nil, inpaint: String = "harmonic", longestSide: Int = 512
    ) throws {
        let here = FileManager.default.currentDirectoryPath
        let library = ModelLibrary.standard
        let codec = try codec.map { try library.path($0, kind: .codec, from: here) }
        let path = try path.map { try library.path($0, kind: .classifier, from: here) } ?? library.defaultClassifier
        coding = ImageCoding(try Catalogue(path: codec))
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

    /// - Parameter steps: of the profile; more than the usual only where photos are averaged, not chosen for.
    func study(
        _ path: String, name: String, label: LabelChoice = .usual, steps: Int = ImageCoding.profileSteps
    ) throws -> Study {
        let image = try Photo.load(path, longestSide: longestSide)
        let (rows, columns) = Catalogue.latentSize(width: image.width, height: image.height)
        let examination = try classifier.examine(image)
        let importance = try examination.importance(
            label: label, rows: rows, columns: columns, imageWidth: image.width, imageHeight: image.height,
            cell: Catalogue.cellSize)
        let caption = try Caption.sidecar(of: path) ?? examination.caption()
        let source = coding.source(try catalogue.analyse(image), importance: importance.plane, prompt: caption)
        return Study(
            name: name, file: (path as NSString).lastPathComponent, image: image, importance: importance.plane,
            label: importance.labels.map(\.name).joined(separator: " + "), caption: caption, source: source,
            profile: coding.profile(source, steps: steps, withWeighted: true))
    }

    /// The best (α, Φ) of a photo under a budget, coded for real within it.
    func code(_ study: Study, budgetBits: Int, constraints: Constraints) throws -> (coded: CodedImage, isFeasible: Bool)
    {
        let budget = CodingBudget(bits: budgetBits)
        let decision = try coding.choose(study.profile, budget, constraints)
        return (try coding.code(study.source, study.profile, decision, budget), decision.feasible)
    }

    func code(_ study: Study, alpha: Float, rate: Int) throws -> CodedImage {
        try coding.code(study.source, at: Policy.promise(study.profile, alpha, rate, .max))
    }

    func gvif(_ study: Study, mask: Mask, rate: Int) -> Double {
        GVIF.value(
            information: coding.information(study.source.analysis, rate: rate), mask: mask,
            reference: study.source.referenceInformation)
    }

    /// Rates of the codec.
    package var rateCount: Int { catalogue.rateCount }

    func decode(_ coded: CodedImage) throws -> Image { try catalogue.decode(coded.stream).image }

    package func pixels(_ mask: Mask, of image: Image) -> Mask {
        mask.upsampled(by: Catalogue.cellSize, width: image.width, height: image.height)
    }

    /// Mask PSNR (40, normalised) over a mask of cells; nil where the mask is empty or nothing differs.
    func maskPSNR(_ study: Study, _ received: Image, mask: Mask) -> Double? {
        maskPeakSignalToNoiseRatio(study.image, received, mask: pixels(mask, of: study.image)).flatMap {
            $0.isFinite ? $0 : nil
        }
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
        case .unknownFigure(let name):
            "\(name): no such figure; there are \(Reproduction.names.joined(separator: ", ")) and all"
        case .cannotWrite(let path): "\(path): cannot be written"
        case .unsuitable(let reason): reason
        }
    }
}
