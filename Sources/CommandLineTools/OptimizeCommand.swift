import Adaptation
import ArgumentParser
import Declarations
import Experiments
import Foundation
import Topologies

struct OptimizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "optimize", abstract: "Find (α*, Φ*) by SNR and budget with the paper's Algorithm 1.",
        discussion: """
            Writes the table that the policy 'algorithm1' of a topology takes as policyFile, and beside it the \
            convergence trace (CSV and SVG) and what the average policy gives up against the exact optimum of each \
            photo.
            """)

    @Option(help: ArgumentHelp("Folder of photos to average over.", valueName: "dir"))
    var images = "Topologies/Photos"

    @Option(name: .shortAndLong, help: ArgumentHelp("The policy table to write.", valueName: "policy.json"))
    var output: String

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Receive SNRs, FROM:TO:STEP or a list: '-2 dB:20 dB:2 dB'; bare numbers are dB.", valueName: "dB"))
    var snr = "-2:20:2"

    @Option(
        help: ArgumentHelp(
            "Latency budgets T_max, FROM:TO:STEP or a list: '20 ms,0.1 s'; bare numbers are ms.", valueName: "ms"))
    var latency = "20"

    @Option(help: ArgumentHelp("Bandwidth, for instance 1MHz; a bare number is Hz.", valueName: "Hz"))
    var bandwidth = "1 MHz"

    @Option(help: "Smallest rate of the feasible set, counted from 1 (31c).")
    var minimalRate = 1

    @Option(help: ArgumentHelp("D₀ of (31c): least mean mask PSNR of a rate over the photos.", valueName: "dB"))
    var minimalMaskPsnr: Double?

    @Option(help: "α_th of (31d).")
    var alphaMax: Float = 0.8

    @Option(help: "Penalty p of (33) in 1/bit²; chosen for each coder where absent.")
    var penalty: Double?

    @Option(help: "Seed of the directions m and the mini-batches.")
    var seed: UInt64 = 1

    @Option(help: "Codec weights instead of the shipped ones.")
    var model: String?

    @Option(help: "Classifier weights instead of the shipped ones.")
    var backbone: String?

    @Flag(help: "Print the comparison as JSON.")
    var json = false

    func validate() throws {
        for value in try snrs { try OptionRange.check(value, "--snr", -100...100, "dB") }
        for value in try latencies {
            try OptionRange.check(value, "--latency", 1e-6...1e9, "ms")
        }
        try OptionRange.check(bandwidthValue, "--bandwidth", 1...1e12, "Hz")
        try OptionRange.check(minimalRate, "--minimal-rate", 1...1000)
        try OptionRange.check(alphaMax, "--alpha-max", 0...1)
        try OptionRange.check(penalty, "--penalty", 0...1e30)
        try OptionRange.check(minimalMaskPsnr, "--minimal-mask-psnr", 0...100, "dB")
    }

    /// `-2:20:2` or `3,6,9`, each value a quantity as topologies have it or a bare number.
    ///
    /// - Parameters:
    ///   - base: what one of the bare numbers is in the dimension's own unit: 0.001 for milliseconds.
    /// - Returns: in the unit of bare numbers.
    /// - Throws: `ValidationError` naming the option and the value.
    static func numbers(
        _ text: String, _ option: String, _ dimension: Declarations.Dimension, base: Double = 1
    ) throws -> [Double] {
        func value(_ text: Substring) throws -> Double {
            if let bare = Double(text.trimmingCharacters(in: .whitespaces)), bare.isFinite { return bare }
            switch dimension.read(String(text)) {
            // 20 ms are 20, not 20.000000000000004.
            case .success(let value): return Double(Dimension.shortest(value / base)) ?? value / base
            case .failure(let failure): throw ValidationError("--\(option): \(failure)")
            }
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 3 {
            let (from, to, step) = (try value(parts[0]), try value(parts[1]), try value(parts[2]))
            if step > 0, to >= from, (to - from) / step < 1000 {
                return Array(stride(from: from, through: to + step * 1e-9, by: step))
            }
        }
        let list = text.split(separator: ",")
        guard parts.count == 1, !list.isEmpty else {
            throw ValidationError("--\(option) '\(text)': expected FROM:TO:STEP or a list like 3,6,9")
        }
        return try list.map(value)
    }

    private var snrs: [Double] { get throws { try Self.numbers(snr, "snr", .level) } }

    /// Milliseconds.
    private var latencies: [Double] { get throws { try Self.numbers(latency, "latency", .duration, base: 1e-3) } }

    /// Hertz.
    private var bandwidthValue: Double {
        get throws {
            let values = try Self.numbers(bandwidth, "bandwidth", .frequency)
            guard values.count == 1 else { throw ValidationError("--bandwidth '\(bandwidth)': expected one value") }
            return values[0]
        }
    }

    func run() throws {
        let line = ProgressNoteLine(quiet: json)
        let laboratory = try ExperimentContext(codec: model, classifier: backbone)
        guard minimalRate <= laboratory.rateCount else {
            throw ValidationError(
                "--minimal-rate is \(minimalRate), expected 1 to \(laboratory.rateCount), the codec's rates")
        }
        var search = try PolicySearch(laboratory: laboratory, images: images, minimalMaskPSNR: minimalMaskPsnr) {
            line.show("studying \($0)")
        }
        search.parameters.alphaMax = alphaMax
        search.parameters.penalty = penalty
        search.bandwidth = try bandwidthValue
        search.seed = seed
        let result = search.run(
            snrs: try snrs, latencies: try latencies.map { $0 / 1000 },
            minimalRate: max(minimalRate, search.feasibleFrom)
        ) { line.show("Algorithm 1 at \($0)") }
        line.clear()
        let files = try PolicySearch.write(result, to: output)
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            return print(String(decoding: try encoder.encode(result.comparisons), as: UTF8.self))
        }
        print(
            "   SNR   T_max   budget      α*  Φ*  GVIF of it  misses   held  exact optimum    gain  "
                + "of weighted, differs"
        )
        for c in result.comparisons {
            let gain = c.heldGVIF > 0 ? (c.exactGVIF / c.heldGVIF - 1) * 100 : 0
            print(
                String(
                    format: "%6.1f %5.0f ms %8d %7.3f %3d %11.3f %6.0f%% %6.3f %14.3f %+6.1f%% %11.3f %8d", c.snr,
                    c.latencyBudget * 1000, c.budgetBits, Double(c.alpha), c.rate,
                    c.averageGVIF, c.missShare * 100, c.heldGVIF, c.exactGVIF, gain, c.weightedGVIF,
                    c.weightedDiffers))
        }
        print(
            "\(result.images) photos; 'held' raises α for photos that overdraw; wrote \(files.joined(separator: ", "))")
    }
}
