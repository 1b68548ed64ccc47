import Foundation
import Imaging
import Neural
import Testing

@testable import EntropyCoding
@testable import HyperpriorCodec

/// Weights and tables that are damaged or made up: a coder that works, or one line that names the file.
@Suite struct HostileWeightTests {
    private struct Stored {
        var dtype: String
        var shape: [Int]
        var bytes: [UInt8]

        init(_ shape: [Int], floats: [Float]) {
            (dtype, self.shape) = ("F32", shape)
            bytes = floats.flatMap { value in
                (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
            }
        }

        init(_ shape: [Int], integers: [Int32]) {
            (dtype, self.shape) = ("I32", shape)
            bytes = integers.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * Int32($0))) } }
        }
    }

    /// The small network of the golden files, with some tensors replaced.
    private func load(_ changes: [String: Stored]) throws {
        let file = try SafeTensors(path: ExactnessTests.folder + "/plain-8-12.safetensors")
        var tensors: [String: Stored] = [:]
        for name in file.names {
            let tensor = try file.tensor(name)
            tensors[name] = Stored(tensor.shape, floats: tensor.values)
        }
        tensors.merge(changes) { $1 }
        var (header, body): ([String: Any], [UInt8]) = ([:], [])
        for (name, stored) in tensors.sorted(by: { $0.key < $1.key }) {
            header[name] = [
                "dtype": stored.dtype, "shape": stored.shape,
                "data_offsets": [body.count, body.count + stored.bytes.count],
            ]
            body += stored.bytes
        }
        let text = try JSONSerialization.data(withJSONObject: header)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
        let url = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        try (Data(length) + text + Data(body)).write(to: url)
        let catalogue = try Catalogue(path: url.path)
        // What loads also codes, and its stream decodes.
        let analysis = try catalogue.analyse(testPicture(width: 32, height: 32))
        let cells = [Bool](repeating: true, count: analysis.rows * analysis.columns)
        let mask = Mask(width: analysis.columns, height: analysis.rows, values: cells)
        let stream = try catalogue.encode(
            analysis, rate: 1, mask: mask, importance: Plane(width: analysis.columns, height: analysis.rows),
            prompt: "", alpha: 0, referenceInformation: 1,
            slicePayload: 1100)
        _ = try catalogue.decode(Bitstream(serialised: stream.serialised()))
    }

    private func refusal(_ changes: [String: Stored]) -> String {
        do { try load(changes) } catch { return "\(error)" }
        return ""
    }

    private static let bottleneck = "entropy_bottleneck."
    private func tables(lengths: Stored? = nil, offsets: Stored? = nil, cumulative: Stored? = nil) -> [String: Stored] {
        [
            Self.bottleneck + "_quantized_cdf": cumulative
                ?? Stored(
                    [8, 5],
                    integers: [[Int32]](repeating: [0, 20_000, 40_000, 60_000, 65_536], count: 8).flatMap { $0 }),
            Self.bottleneck + "_cdf_length": lengths ?? Stored([8], integers: [Int32](repeating: 5, count: 8)),
            Self.bottleneck + "_offset": offsets ?? Stored([8], integers: [Int32](repeating: -1, count: 8)),
        ]
    }

    @Test func honestTablesLoad() { #expect(refusal(tables()) == "") }

    @Test func tablesThatAreNoneAreRefused() {
        let eight = { (value: Float) in Stored([8], floats: [Float](repeating: value, count: 8)) }
        let cases: [(String, [String: Stored])] = [
            ("length NaN", tables(lengths: eight(.nan))), ("length 1e30", tables(lengths: eight(1e30))),
            ("length infinite", tables(lengths: eight(.infinity))), ("length 2.5", tables(lengths: eight(2.5))),
            ("offset 1e12", tables(offsets: eight(1e12))), ("offset NaN", tables(offsets: eight(.nan))),
            ("offset −2³¹", tables(offsets: Stored([8], integers: [Int32](repeating: .min, count: 8)))),
            ("offset 2³¹ − 1", tables(offsets: Stored([8], integers: [Int32](repeating: .max, count: 8)))),
            ("lengths of [n, 2]", tables(lengths: Stored([8, 2], integers: [Int32](repeating: 5, count: 16)))),
            ("two columns", tables(cumulative: Stored([8, 2], integers: [Int32](repeating: 0, count: 16)))),
            ("falling", tables(cumulative: Stored([8, 5], integers: [Int32](repeating: 7, count: 40)))),
            ("negative", tables(cumulative: Stored([8, 5], integers: [Int32](repeating: -7, count: 40)))),
            ("infinite", tables(cumulative: Stored([8, 5], floats: [Float](repeating: .infinity, count: 40)))),
        ]
        for (name, changes) in cases {
            let found = refusal(changes)
            #expect(found.contains("entropy_bottleneck") && !found.contains("\n"), "\(name): \(found)")
        }
    }

    @Test func predictionsBeyondReasonAreRefused() {
        func prediction(_ weight: Float, _ deviation: Float, rows: Int = 12) -> [String: Stored] {
            [
                "prediction.weight": Stored([rows, 4], floats: [Float](repeating: weight, count: 4 * rows)),
                "prediction.deviation": Stored([rows, 4], floats: [Float](repeating: deviation, count: 4 * rows)),
            ]
        }
        // Gains of 4, differences that grow from cell to cell: useless, and yet a coder.
        for (weight, deviation) in [(0.4, 0.5), (-4, 0), (4, 0.001), (4, 1)] as [(Float, Float)] {
            #expect(refusal(prediction(weight, deviation)) == "")
        }
        for (weight, deviation, rows) in [
            (Float.nan, 0.5, 12), (4.1, 0.5, 12), (.infinity, 0.5, 12), (0.5, .nan, 12), (0.5, 1.1, 12),
            (0.5, -0.1, 12), (0.4, 0.5, 11),
        ] as [(Float, Float, Int)] {
            let found = refusal(prediction(weight, deviation, rows: rows))
            #expect(found.contains("prediction.") && !found.contains("\n"), "\(weight), \(deviation): \(found)")
        }
    }

    @Test(arguments: ["quantiles", "matrices.0", "biases.1", "factors.2"]) func numbersThatAreNoneAreNamed(
        _ part: String
    ) throws {
        let file = try SafeTensors(path: ExactnessTests.folder + "/plain-8-12.safetensors")
        let name =
            file.names.first { $0.hasPrefix(Self.bottleneck) && $0.hasSuffix(part) }
            ?? file.names.first {
                $0.hasPrefix(Self.bottleneck + "_") && $0.contains(part.split(separator: ".")[0].prefix(4))
            }
        let tensor = try file.tensor(try #require(name))
        for value in [Float.nan, .infinity, -.infinity] {
            var values = tensor.values
            values[0] = value
            #expect(refusal([name!: Stored(tensor.shape, floats: values)]).contains("not finite"))
        }
        // Finite, but beyond sense: a distribution or a refusal, never a trap.
        for value in [Float(1e30), -1e30, 3e38] {
            var values = tensor.values
            values[0] = value
            _ = refusal([name!: Stored(tensor.shape, floats: values)])
        }
    }

    @Test func exponentialsOfNothing() {
        #expect(
            ReproducibleMath.exp(.nan).isNaN && ReproducibleMath.tanh(.nan).isNaN && ReproducibleMath.log1p(.nan).isNaN)
        #expect(CumulativeTables.quantised([.nan, .infinity, -1, 1e30]).last == 65_536)
    }
}
