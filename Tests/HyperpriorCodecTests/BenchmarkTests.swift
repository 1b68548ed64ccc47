import EntropyCoding
import FeatureMaps
import Foundation
import Imaging
import Neural
import Testing

@testable import EntropyCoding
@testable import HyperpriorCodec

/// Measurements, one JSON object a line; only where GENSEMCOM_BENCH=1 asks for them. `Scripts/bench` reads these lines.
///
/// GENSEMCOM_BENCH_MODEL names another checkpoint, GENSEMCOM_BENCH_SIZE another side than 512 (and then only peak
/// memory and times of one pass are reported).
@Suite(
    .serialized, .enabled(if: ProcessInfo.processInfo.environment["GENSEMCOM_BENCH"] == "1", "GENSEMCOM_BENCH is not 1")
)
struct BenchmarkTests {
    static let environment = ProcessInfo.processInfo.environment

    private func report(_ name: String, _ value: Double, _ unit: String) {
        print(
            """
            {"bench": "codec", "figure": "\(name)", "value": \(String(format: "%.5g", value)), "unit": "\(unit)"}
            """
        )
    }

    /// The least of some repetitions, in seconds on the clock and of all threads' processor time.
    private func time(_ repetitions: Int = 5, _ body: () throws -> Void) rethrows -> (wall: Double, processor: Double) {
        var best = (wall: Double.infinity, processor: Double.infinity)
        for _ in 0..<repetitions {
            let (wall, processor) = (ContinuousClock().now, Self.processorTime())
            try body()
            best = (
                min(best.wall, (ContinuousClock().now - wall) / .seconds(1)),
                min(best.processor, Self.processorTime() - processor)
            )
        }
        return best
    }

