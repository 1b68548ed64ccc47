import ArgumentParser
import Files
import Foundation
import HyperpriorCodec
import Imaging
import Report
import Semantics

/// `testbed cam`: where the classifier looks, as a picture and as the importance matrix on the latent's grid.
struct CamCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cam",
        abstract: "Show what matters in a photo: the class activation map that decides which features are sent.",
        discussion: """
            The maps of the ten likeliest classes are weighted by their probabilities unless --label says otherwise \
            (top: the likeliest alone, as in the paper); several labels are joined by their maximum. \
            -o writes the photo in grey under the map in colour (dark blue: 0, yellow: 1), --npy the importance matrix \
            I at the latent's resolution, rows by columns, one cell for 16 × 16 pixels.
            """)

    @Argument(help: "The photo (PNG, JPEG, WebP, PPM).")
    var image: String

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("Where to write the overlay picture.", valueName: "HEAT.png"))
    var output: String?

    @Option(
        help: ArgumentHelp(
            "Where to write the importance matrix (float32, rows × columns of latent cells).", valueName: "OUT.npy"))
    var npy: String?

    @Option(
        help: ArgumentHelp(
            "Where to write the mask of the cells selected at --alpha, at picture size.", valueName: "MASK.png"))
    var mask: String?

    @Option(help: "The threshold α of the selection I ≥ α, for --mask and the share reported.")
    var alpha: Float = 0.5

    @OptionGroup var backbone: BackboneOptions

    @Option(help: "The colours: viridis or cividis (both safe for colour-blind readers).")
    var colours: Colours = .viridis

    @Flag(help: "Print figures as JSON.")
    var json = false

    enum Colours: String, ExpressibleByArgument, CaseIterable {
        case viridis, cividis
        var map: ColourMap { self == .viridis ? .viridis : .cividis }
    }

    func validate() throws {
        guard (0...1).contains(alpha) else {
            throw ValidationError("--alpha \(alpha): the threshold lies within 0 and 1")
        }
    }

    func run() throws {
        let clock = ContinuousClock()
        let (photo, damage) = try readPhoto(image)
        let (rows, columns) = Catalogue.latentSize(width: photo.width, height: photo.height)
        var found: (importance: Importance, best: [Label], caption: String)?
        let duration = try clock.measure { found = try backbone.importance(of: photo, rows: rows, columns: columns) }
        guard let (importance, best, caption) = found else { return }
        if let output {
            try photo.overlaid(
                with: importance.plane.spread(cell: Catalogue.cellSize, width: photo.width, height: photo.height),
                map: colours.map
            ).write(to: output)
        }
        if let npy { try importance.plane.writeNPY(to: npy) }
        let selection = importance.plane.selection(threshold: alpha)
        if let mask {
            try selection.upsampled(by: Catalogue.cellSize, width: photo.width, height: photo.height).image.write(
                to: mask)
        }

        let figures = Figures(
            width: photo.width, height: photo.height, rows: rows, columns: columns,
            labels: importance.labels.map(Figures.Entry.init),
            best: best.map(Figures.Entry.init), caption: caption, alpha: alpha, selected: selection.share,
            warnings: damage.map { [$0] } ?? [], stages: ["cam": duration / .seconds(1)])
        if json {
            try printJSON(figures)
        } else {
            if importance.labels.isEmpty { print("importance: \(backbone.importance ?? "")") }
            for label in importance.labels {
                print(
                    "label:      \(label.name.shown()) (\(label.index)), "
                        + "probability \(formatted(Double(label.probability), 3))"
                )
            }
            if !best.isEmpty {
                print(
                    "best:       "
                        + best.map { "\($0.name.shown()) \(formatted(Double($0.probability), 2))" }.joined(
                            separator: ", "))
            }
            if !caption.isEmpty { print("caption:    \(caption.shown())") }
            print(
                "grid:       \(rows) × \(columns) cells, \(formatted(100 * selection.share, 1)) % selected at α "
                    + "= \(formatted(Double(alpha), 2))"
            )
            print("time:       \(formatted(1000 * (duration / .seconds(1)), 0)) ms")
        }
    }

    struct Figures: Encodable {
        struct Entry: Encodable {
            let name: String
            let index: Int
            let probability: Float

            init(_ label: Label) { (name, index, probability) = (label.name, label.index, label.probability) }
        }

        let width: Int
        let height: Int
        let rows: Int
        let columns: Int
        let labels: [Entry]
        let best: [Entry]
        let caption: String
        let alpha: Float
        let selected: Double
        /// What the decoder noticed of damage in the photo's file.
        let warnings: [String]
        let stages: [String: Double]
    }
}

