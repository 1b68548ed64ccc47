import Foundation
import HyperpriorCodec
import Report
import Results

/// What the paper states, what we measured, and whether it holds.
struct Claim {
    enum Verdict: String {
        case holds, partly, not, untested
    }

    /// With the paper's own value where it gives one.
    var paper: String
    /// When it holds: the tolerance.
    var holdsIf: String
    var ours: String
    var verdict: Verdict
    /// Why it does not hold, where that is known.
    var why: String?
}

/// One figure made again.
struct FigureOutcome {
    struct Table {
        var file: String
        var columns: [String]
        var rows: [[String]]

        var csv: String {
            ([columns] + rows).map { $0.map(ResultsDatabase.quoted).joined(separator: ",") }.joined(separator: "\n")
                + "\n"
        }
    }

    struct Picture {
        var title: String
        var alt: String
        var file: String
    }

    struct Strip {
        var title: String
        var pictures: [Picture]
    }

    var name: String
    var title: String
    /// How it was made, and where it deviates from the paper's set-up.
    var method: String
    var claims: [Claim] = []
    var plots: [(file: String, plot: Plot)] = []
    var tables: [Table] = []
    var strips: [Strip] = []
    var files: [String] { tables.map { "\($0.file).csv" } + plots.map { "\($0.file).svg" } }
}

/// What all figures share: models, studied photos, the ledger, where pictures go.
struct FigureContext {
    let laboratory: ExperimentContext
    let studies: [Study]
    let ledger: ResultCache
    /// Output folder; pictures go to `pictures/` in it.
    let folder: String
    /// Smallest rate whose mean mask PSNR reaches 30 dB (31c), and the mean mask PSNR of every rate.
    let qualities: [Double]
    /// What carries photos to the receiver; nil: nothing does, they are coded and decoded here.
    let link: LinkRuns?
    let progress: (String) -> Void

    func minimalRate(_ decibels: Double) -> Int? { qualities.firstIndex { $0 >= decibels }.map { $0 + 1 } }

    func key(_ parts: String...) -> String {
        ([laboratory.identity, "\(laboratory.longestSide)"] + parts).joined(separator: "/")
    }

    /// Writes a picture once and returns its path relative to the output folder.
    func picture(_ name: String, _ make: () throws -> [UInt8]?) throws -> String? {
        let file = "pictures/\(name).jpg"
        let path = folder + "/" + file
        if FileManager.default.fileExists(atPath: path) { return file }
        guard let bytes = try make() else { return nil }
        do { try Data(bytes).write(to: URL(fileURLWithPath: path)) } catch { throw ExperimentError.cannotWrite(path) }
        return file
    }
}

/// Curves and the numbers read off them.
enum Curve {
    /// y at x by straight lines between points sorted by x; nil outside.
    static func value(at x: Double, _ points: [(x: Double, y: Double)]) -> Double? {
        let points = points.sorted { $0.x < $1.x }
        guard let first = points.first, let last = points.last, x >= first.x, x <= last.x else { return nil }
        for (a, b) in zip(points, points.dropFirst()) where x >= a.x && x <= b.x {
            return b.x == a.x ? a.y : a.y + (b.y - a.y) * (x - a.x) / (b.x - a.x)
        }
        return first.y
    }

    /// Whether values never fall by more than `slack` in order of x.
    static func rises(_ points: [(x: Double, y: Double)], slack: Double = 0) -> Bool {
        let points = points.sorted { $0.x < $1.x }
        return zip(points, points.dropFirst()).allSatisfy { $1.y >= $0.y - slack }
    }

    static func point(_ x: Double, _ values: [Double]) -> Plot.Point? {
        Sample(values).map { point(x, $0) }
    }

    static func point(_ x: Double, _ sample: Sample) -> Plot.Point {
        let clusters = sample.clusters == sample.count ? "" : " in \(sample.clusters) clusters"
        return Plot.Point(
            x, sample.mean, low: sample.halfWidth.map { sample.mean - $0 },
            high: sample.halfWidth.map { sample.mean + $0 },
            note: "\(NumberFormat.decimal(sample.mean, 3)), mean of \(sample.count)\(clusters)")
    }
}
