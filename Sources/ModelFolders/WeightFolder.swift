import Foundation
import Neural

/// The tensors of one model folder, in one safetensors file or several.
package struct WeightFolder: Sendable {
    package let folder: String
    private let files: [SafeTensors]
    private let places: [String: Int]

    /// - Parameter stems: file names without `.safetensors`, in order of preference; a shard index
    ///   (`STEM.safetensors.index.json`) counts as well, and `fp16` variants do where nothing else is there.
    /// - Throws: ``ModelFailure`` or ``SafeTensors/Failure``.
    package init(folder: String, stems: [String] = ["diffusion_pytorch_model", "model"]) throws {
        let exists = { (name: String) in FileManager.default.fileExists(atPath: folder + "/" + name) }
        for stem in stems + stems.map({ $0 + ".fp16" }) {
            if exists(stem + ".safetensors") {
                try self.init(folder: folder, names: [stem + ".safetensors"])
                return
            }
            // `variant` shards put the variant behind the extension: STEM.safetensors.index.fp16.json.
            let base = stem.hasSuffix(".fp16") ? String(stem.dropLast(5)) : stem
            for index in [stem + ".safetensors.index.json", base + ".safetensors.index.fp16.json"] where exists(index) {
                try self.init(folder: folder, index: index)
                return
            }
        }
        throw ModelFailure.unreadable(path: folder, reason: "holds no weights (\(stems[0]).safetensors)")
    }

    private init(folder: String, names: [String]) throws {
        self.folder = folder
        files = try names.map { try SafeTensors(path: folder + "/" + $0) }
        var places: [String: Int] = [:]
        for (number, file) in files.enumerated() {
            for name in file.names {
                guard places.updateValue(number, forKey: name) == nil else {
                    throw ModelFailure.weights("\(file.path): tensor '\(name)' stands in two shards")
                }
            }
        }
        self.places = places
    }

    private init(folder: String, index: String) throws {
        let path = folder + "/" + index
        struct Index: Decodable { let weight_map: [String: String] }
        guard let map = try? JSONDecoder().decode(Index.self, from: Configuration.read(path, mostBytes: 1 << 24)) else {
            throw ModelFailure.unreadable(path: path, reason: "not a shard index")
        }
        let shards = Set(map.weight_map.values).sorted()
        guard shards.count <= 1000 else {
            throw ModelFailure.unreadable(path: path, reason: "names \(shards.count) shards")
        }
        for shard in shards where shard.contains("/") || shard.hasPrefix(".") || !shard.hasSuffix(".safetensors") {
            throw ModelFailure.unreadable(path: path, reason: "names '\(shard)', which is no shard of this folder")
        }
        try self.init(folder: folder, names: shards)
        for (name, shard) in map.weight_map {
            guard let place = places[name], files[place].path == folder + "/" + shard else {
                throw ModelFailure.weights("\(folder)/\(shard): tensor '\(name)' is missing")
            }
        }
    }

    package func contains(_ name: String) -> Bool { places[name] != nil }

    /// - Throws: ``SafeTensors/Failure`` if it is missing or shaped otherwise.
    package func tensor(_ name: String, _ shape: [Int]) throws -> Tensor {
        guard let place = places[name] else { throw ModelFailure.weights("\(folder): tensor '\(name)' is missing") }
        let tensor = try files[place].tensor(name, shape: shape)
        files[place].release(name)
        return tensor
    }

    package func vector(_ name: String, _ count: Int) throws -> [Float] { try tensor(name, [count]).values }

    package func linear(_ name: String, inputs: Int, outputs: Int, bias: Bool = true) throws -> Linear {
        // Old checkpoints keep the projections of an attention as 1 × 1 convolutions.
        let shape = places[name + ".weight"].flatMap { files[$0].shape(of: name + ".weight") } ?? []
        let weight = try tensor(name + ".weight", shape.count == 4 ? [outputs, inputs, 1, 1] : [outputs, inputs])
        return Linear(weight: weight, bias: bias ? try vector(name + ".bias", outputs) : nil)
    }

    package func convolution(
        _ name: String, inputs: Int, outputs: Int, kernel: Int = 3, stride: Int = 1, padding: Int? = nil
    ) throws -> Convolution {
        Convolution(
            weight: try tensor(name + ".weight", [outputs, inputs, kernel, kernel]),
            bias: try vector(name + ".bias", outputs),
            stride: stride, padding: padding ?? (kernel - 1) / 2, filtered: true)
    }

    package func groupNorm(_ name: String, channels: Int, groups: Int, epsilon: Float) throws -> GroupNorm {
        guard groups > 0, channels % groups == 0 else {
            throw ModelFailure.configuration(
                path: folder + "/config.json", key: "norm_num_groups",
                reason: "does not divide the \(channels) channels of '\(name)'")
        }
        return GroupNorm(
            groups: groups, weight: try vector(name + ".weight", channels), bias: try vector(name + ".bias", channels),
            epsilon: epsilon)
    }

    package func layerNorm(_ name: String, channels: Int, epsilon: Float = 1e-5) throws -> LayerNorm {
        LayerNorm(
            weight: try vector(name + ".weight", channels), bias: try vector(name + ".bias", channels), epsilon: epsilon
        )
    }
}
