import Foundation
import Imaging
import Neural

/// What the classifier saw in one picture.
public struct ClassifierOutput: Sendable {
    /// f, the last feature map, shape (C_f, H_f, W_f).
    public let features: Tensor
    /// S_k, one for each class.
    public let logits: [Float]
    /// P_k of Eq. 14.
    public let probabilities: [Float]
    public let names: ClassNames
    let head: Linear

    init(features: Tensor, logits: [Float], head: Linear, names: ClassNames) {
        self.features = features
        self.logits = logits
        self.head = head
        self.names = names
        let greatest = Double(logits.max() ?? 0)
        let exponentials = logits.map { exp(Double($0) - greatest) }
        let sum = exponentials.reduce(0, +)
        probabilities = exponentials.map { Float($0 / sum) }
    }

    /// The `count` most probable classes, the first of equals first.
    public func best(_ count: Int = 5) -> [Label] {
        logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }.prefix(count).map(label)
    }

    func label(_ index: Int) -> Label {
        Label(name: names.names[index], index: index, probability: probabilities[index])
    }

    /// The classes a choice stands for.
    ///
    /// - Throws: ``SemanticsFailure`` where a name or number does not exist.
    public func labels(_ choice: LabelChoice) throws -> [Label] {
        switch choice {
        case .top, .expected: return best(1)
        case .named(let wanted):
            guard !wanted.isEmpty else { throw SemanticsFailure.emptyLabelList }
            return try wanted.map { label(try names.index(ofNameOrNumber: $0)) }
        case .index(let index):
            guard logits.indices.contains(index) else {
                throw SemanticsFailure.labelOutOfRange(index: index, count: logits.count)
            }
            return [label(index)]
        }
    }

    /// I^k = Σ_c w_c^k f_c (Eq. 15), not yet normalised, at the features' size.
    public func activationMap(class k: Int) -> Plane {
        let channels = features.shape[0]
        return activationMap(weights: head.weight.values[k * channels..<(k + 1) * channels].map(Double.init))
    }

    /// Σ_k P_k I^k / Σ_k P_k − Ī over the ``likeliest`` classes, at the features' size;
    /// Ī is the mean of all classes' maps.
    ///
    /// Where the classifier is sure it is the map of (15) but for Ī, which no class prefers; where several classes
    /// contend, what they agree on counts most.
    public func expectedMap() -> Plane {
        let (channels, classes) = (features.shape[0], logits.count)
        let candidates = best(Self.likeliest)
        let sum = candidates.reduce(0) { $0 + Double($1.probability) }
        var weights = [Double](repeating: 0, count: channels)
        head.weight.values.withUnsafeBufferPointer { values in
            for k in 0..<classes {
                for c in 0..<channels { weights[c] -= Double(values[k * channels + c]) / Double(classes) }
            }
            for candidate in candidates {
                let share = Double(candidate.probability) / sum
                for c in 0..<channels { weights[c] += share * Double(values[candidate.index * channels + c]) }
            }
        }
        return activationMap(weights: weights)
    }

    /// How many classes ``LabelChoice/expected`` weighs.
    public static let likeliest = 10

    private func activationMap(weights: [Double]) -> Plane {
        let (height, width) = (features.shape[1], features.shape[2])
        var sums = [Double](repeating: 0, count: height * width)
        features.values.withUnsafeBufferPointer { values in
            for (channel, weight) in weights.enumerated() {
                for i in 0..<height * width { sums[i] += weight * Double(values[channel * height * width + i]) }
            }
        }
        return Plane(width: width, height: height, values: sums.map(Float.init))
    }

    /// The importance matrix I on the latent's grid: each label's map (or the expected one) normalised to [0, 1],
    /// interpolated bilinearly at the cells' centres, and the labels' maps joined by their maximum.
    ///
    /// Cell (i, j) covers the picture's pixels [cell·i, cell·(i+1)) × [cell·j, cell·(j+1)); a cell beyond the picture
    /// takes the edge's value. Where the grid is just the picture, this is torch's `interpolate(align_corners=False)`.
    ///
    /// - Throws: ``SemanticsFailure``.
    public func importance(
        label choice: LabelChoice, rows: Int, columns: Int, imageWidth: Int, imageHeight: Int, cell: Int
    ) throws -> Importance {
        let labels = try labels(choice)
        let grid = CellGrid(rows: rows, columns: columns, imageWidth: imageWidth, imageHeight: imageHeight, cell: cell)
        let maps = choice == .expected ? [expectedMap()] : labels.map { activationMap(class: $0.index) }
        let sampled = maps.map { grid.sample($0.normalised()).values }
        let joined = sampled.dropFirst().reduce(sampled[0]) { zip($0, $1).map(max) }
        return Importance(plane: Plane(width: columns, height: rows, values: joined), labels: labels)
    }

    /// A caption from the classes found: "a photo of a cat", "a photo of a cat and a dog".
    public func caption(for choice: LabelChoice = .usual) throws -> String {
        Caption.naming(try labels(choice).map(\.name))
    }
}

/// A class, with the probability a classifier gives it.
public struct Label: Equatable, Sendable {
    public let name: String
    public let index: Int
    public let probability: Float
}
