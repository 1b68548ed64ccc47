import Adaptation
import Determinism
import Files
import Foundation
import HyperpriorCodec
import ImagePipeline
import Report

/// `testbed optimize`: Algorithm 1 over a folder of photos, at each SNR and budget, into a policy table.
package struct PolicySearch {
    package let laboratory: ExperimentContext
    let studies: [(name: String, profile: ImageProfile)]
    /// First rate whose mean mask PSNR over the photos reaches D₀ (31c): the feasible set 𝔾 begins there.
    package let feasibleFrom: Int
    package var parameters = Algorithm1.Parameters()
    package var bandwidth = 1e6
    package var seed: UInt64 = 1

    /// What the average policy gives up against the optimum of each image, at one budget.
    package struct Comparison: Sendable, Codable {
        package var snr: Double
        package var latencyBudget: Double
        package var budgetBits: Int
        package var alpha: Float
        package var rate: Int
        /// E[V] at (α*, Φ*) as Algorithm 1 counts it: images that overdraw included.
        package var averageGVIF: Double
        /// The share of images whose bits exceed C·T_max at (α*, Φ*): what the mean constraint (32a) lets pass.
        package var missShare: Double
        /// The same policy with α raised for those images until their bits fit.
        package var heldGVIF: Double
        /// The exact optimum of each image; every image keeps the budget.
        package var exactGVIF: Double
        /// The exact optimum of the importance-weighted objective: its GVIF, and at how many images (α, Φ) differs.
        package var weightedGVIF: Double
        package var weightedDiffers: Int
    }

    package struct Result: Sendable {
        package var table: PolicyTable
        package var comparisons: [Comparison]
        /// Outcomes with their traces, by budget.
        package var outcomes: [(snr: Double, latencyBudget: Double, outcomes: [Algorithm1.Outcome], best: Int?)]
        package var images: Int
    }

    /// Studies the photos.
    /// - Parameter minimalMaskPSNR: D₀ of (31c) in dB, asked of the photos' mean on the region of α = 0.5.
    /// - Throws: `ExperimentError.noPhotos`, `.unsuitable` where no rate reaches D₀, and the files' own errors.
    package init(
        laboratory: ExperimentContext, images: String, minimalMaskPSNR: Double? = nil, progress: (String) -> Void
    ) throws {
        self.laboratory = laboratory
        let photos = try ExperimentContext.photos(in: images, progress: progress)
        let studies = try zip(photos, distinctNames(photos)).map { path, name in
            progress((path as NSString).lastPathComponent)
            return try laboratory.study(path, name: name, steps: 1024)
        }
        self.studies = studies.map { ($0.name, $0.profile) }
        feasibleFrom =
            try minimalMaskPSNR.map { bound in
                // D rises with the rate: five means of all photos instead of nineteen.
                var (low, high) = (1, laboratory.catalogue.rateCount + 1)
                while low < high {
                    let rate = (low + high) / 2
                    progress("mask PSNR of rate \(rate)")
                    let reached = try studies.compactMap { study in
                        let coded = try laboratory.code(study, alpha: 0.5, rate: rate)
                        return laboratory.maskPSNR(study, try laboratory.decode(coded), mask: coded.mask)
                    }
                    if (Sample(reached)?.mean ?? 0) >= bound { high = rate } else { low = rate + 1 }
                }
                guard low <= laboratory.catalogue.rateCount else {
                    throw ExperimentError.unsuitable(
                        "no rate reaches a mean mask PSNR of \(NumberFormat.decibel(bound)) on these photos")
                }
                return low
            } ?? 1
    }

    /// - Parameters:
    ///   - snrs: dB.
    ///   - latencies: seconds.
    ///   - minimalRate: first rate of 𝔾.
    package func run(snrs: [Double], latencies: [Double], minimalRate: Int = 1, progress: (String) -> Void) -> Result {
        let profiles = studies.map(\.profile)
        let algorithm = Algorithm1(images: profiles, parameters: parameters)
        var result = Result(
            table: .init(entries: [
                .init(budgetBits: 1, snr: 0, latencyBudget: 0, answers: [], best: nil)
            ]),
            comparisons: [], outcomes: [], images: profiles.count)
        var entries: [PolicyTable.Entry] = []
        for latency in latencies {
            for snr in snrs {
                progress("\(NumberFormat.decimal(snr, 0)) dB, \(NumberFormat.time(latency))")
                let budget = ExperimentContext.budgetBits(snr: snr, latency: latency, bandwidth: bandwidth)
                var random = RandomStream(seed: seed, name: "algorithm1", index: UInt64(budget))
                let solution = algorithm.solve(budgetBits: Double(budget), minimalRate: minimalRate, using: &random)
                result.outcomes.append((snr, latency, solution.outcomes, solution.best))
                entries.append(
                    .init(
                        budgetBits: Double(budget), snr: snr, latencyBudget: latency, answers: solution.outcomes,
                        best: solution.best, alphaMax: parameters.alphaMax))
                result.comparisons.append(compare(snr, latency, budget, solution.outcomes, solution.best, minimalRate))
            }
        }
        result.table = PolicyTable(
            entries: entries, alphaMax: parameters.alphaMax, minimalRate: minimalRate, codec: laboratory.identity)
        return result
    }

    private func compare(
        _ snr: Double, _ latency: Double, _ budget: Int, _ outcomes: [Algorithm1.Outcome], _ best: Int?,
        _ minimalRate: Int
    ) -> Comparison {
        let profiles = studies.map(\.profile)
        let alpha = best.map { outcomes[$0].alpha } ?? parameters.alphaMax
        let rate = best.map { outcomes[$0].rate } ?? minimalRate
        let average = profiles.map { Policy.promise($0, alpha, rate, budget) }
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }
        let held = zip(profiles, average).map { $0.realised($1, budgetBits: budget) }
        let constraints = Constraints(alphaMax: parameters.alphaMax, minimalRate: minimalRate)
        let exact = profiles.map { exactOptimum(profile: $0, budgetBits: budget, constraints: constraints) }
        var weighing = constraints
        weighing.objective = .weighted
        let weighted = profiles.map { exactOptimum(profile: $0, budgetBits: budget, constraints: weighing) }
        return Comparison(
            snr: snr, latencyBudget: latency, budgetBits: budget, alpha: alpha, rate: rate,
            averageGVIF: mean(average.map(\.predictedGVIF)),
            missShare: mean(average.map { $0.predictedBits > budget ? 1 : 0 }),
            heldGVIF: mean(held.map(\.predictedGVIF)),
            exactGVIF: mean(exact.map(\.predictedGVIF)), weightedGVIF: mean(weighted.map(\.predictedGVIF)),
            weightedDiffers: zip(exact, weighted).filter { $0.alpha != $1.alpha || $0.rate != $1.rate }.count)
    }

    /// Writes the table, and beside it the traces as CSV and as a plot, and the comparison as CSV.
    /// - Returns: the files written.
    package static func write(_ result: Result, to path: String) throws -> [String] {
        let base = path.hasSuffix(".json") ? String(path.dropLast(5)) : path
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let table = String(decoding: try encoder.encode(result.table), as: UTF8.self) + "\n"

        var trace = "snr,latencyBudget,rate,iteration,alpha,gradient,gvif,excessBits\n"
        var series: [Plot.Series] = []
        for run in result.outcomes {
            for (index, outcome) in run.outcomes.enumerated() {
                for (step, iterate) in outcome.trace.enumerated() {
                    trace +=
                        "\(run.snr),\(run.latencyBudget),\(outcome.rate),\(step),\(iterate.alpha),"
                        + "\(iterate.gradient),\(iterate.gvif),\(iterate.excessBits)\n"
                }
                // One curve a budget: the chosen coder's.
                guard index == run.best, series.count < 6, run.latencyBudget == result.outcomes[0].latencyBudget else {
                    continue
                }
                let stride = max(1, outcome.trace.count / 400)
                series.append(
                    .init(
                        "\(NumberFormat.decimal(run.snr, 0)) dB, Φ \(outcome.rate)",
                        outcome.trace.enumerated().filter { $0.offset % stride == 0 }.map {
                            .init(Double($0.offset), Double($0.element.alpha))
                        }))
            }
        }
        var plot = Plot(
            title: "Convergence of Algorithm 1",
            description: "The threshold over the iterations, for the chosen coder at several SNRs.",
            xLabel: "iteration t",
            yLabel: "α", series: series)
        (plot.xLow, plot.yLow, plot.yHigh, plot.height) = (0, 0, 0.85, 340)
        var comparison =
            "snr,latencyBudget,budgetBits,alpha,rate,averageGVIF,missShare,"
            + "heldGVIF,exactGVIF,weightedGVIF,weightedDiffers\n"
        for c in result.comparisons {
            comparison +=
                "\(c.snr),\(c.latencyBudget),\(c.budgetBits),\(c.alpha),\(c.rate),\(c.averageGVIF),"
                + "\(c.missShare),\(c.heldGVIF),\(c.exactGVIF),\(c.weightedGVIF),\(c.weightedDiffers)\n"
        }
        let files = [
            (path, table), (base + "-trace.csv", trace), (base + "-trace.svg", plot.svg(id: "trace")),
            (base + "-comparison.csv", comparison),
        ]
        for (file, text) in files {
            do { try text.write(toFile: file, atomically: true, encoding: .utf8) } catch {
                throw ExperimentError.cannotWrite(file)
            }
        }
        return files.map(\.0)
    }
}
