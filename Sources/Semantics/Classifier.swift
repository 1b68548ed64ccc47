import FeatureMaps
import Files
import Foundation
import Imaging
import Neural

/// How large the backbone sees a picture.
public enum BackboneSize: Equatable, Sendable {
    /// As large as the network was trained on.
    case trained
    /// The shorter side has that many pixels, the aspect is kept, nothing is cut off.
    case shorterSide(Int)
    /// The picture as it is.
    case native
}

/// An image classifier whose last features and linear layer yield class activation maps (Eqs. 14–16).
///
/// The head averages each feature map and adds a bias, as torchvision's networks do; the paper's (14) writes the sum,
/// which is the same class scores up to the constant factor 1/(W_f·H_f), and leaves the bias out.
public struct Classifier: Sendable {
    let network: ClassifierBackbone
    public let preprocessing: Preprocessing
    let head: Linear
    public let names: ClassNames
    /// Where the weights come from.
    public let path: String
    /// Share of the input's resolution that the training photos had,
    /// in (0, 1]: the weights file's metadata `detail`, else
    /// 1. Weights that learnt from enlarged photos take sharpness for a feature;
    ///    they are shown no more detail than they know.
    public let detail: Double

    public var classCount: Int { head.weight.shape[0] }
    /// C_f, the channels of the last feature map.
    public var featureCount: Int { network.channels }

    /// The smallest input that leaves every stage something to look at.
    static let smallestSide = 16

    /// - Parameters:
    ///   - weights: safetensors with torchvision's ResNet names or an EfficientNet-Lite's;
    ///     nil for the shipped classifier.
    ///   - classNames: one name a line in label order. Where nil: `classes.txt` beside the weights, else ImageNet's
    ///     names for a head of 1,000 classes, else "class 0" and so on.
    /// - Throws: `SafeTensors.Failure` or ``SemanticsFailure``.
    public init(weights: String? = nil, classNames: String? = nil) throws {
        let path = weights ?? Resource.path("classifier.safetensors")
        if weights == nil { _ = try Place.existingResource("classifier.safetensors") }
        let file = try SafeTensors(path: path)
        preprocessing = try Preprocessing(file)
        let linear: String
        (network, linear) = try ClassifierBackbone.load(file, preprocessing: preprocessing)
        let weight = linear + ".weight"
        guard let shape = file.shape(of: weight) else { throw SafeTensors.Failure.missing(path: path, name: weight) }
        guard shape.count == 2, shape[0] > 0, shape[1] == network.channels else {
            throw SafeTensors.Failure.wrongShape(
                path: path, name: weight, expected: [shape.first ?? 1000, network.channels], found: shape)
        }
        head = Linear(
            weight: try file.tensor(weight), bias: try file.tensor(linear + ".bias", shape: [shape[0]]).values)
        let beside = URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent("classes.txt").path
        let names: ClassNames
        if let classNames {
            names = try ClassNames(path: classNames)
        } else if FileManager.default.fileExists(atPath: beside) {
            names = try ClassNames(path: beside)
        } else if shape[0] == 1000 {
            names = try .imageNet()
        } else {
            names = ClassNames((0..<shape[0]).map { "class \($0)" })
        }
        guard names.names.count == shape[0] else {
            throw SemanticsFailure.classListMismatch(
                list: names.source, names: names.names.count, weights: path, classes: shape[0])
        }
        self.names = names
        self.path = path
        let detail = file.metadata["detail"].map(Double.init) ?? 1
        guard let detail, detail > 0, detail <= 1 else {
            throw file.malformed("detail", expected: "a number over 0 up to 1")
        }
        self.detail = detail
    }

    /// Runs the backbone once.
    ///
    /// - Throws: ``SemanticsFailure/tooSmall(width:height:)``.
    public func examine(_ image: Image, backboneSize: BackboneSize = .trained) throws -> ClassifierOutput {
        try backboneSize.check(width: image.width, height: image.height, trained: preprocessing.side)
        return try examine(sized(image, backboneSize), detail: detail)
    }

    private func examine(_ input: Image, detail: Double) throws -> ClassifierOutput {
        guard min(input.width, input.height) >= Self.smallestSide else {
            throw SemanticsFailure.tooSmall(width: input.width, height: input.height)
        }
        let seen =
            detail < 1
            ? input.reduced(to: detail).resized(width: input.width, height: input.height, filter: .bilinear) : input
        let features = network(preprocessing(seen)).tensor
        let logits = head(features.globalAverage().reshaped([1, network.channels])).values
        return ClassifierOutput(features: features, logits: logits, head: head, names: names)
    }

    /// The global average of the last features, a vector of ``featureCount``: what Fréchet distances compare,
    /// all detail seen.
    ///
    /// - Throws: ``SemanticsFailure/tooSmall(width:height:)``.
    public func pooledFeatures(_ image: Image, backboneSize: BackboneSize = .trained) throws -> [Float] {
        try backboneSize.check(width: image.width, height: image.height, trained: preprocessing.side)
        return try examine(sized(image, backboneSize), detail: 1).features.globalAverage().values
    }

    private func sized(_ image: Image, _ size: BackboneSize) -> Image {
        switch size {
        case .native: image
        case .trained: image.resized(shorterSide: preprocessing.side, filter: preprocessing.filter)
        case .shorterSide(let length): image.resized(shorterSide: length, filter: preprocessing.filter)
        }
    }
}

extension Image {
    fileprivate func reduced(to share: Double) -> Image {
        resized(
            width: max(1, Int((share * Double(width)).rounded())),
            height: max(1, Int((share * Double(height)).rounded())), filter: .bilinear)
    }
}