/// The options with which a command chooses what matters in a photo.
struct BackboneOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Classifier weights: a model's name, or safetensors with the names of torchvision's ResNets or of "
                + "EfficientNet-Lite (default: efficientnet-lite0 where installed).",
            valueName: "NAME|PATH"))
    var backbone: String?

    @Option(
        help: ArgumentHelp(
            "The classifier's class names, one a line (default: classes.txt beside the weights, or ImageNet's).",
            valueName: "PATH"))
    var classNames: String?

    @Option(
        help: ArgumentHelp(
            "How the classifier sees the photo: as it was trained, in pixels of the shorter side, or native.",
            valueName: "trained|PIXELS|native"))
    var backboneSize: BackboneSizeArgument = .init(size: .trained)

    @Option(
        help: ArgumentHelp(
            "What matters: expected (the ten likeliest classes by probability), top, or a class by name or number, "
                + "repeatable.",
            valueName: "expected|top|NAME|INDEX"))
    var label: [String] = []

    @Option(
        help: ArgumentHelp(
            "An importance map of your own instead: a grey picture or a .npy matrix in [0, 1].", valueName: "MAP"))
    var importance: String?

    func validate() throws {
        guard importance == nil || label.isEmpty else {
            throw ValidationError("--importance and --label exclude each other")
        }
    }

    var labelChoice: LabelChoice { LabelChoice(label) }

    /// The importance matrix, the classifier's five best classes and the caption made from the labels; a map of the
    /// user's own needs no classifier, and has neither classes nor caption.
    func importance(of photo: Image, rows: Int, columns: Int) throws -> (Importance, [Label], String) {
        if let importance {
            let own = try Importance(
                map: importance, rows: rows, columns: columns, imageWidth: photo.width, imageHeight: photo.height,
                cell: Catalogue.cellSize)
            return (own, [], "")
        }
        let examination = try Classifier(weights: classifierPath(backbone), classNames: classNames).examine(
            photo, backboneSize: backboneSize.size)
        let found = try examination.importance(
            label: labelChoice, rows: rows, columns: columns, imageWidth: photo.width, imageHeight: photo.height,
            cell: Catalogue.cellSize)
        return (found, examination.best(), try examination.caption(for: labelChoice))
    }
}

/// `native`, or the pixels of the shorter side.
struct BackboneSizeArgument: ExpressibleByArgument {
    let size: BackboneSize

    init(size: BackboneSize) { self.size = size }

    init?(argument: String) {
        if argument == "native" {
            size = .native
        } else if argument == "trained" {
            size = .trained
        } else if let pixels = Int(argument), (16...4096).contains(pixels) {
            size = .shorterSide(pixels)
        } else {
            return nil
        }
    }

    var defaultValueDescription: String {
        switch size {
        case .native: "native"
        case .trained: "trained"
        case .shorterSide(let pixels): "\(pixels)"
        }
    }
}

/// One JSON object on standard output; numbers that are not finite become strings.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// A photo, with what the decoder noticed of damage; that is told on standard error as well.
func readPhoto(_ path: String) throws -> (image: Image, damage: String?) {
    let (image, damage) = try Image.read(path)
    if let damage { complain("warning: \(damage)") }
    return (image, damage)
}

/// A number with so many decimals.
func formatted(_ value: Double, _ decimals: Int) -> String {
    value.isFinite ? String(format: "%.\(decimals)f", value) : value > 0 ? "∞" : "\(value)"
}
