import Neural

/// Where the tensors of an EfficientNet-Lite lie: the package `efficientnet-lite-pytorch` numbers the blocks through
/// (`_blocks.7._expand_conv`), timm numbers them within their stage (`blocks.3.1.conv_pw`).
enum EfficientNetworkNames: Sendable {
    case flat
    case staged

    struct Block {
        let expand: String?
        let expandNorm: String?
        let depthwise: String
        let depthwiseNorm: String
        let project: String
        let projectNorm: String
    }

    /// nil where the file is another architecture's.
    init?(_ file: SafeTensors) {
        if file.shape(of: "_conv_stem.weight") != nil {
            self = .flat
        } else if file.shape(of: "conv_stem.weight") != nil {
            self = .staged
        } else {
            return nil
        }
    }

    var stem: (convolution: String, norm: String) { self == .flat ? ("_conv_stem", "_bn0") : ("conv_stem", "bn1") }
    var head: (convolution: String, norm: String) { self == .flat ? ("_conv_head", "_bn1") : ("conv_head", "bn2") }
    var classifier: String { self == .flat ? "_fc" : "classifier" }

    /// The blocks' prefixes, stage by stage. Where they are numbered through, a stage begins with a block that changes
    /// the number of channels.
    func stages(_ file: SafeTensors) throws -> [[String]] {
        let names = file.names
        func exists(_ prefix: String) -> Bool { names.contains { $0.hasPrefix(prefix + ".") } }
        if self == .staged {
            return (0..<Self.most).lazy.map { stage in
                (0..<Self.most).lazy.map { "blocks.\(stage).\($0)" }.prefix(while: exists).map { $0 }
            }.prefix { !$0.isEmpty }.map { $0 }
        }
        var stages: [[String]] = []
        var width = file.shape(of: stem.convolution + ".weight")?.first ?? 0
        for index in 0..<Self.most {
            let prefix = "_blocks.\(index)"
            guard exists(prefix) else { break }
            let projection = prefix + "._project_conv.weight"
            guard let outputs = file.shape(of: projection)?.first else {
                throw SafeTensors.Failure.missing(path: file.path, name: projection)
            }
            if outputs != width || stages.isEmpty { stages.append([]) }
            stages[stages.count - 1].append(prefix)
            width = outputs
        }
        return stages
    }

    func block(_ prefix: String, _ file: SafeTensors) -> Block {
        func at(_ name: String) -> String { prefix + "." + name }
        if self == .flat {
            return Block(
                expand: at("_expand_conv"), expandNorm: at("_bn0"), depthwise: at("_depthwise_conv"),
                depthwiseNorm: at("_bn1"),
                project: at("_project_conv"), projectNorm: at("_bn2"))
        }
        // A block of timm's that does not expand calls its projection what others call the expansion.
        let expands = file.shape(of: at("conv_pwl") + ".weight") != nil
        return Block(
            expand: expands ? at("conv_pw") : nil, expandNorm: expands ? at("bn1") : nil, depthwise: at("conv_dw"),
            depthwiseNorm: at(expands ? "bn2" : "bn1"), project: at(expands ? "conv_pwl" : "conv_pw"),
            projectNorm: at(expands ? "bn3" : "bn2"))
    }

    /// More blocks than any network has.
    private static let most = 1000
}