    private static func processorTime() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func peakMemory() -> Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return Double(line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first ?? "") ?? .nan
    }

    /// Multiplications and additions of a codec on one picture.
    private struct Work {
        let encoding: Double
        let decoding: Double

        /// Of the channels that are computed: kernels at their coarser side, norms at their own.
        init(_ file: SafeTensors, _ backbone: Backbone, cells: Double) throws {
            let (n, m) = (Double(backbone.n), Double(backbone.m))
            let analysis = try Self.outerProducts(
                file, backbone, .analysis, pixels: [64, 16, 4, 1], normPixels: [64, 16, 4])
            let synthesis = try Self.outerProducts(
                file, backbone, .synthesis, pixels: [1, 4, 16, 64], normPixels: [4, 16, 64])
            let hyper = 9 * m * n + 25 * n * n / 4 + 25 * n * n / 16
            encoding = 2 * cells * (analysis + 2 * hyper)
            decoding = 2 * cells * (synthesis + hyper)
        }

        /// A cell's.
        private static func outerProducts(
            _ file: SafeTensors, _ backbone: Backbone, _ direction: TransformParameters.Direction, pixels: [Double],
            normPixels: [Double]
        ) throws -> Double {
            guard try Architecture(file) == .scaleHyperprior else {
                let prefix = direction == .analysis ? "analysis." : "synthesis."
                return file.names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(".weight") }.reduce(0) {
                    // An eighth of the picture's side has four pixels a cell.
                    $0 + Double(file.shape(of: $1)!.reduce(1, *)) * ($1.contains(".fine.") ? 4 : 1)
                }
            }
            let heard = try TransformParameters(file, direction, n: backbone.n, m: backbone.m).withoutDeadChannels()
            let kernels = zip(heard.kernels, pixels).map { Double($0.count) * $1 }
            let norms = zip(heard.normalisations, normPixels).map { Double($0.gamma.count) * $1 }
            return (kernels + norms).reduce(0, +)
        }
    }

    @Test func transforms() throws {
        let path = try #require(Self.environment["GENSEMCOM_BENCH_MODEL"] ?? shippedModel)
        let catalogue = try Catalogue(path: path)
        let side = Self.environment["GENSEMCOM_BENCH_SIZE"].flatMap(Int.init) ?? 512
        let work = try Work(try SafeTensors(path: path), catalogue.backbones[0], cells: Double(side * side) / 256)
        report("N", Double(catalogue.backbones[0].n), "channels")
        report("M", Double(catalogue.backbones[0].m), "channels")
        report("side", Double(side), "pixels")

        let a = Tensor(shape: [1024, 1024], repeating: 0.5)
        let product = time(5) { _ = a.product(a) }
        let operations = 2 * 1024.0 * 1024 * 1024
        let rate = (wall: operations / product.wall, processor: operations / product.processor)
        report("sgemm", rate.wall / 1e9, "GFLOP/s")
        report("sgemm, processor time", rate.processor / 1e9, "GFLOP/s a core")
        try measure(catalogue, side: side, work, rate)
    }

    /// The whole picture, there and back.
    private func measure(
        _ catalogue: Catalogue, side: Int, _ work: Work, _ rate: (wall: Double, processor: Double)
    ) throws {
        let image = testPicture(width: side, height: side)
        let repetitions = side > 1024 ? 1 : 5
        var analysis: Analysis?
        let analyse = try time(repetitions) { analysis = try catalogue.analyse(image) }
        guard let analysis else { return }
        var stream: Bitstream?
        let coding = try time(repetitions) {
            stream = try encode(
                catalogue, analysis, Mask(width: analysis.columns, height: analysis.rows, repeating: true), alpha: 0)
        }
        guard let stream else { return }
        let encoding = (wall: analyse.wall + coding.wall, processor: analyse.processor + coding.processor)
        report("analysis", 1000 * analyse.wall, "ms")
        report("entropy coding of all cells", 1000 * coding.wall, "ms")
        report("bits", Double(stream.bits.total), "bits")
        report("encoding ÷ limit", encoding.wall / (work.encoding / rate.wall), "× FLOPs ÷ sgemm rate")
        report("encoding ÷ limit, processor time", encoding.processor / (work.encoding / rate.processor), "×")
        let decoding = try time(repetitions) { _ = try catalogue.decode(stream) }
        report("decoding", 1000 * decoding.wall, "ms")
        report("decoding ÷ limit", decoding.wall / (work.decoding / rate.wall), "× FLOPs ÷ sgemm rate")
        report("decoding ÷ limit, processor time", decoding.processor / (work.decoding / rate.processor), "×")
        report("peak memory", Self.peakMemory() / 1024, "MiB")
        if side <= 1024 { try measureParts(catalogue, analysis, encoding: encoding, decoding: decoding) }
    }

    private func encode(_ catalogue: Catalogue, _ analysis: Analysis, _ mask: Mask, alpha: Float) throws -> Bitstream {
        try catalogue.encode(
            analysis, rate: catalogue.rateCount / 2 + 1, mask: mask,
            importance: Plane(width: analysis.columns, height: analysis.rows, repeating: 1), prompt: "", alpha: alpha,
            referenceInformation: 1)
    }

    /// Pieces of the way: some cells only, the hyper-synthesis, the profile of all rates.
    private func measureParts(
        _ catalogue: Catalogue, _ analysis: Analysis, encoding: (wall: Double, processor: Double),
        decoding: (wall: Double, processor: Double)
    ) throws {
        var mask = Mask(width: analysis.columns, height: analysis.rows, repeating: false)
        // A disc of 15 % of the cells.
        let radius = 0.15 * Double(mask.values.count) / Double.pi
        for row in 0..<mask.height {
            for column in 0..<mask.width {
                let (y, x) = (Double(row) - Double(mask.height) / 2.3, Double(column) - Double(mask.width) / 1.8)
                mask[row, column] = y * y + x * x < radius
            }
        }
        let part = try encode(catalogue, analysis, mask, alpha: 0.5)
        let masked = try time { _ = try catalogue.decode(part) }
        report("share of cells in the mask", Double(mask.count) / Double(mask.values.count), "")
        report("masked decoding ÷ full", masked.wall / decoding.wall, "×")
        report("masked decoding ÷ full, processor time", masked.processor / decoding.processor, "×")
        let hyper = time { _ = catalogue.backbones[0].quantise(analysis.latents[0].hyper, step: 1) }
        report("hyper-synthesis in integers", 1000 * hyper.wall, "ms")
        let statistics = time {
            for rate in 1...catalogue.rateCount { _ = analysis.cellBits(rate: rate) }
        }
        report("bits of all rates", 1000 * statistics.wall, "ms")
        report("bits of all rates ÷ encoding", statistics.wall / encoding.wall, "×")
        report(
            "bits of all rates ÷ encoding, processor time",
            statistics.processor / encoding.processor, "×")
    }

    /// Symbols a second on one core, on Gaussian symbols of the standard deviations that trained models show.
    @Test func entropyCoder() throws {
        let scales = GaussianScales()
        let count = 1 << 20
        var random: UInt64 = 1
        func uniform() -> Double {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (Double(random >> 11) + 0.5) * 0x1p-53
        }
        var (symbols, contexts) = ([Int32](), [UInt8]())
        for _ in 0..<count {
            let context = Int(uniform() * uniform() * Double(scales.ladder.count))
            let normal = (-2 * log(uniform())).squareRoot() * cos(2 * Double.pi * uniform())
            symbols.append(Int32((normal * Double(scales.ladder[context])).rounded()))
            contexts.append(UInt8(context))
        }
        var bytes: [UInt8] = []
        var decoded = [Int32](repeating: 0, count: count)
        symbols.withUnsafeBufferPointer { symbols in
            contexts.withUnsafeBufferPointer { contexts in
                let encode = time(10) { bytes = scales.coder.encode(symbols: symbols, contexts: contexts) }
                let decode = time(10) {
                    decoded.withUnsafeMutableBufferPointer {
                        _ = scales.coder.decode(bytes[...], contexts: contexts, into: $0)
                    }
                }
                report("entropy encoding", Double(count) / encode.processor / 1e6, "M symbols/s")
                report("entropy decoding", Double(count) / decode.processor / 1e6, "M symbols/s")
                report("bits a symbol", 8 * Double(bytes.count) / Double(count), "bits")
            }
        }
        #expect(decoded == symbols)
    }
}
