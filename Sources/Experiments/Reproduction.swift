import Files
import Foundation
import HyperpriorCodec
import ImagePipeline
import Mustache
import Neural
import Report
import Semantics
import Topologies

/// The paper's figures made again: CSV files, SVG plots, pictures, and one page that sets its claims beside ours.
package struct Reproduction {
    /// Figures that can be made.
    package static let names = ["fig6", "fig7", "fig8", "fig9a", "fig9b", "fig10", "fig11a", "fig11b", "fig12"]

    package let laboratory: ExperimentContext
    package let images: String
    package let folder: String
    package let passage: LinkRuns.Passage
    package let program: String
    package let progress: (String) -> Void

    /// - Parameters:
    ///   - images: a folder of photos.
    ///   - folder: where everything goes; results found there are not computed again.
    ///   - passage: how photos reach the receiver.
    ///   - program: the path of `testbed`, which starts the runs.
    package init(
        laboratory: ExperimentContext, images: String, folder: String, passage: LinkRuns.Passage, program: String,
        progress: @escaping (String) -> Void
    ) {
        self.laboratory = laboratory
        self.images = images
        self.folder = folder
        self.passage = passage
        self.program = program
        self.progress = progress
    }

    /// What carries the photos; nil: nothing does.
    private func link() throws -> LinkRuns? {
        guard passage != .direct else { return nil }
        return LinkRuns(
            program: program, isVirtual: passage == .virtual, photos: try absolutePath(images),
            folder: try absolutePath(folder) + "/link-\(passage.rawValue)",
            longestSide: laboratory.longestSide, codec: laboratory.codecPath, classifier: laboratory.classifierPath,
            progress: progress)
    }

    /// - Parameter figures: some of `names`, or `all`.
    /// - Returns: the page's path.
    /// - Throws: `ExperimentError`, and the models' own errors.
    package func run(_ figures: [String]) throws -> String {
        let wanted = figures.contains("all") ? Self.names : figures
        for name in wanted where !Self.names.contains(name) { throw ExperimentError.unknownFigure(name) }
        let photos = try ExperimentContext.photos(in: images, progress: progress)
        do {
            try FileManager.default.createDirectory(atPath: folder + "/pictures", withIntermediateDirectories: true)
        } catch {
            throw ExperimentError.cannotWrite(folder)
        }
        let ledger = try ResultCache(path: folder + "/ledger.tsv")
        let studies = try zip(photos, distinctNames(photos)).map { path, name in
            progress("studying \((path as NSString).lastPathComponent)")
            return try laboratory.study(path, name: name, label: .top)  // the paper's (16)
        }
        let context = FigureContext(
            laboratory: laboratory, studies: studies, ledger: ledger, folder: folder,
            qualities: try qualities(studies, ledger), link: try link(), progress: progress)
        var outcomes: [FigureOutcome] = []
        for name in wanted {
            progress(name)
            let outcome = try make(name, context)
            for table in outcome.tables { try write(table.csv, "\(table.file).csv") }
            for (file, plot) in outcome.plots { try write(plot.svg(id: file), "\(file).svg") }
            outcomes.append(outcome)
        }
        return try page(outcomes, context)
    }

    private func make(_ name: String, _ context: FigureContext) throws -> FigureOutcome {
        switch name {
        case "fig6": try context.figure6()
        case "fig7": try context.figure7()
        case "fig8": try context.figure8()
        case "fig9a": try context.figure9a()
        case "fig9b": try context.figure9b()
        case "fig10": try context.figure10()
        case "fig11a": try context.figure11a()
        case "fig11b": try context.figure11b()
        case "fig12": try context.figure12()
        default: throw ExperimentError.unknownFigure(name)
        }
    }

    /// D(Φ) as Fig. 9 uses it: each rate's mean mask PSNR over the photos, on the region of α = 0.5.
    private func qualities(_ studies: [Study], _ ledger: ResultCache) throws -> [Double] {
        try (1...laboratory.catalogue.rateCount).map { rate in
            progress("quality of rate \(rate)")
            let values = try studies.compactMap { study -> Double? in
                let value = try ledger.value(
                    "\(laboratory.identity)/\(laboratory.longestSide)/\(study.name)/quality/\(rate)"
                ) {
                    let coded = try laboratory.code(study, alpha: 0.5, rate: rate)
                    return [laboratory.maskPSNR(study, try laboratory.decode(coded), mask: coded.mask) ?? -1]
                }
                return value[0] >= 0 ? value[0] : nil
            }
            return Sample(values)?.mean ?? 0
        }
    }

    private func write(_ text: String, _ file: String) throws {
        let path = folder + "/" + file
        do { try text.write(toFile: path, atomically: true, encoding: .utf8) } catch {
            throw ExperimentError.cannotWrite(path)
        }
    }

    // MARK: the page

    private struct Page {
        struct Row {
            var figure: String
            var paper: String
            var holdsIf: String
            var ours: String
            var verdict: String
            var symbol: String
            var why: String?
        }

        struct Figure {
            var name: String
            var title: String
            var method: String
            var plots: [String]
            var strips: [Strip]
            var files: [String]
            /// The template cannot ask whether a list is empty.
            var hasFiles: Bool
        }

        struct Strip {
            var title: String
            var pictures: [Shown]
        }

        struct Shown {
            var title: String
            var alt: String
            var source: String
        }

        var style: String
        var summary: String
        var claims: [Row]
        var figures: [Figure]
        var models: String
        var origin: String
    }

    private var passageWords: String {
        switch passage {
        case .sockets:
            "Photos crossed the link between processes over UDP, in real time (figures 6 and 12 need no link); "
                + "each figure’s topology and runs are in link-sockets/."
        case .virtual:
            "Photos crossed the link between the same roles under the virtual clock (figures 6 and 12 need no "
                + "link); each figure’s topology and runs are in link-virtual/."
        case .direct: "Nothing crossed a link: computed on codec and semantics directly, with C·T_max as the budget."
        }
    }

    /// What all of it came from, and when.
    private func origin(_ context: FigureContext) -> String {
        let models = Provenance(
            codec: laboratory.codecPath, classifier: laboratory.classifierPath, inpaint: laboratory.inpainterName
        ).models.map { "\($0.kind) \($0.words)" }
        let digest = Provenance.digest(ofFiles: context.studies.map { "\(images)/\($0.file)" }).map {
            " (sha256 \($0.prefix(12)))"
        }
        let parts =
            ["\(context.studies.count) photos of \(images)\(digest ?? "")"] + models
            + [
                "testbed \(Provenance.version)"
                    + (Provenance.commit.map { ", commit \($0.prefix(7))\($0.hasSuffix("before") ? " or before" : "")" }
                        ?? "")
            ]
        return "Made on \(Date.now.ISO8601Format()): \(parts.joined(separator: "; "))."
    }

    private func page(_ outcomes: [FigureOutcome], _ context: FigureContext) throws -> String {
        let claims = outcomes.flatMap { outcome in outcome.claims.map { (outcome.name, $0) } }
        let counts = Dictionary(grouping: claims, by: \.1.verdict).mapValues(\.count)
        let words = [
            (Claim.Verdict.holds, "hold"), (.partly, "hold partly"), (.not, "do not hold"),
            (.untested, "could not be tested"),
        ]
        .compactMap { verdict, words in counts[verdict].map { "\($0) \(words)" } }
        let qualities = context.qualities
        let page = Page(
            style: try PageResource.text("page.css"),
            summary:
                "\(claims.count) statement\(claims.count == 1 ? "" : "s") of the paper, "
                + "checked on \(context.studies.count) photos: \(words.joined(separator: ", ")).",
            claims: claims.map { name, claim in
                let symbol =
                    switch claim.verdict {
                    case .holds: "✓"
                    case .partly: "~"
                    case .not: "✗"
                    case .untested: "?"
                    }
                return .init(
                    figure: name, paper: claim.paper, holdsIf: claim.holdsIf, ours: claim.ours,
                    verdict: claim.verdict.rawValue, symbol: symbol, why: claim.verdict == .holds ? nil : claim.why)
            },
            figures: outcomes.map { outcome in
                .init(
                    name: outcome.name, title: outcome.title, method: outcome.method,
                    plots: outcome.plots.map { $0.plot.svg(id: $0.file) },
                    strips: outcome.strips.map { strip in
                        .init(
                            title: strip.title,
                            pictures: strip.pictures.compactMap { picture in
                                (try? Data(contentsOf: URL(fileURLWithPath: folder + "/" + picture.file))).map {
                                    .init(
                                        title: picture.title, alt: picture.alt,
                                        source: "data:image/jpeg;base64," + $0.base64EncodedString())
                                }
                            })
                    }, files: outcome.files, hasFiles: !outcome.files.isEmpty)
            },
            models:
                """
                Codec \(laboratory.identity), \(laboratory.catalogue.rateCount) rates, mean mask PSNR at α = 0.5 from \
                \(NumberFormat.decibel(qualities.min())) to \(NumberFormat.decibel(qualities.max())); \
                photos at most \(laboratory.longestSide) pixels long. \(passageWords)
                """,
            origin: origin(context)
        )
        try write(
            try MustacheTemplate(string: try PageResource.text("reproduction.mustache")).render(page), "index.html")
        return folder + "/index.html"
    }
}
