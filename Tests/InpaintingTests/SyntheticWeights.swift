import Foundation
import Neural
import Testing

@testable import Inpainting

/// The numbers that `Scripts/golden/inpainting` gives to weights and inputs: hashes of a name and an index.
enum Synthetic {
    static func uniform(_ name: String, _ count: Int) -> [Double] {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return (0..<count).map { i in
            var z = hash &+ UInt64(i + 1) &* 0x9e37_79b9_7f4a_7c15
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            z ^= z >> 31
            return Double(z >> 40) * 0x1p-23 - 1
        }
    }

    static func noise(_ name: String, _ shape: [Int]) -> Tensor {
        Tensor(shape: shape, values: uniform(name, shape.reduce(1, *)).map { Float(1.7 * $0) })
    }

    static func weight(_ name: String, _ shape: [Int]) -> [Float] {
        let numbers = uniform(name, shape.reduce(1, *))
        if name.hasSuffix("embedding.weight") { return numbers.map { Float(0.5 * $0) } }
        if shape.count == 1 { return numbers.map { Float(name.hasSuffix("weight") ? 1 + 0.2 * $0 : 0.1 * $0) } }
        let scale = (3 / Double(shape.dropFirst().reduce(1, *))).squareRoot()
        return numbers.map { Float($0 * scale) }
    }

    /// Writes `config.json` and the hashed weights of a golden folder where a model can load them.
    static func materialise(_ name: String, at folder: URL) throws {
        let source = Golden.folder.appending(path: name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: source.appending(path: "config.json"), to: folder.appending(path: "config.json"))
        let shapes = try JSONDecoder().decode(
            [String: [Int]].self, from: Data(contentsOf: source.appending(path: "shapes.json")))
        let stem = name.hasPrefix("text_encoder") ? "model" : "diffusion_pytorch_model"
        try write(
            shapes.map { ($0.key, $0.value, weight($0.key, $0.value)) },
            to: folder.appending(path: stem + ".safetensors"))
    }

    static func write(_ tensors: [(name: String, shape: [Int], values: [Float])], to file: URL) throws {
        var header: [String: [String: Any]] = [:]
        var body = Data()
        for tensor in tensors {
            let start = body.count
            tensor.values.withUnsafeBytes { body.append(contentsOf: $0) }
            header[tensor.name] = ["dtype": "F32", "shape": tensor.shape, "data_offsets": [start, body.count]]
        }
        let json = try JSONSerialization.data(withJSONObject: header)
        var length = UInt64(json.count).littleEndian
        var data = Data(bytes: &length, count: 8)
        data.append(json)
        data.append(body)
        try data.write(to: file)
    }
}

enum Golden {
    static let folder = Bundle.module.resourceURL!.appending(path: "Golden")
    static func outputs() throws -> SafeTensors {
        try SafeTensors(path: folder.appending(path: "outputs.safetensors").path)
    }
}

/// A folder that goes when the test does.
final class TemporaryFolder {
    let url: URL
    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "inpainting-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(at: url) }
    func path(_ name: String) -> String { url.appending(path: name).path }
}

/// The greatest difference over the greatest magnitude.
func relativeError(_ found: Tensor, _ expected: Tensor) -> Float {
    guard found.shape == expected.shape, found.values.allSatisfy(\.isFinite) else { return .infinity }
    let most = expected.values.reduce(0) { max($0, abs($1)) }
    return zip(found.values, expected.values).reduce(0) { max($0, abs($1.0 - $1.1)) } / most
}
