/// What can be wrong with a label, a class list, an importance map or a caption; each is one line that names it.
public enum SemanticsFailure: Error, CustomStringConvertible, Equatable {
    case unknownLabel(String, nearest: [String])
    case labelOutOfRange(index: Int, count: Int)
    case emptyLabelList
    case classListMismatch(list: String, names: Int, weights: String, classes: Int)
    case unreadable(path: String, reason: String)
    case notAResidualNetwork(path: String, reason: String)
    case unknownArchitecture(path: String, reason: String)
    case otherAspect(path: String, width: Int, height: Int, imageWidth: Int, imageHeight: Int)
    case valuesOutOfRange(path: String, lowest: Float, highest: Float)
    case tooSmall(width: Int, height: Int)
    /// So long and narrow, or so large, that the classifier's input would have `input` pixels.
    case tooNarrow(width: Int, height: Int, input: Int, most: Int)

    public var description: String {
        switch self {
        case .unknownLabel(let label, let nearest):
            "label '\(label)' is not in the class list"
                + (nearest.isEmpty ? "" : "; the nearest are \(nearest.map { "'\($0)'" }.joined(separator: ", "))")
        case .labelOutOfRange(let index, let count):
            "label index \(index): the classifier has classes 0 to \(count - 1)"
        case .emptyLabelList: "an empty list of labels"
        case .classListMismatch(let list, let names, let weights, let classes):
            "\(list) names \(names) classes, but the head of \(weights) has \(classes)"
        case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
        case .notAResidualNetwork(let path, let reason):
            "\(path): not a residual network with torchvision's names: \(reason)"
        case .unknownArchitecture(let path, let reason): "\(path): not an architecture that is known here: \(reason)"
        case .otherAspect(let path, let width, let height, let imageWidth, let imageHeight):
            "\(path): an importance map of \(width)×\(height) has another aspect than the picture of "
                + "\(imageWidth)×\(imageHeight)"
        case .valuesOutOfRange(let path, let lowest, let highest):
            "\(path): importance runs from \(lowest) to \(highest); it must lie within 0 and 1"
        case .tooSmall(let width, let height): "a picture of \(width)×\(height) pixels is too small for the classifier"
        case .tooNarrow(let width, let height, let input, let most):
            "a picture of \(width)×\(height) pixels makes a classifier input of \(input) pixels, "
                + "at most \(most) are taken; crop it, or bring an importance map of your own"
        }
    }
}
