import Adaptation
import Files
import Foundation
import Yams

extension Topology {
    /// Reads a topology file; nothing is started, no picture is opened.
    ///
    /// - Parameters:
    ///   - overrides: `KEY=VALUE` with dotted keys, as of `--set`; applied before anything is checked.
    ///   - seed: replaces the file's.
    /// - Throws: ``TopologyError`` with every mistake of the file.
    package init(contentsOf path: String, overrides: [String] = [], seed: UInt64? = nil) throws {
        let text: String
        do { text = try TextFile.read(path) } catch {
            throw TopologyError([Problem(file: path, line: nil, key: "", message: error.reason)])
        }
        // A pipe lies in no folder that anything could be taken from: the working folder stands in.
        try self.init(yaml: text, path: path, isPlain: isPlainFile(path), overrides: overrides, seed: seed)
    }

    package init(yaml: String, path: String, overrides: [String] = [], seed: UInt64? = nil) throws {
        try self.init(yaml: yaml, path: path, isPlain: true, overrides: overrides, seed: seed)
    }

    private init(yaml: String, path: String, isPlain: Bool, overrides: [String], seed: UInt64?) throws {
        let findings = Findings(file: path)
        var root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw TopologyError([Problem.ofYAML(error, file: path)])
        }
        if let problem = root.flatMap(YAMLSize.problem) {
            throw TopologyError([Problem(file: path, line: nil, key: "", message: problem)])
        }
        root = root.map(mergingKeys)
        if root == nil || root?.mapping == nil {
            throw TopologyError([
                Problem(
                    file: path, line: 1, key: "", message: "expected a mapping of keys to values; the file holds none")
            ])
        }
        for override in overrides { root = applyOverride(override, to: root, findings: findings) }
        let folder = try absolutePath(isPlain ? (path as NSString).deletingLastPathComponent : "")
        let section = Section(path: "", node: root, findings: findings)
        self = Self.read(
            section, folder: folder,
            fallbackName: ((path as NSString).lastPathComponent as NSString).deletingPathExtension, seed: seed)
        checkReferences(section)
        if !findings.problems.isEmpty {
            throw TopologyError(findings.problems.sorted { ($0.line ?? .max) < ($1.line ?? .max) })
        }
        guard case .mapping(var resolved) = section.resolved else { return }
        resolved["seed"] = Node(String(self.seed))
        expandCopies()
        resolvedYAML = (try? Yams.serialize(node: .mapping(resolved))) ?? yaml
    }

    /// The one reading of the format: it fills the values, and what it asks for is the schema.
    package static func read(_ s: Section, folder: String, fallbackName: String, seed: UInt64?) -> Topology {
        let topology = Topology(
            name: s.text("name", default: fallbackName, "Name of the experiment."),
            note: s.text("note", "A sentence about it, shown in the report."),
            // The file's is read in any case: a key nobody asked for would count as unknown.
            seed: { seed ?? $0 }(
                UInt64(s.integer("seed", default: 1, in: 0...Int.max, "Seeds every random stream of the run."))),
            images: PhotoSource(s.section("images", "The photos to send."), folder: folder),
            nodes: s.entries("nodes", required: true, "The processes, by name.") { _ = NodeSettings("", $0) }
                .map { NodeSettings($0.name, $0.section) },
            bands: s.entries("bands", "Spectrum that links share, by name.") { _ = Band("", $0) }
                .map { Band($0.name, $0.section) },
            links: s.entries("links", required: true, "The links, by name.") {
                _ = LinkSettings("", $0, folder: folder)
            }
            .map { LinkSettings($0.name, $0.section, folder: folder) },
            scheme: Scheme(s.section("scheme", "How an image is sent."), folder: folder),
            controller: ControllerSettings(
                s.section(
                    "controller",
                    "Where the controller is reached, what it hears of the channel, and what it makes of it.")),
            models: Models(
                s.section("models", "Weights; those that come with the testbed where a key is absent."), folder: folder),
            timing: Timing(s.section("timing", "Bounds and charges of time."), folder: folder),
            events: s.list("events", "What happens when, from the start of the run.") { _ = TimedEvent.read($0) }
                .compactMap(TimedEvent.read),
            sweep: Sweep.read(s),
            expectations: ExpectedBound.read(s),
            resolvedYAML: "")
        s.finish()
        return topology
    }
}

extension PhotoSource {
    init(_ s: Section, folder home: String) {
        let path = s.path(
            "folder", required: true, from: home,
            "Folder of PNG, JPEG or PPM files, sent in the order of their names; relative to this file.")
        if path == nil { s.findings.report("images.folder", at: s.node, "is missing: expected a folder of photos") }
        folder = path ?? home
        count = s.integer(
            "count", default: nil, in: 1...1_000_000,
            "How many each transmitter sends; the folder is gone through again as needed.")
        longestSide = s.integer(
            "longestSide", default: nil, in: 16...16384, "Longer photos are scaled down to this many pixels.")
        interval = s.quantity(
            "interval", .duration, default: 0, least: 0, "Time between the starts of two images at one transmitter.")
        preencoded = s.flag(
            "preencoded", default: false,
            "Virtual runs: each photo is encoded once for each setting and measured without being drawn; no pictures are kept."
        )
        ahead = s.integer(
            "ahead", default: 0, in: 0...1000, "Images a transmitter may begin before the one before is through.")
        together = s.flag(
            "together", default: false,
            "Every transmitter's image k waits for the others' and goes with them, on the same coherence block.")
        if preencoded && together { s.report("together", "compares pictures, which a preencoded run does not keep") }
        s.finish()
        var isFolder: ObjCBool = false
        if let path, !FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) || !isFolder.boolValue {
            s.report("folder", "'\(path)' is no folder")
        }
    }
}

extension NodeSettings {
    package init(_ name: String, _ s: Section) {
        self.name = name
        role = s.choice("role", default: NodeKind.transmitter, required: true, "What the process does.")
        threads = s.integer("threads", default: 1, in: 1...256, "Threads that matrix products may use.")
        address = s.text("address", default: "127.0.0.1", "Address the sockets are bound to.")
        port = s.integer("port", default: 0, in: 0...65535, "First port taken; 0 lets the system choose free ones.")
        let words = s.words(
            "command",
            "Command that starts the node, for instance on another host; it gets the node's options appended.")
        // One text is a command line; a program whose path holds spaces is written as a list, or exists.
        command =
            words.count == 1 && !FileManager.default.fileExists(atPath: words[0])
            ? words[0].split(separator: " ").map(String.init) : words
        restart = s.choice("restart", default: RestartPolicy.never, "What follows when the process dies.")
        restartLimit = s.integer("restartLimit", default: 3, in: 1...1000, "How often it is started again at most.")
        copies = s.integer(
            "copies", default: 1, in: 1...100_000,
            "How many of it there are: NAME1, NAME2 and so on, each with a copy of the link that leaves it. Transmitters only."
        )
        if copies > 1, role != .transmitter { s.report("copies", "belongs to transmitters only") }
        joinsLater = s.flag("joinsLater", default: false, "Started by a join event only.")
        scheme = s.optionalChoice(
            "scheme", of: SchemeKind.self,
            "How this transmitter sends; as scheme.kind says where absent. Transmitters only.")
        if scheme != nil, role != .transmitter { s.report("scheme", "belongs to transmitters only") }
        s.finish()
    }
}

extension Models {
    init(_ s: Section, folder: String) {
        let library = ModelLibrary.standard
        codec = s.model(
            "codec", .codec, from: folder, library,
            "Codec weights: a model's name or safetensors with CompressAI's names.")
        classifier =
            s.model(
                "classifier", .classifier, default: library.defaultClassifier, from: folder, library,
                "Classifier weights: a model's name, or safetensors with the names of torchvision's ResNets or of EfficientNet-Lite."
            )
        classNames = s.path("classNames", from: folder, "Class names, one a line.")
        s.finish()
        for (key, path) in [("codec", codec), ("classifier", classifier), ("classNames", classNames)] {
            if let path, path.hasPrefix("/"), !FileManager.default.fileExists(atPath: path) {
                s.report(key, "'\(path)' does not exist")
            }
        }
    }
}

extension Timing {
    /// Stages whose cost in the virtual run can be declared.
    package static let stages = ["describe", "analyse", "profile", "encode", "decode", "inpaint", "decide"]

    package init(_ s: Section, folder: String) {
        latenessBound = s.quantity(
            "latenessBound", .duration, default: 0.002, least: 0, exclusive: true,
            "p99 of release lateness beyond which the run is invalid.")
        spin = s.quantity(
            "spin", .duration, default: 1e-3, least: 0, most: 0.1,
            "How long before a release the channel node stops sleeping and spins, at most; it learns what the machine needs."
        )
        grace = s.quantity(
            "grace", .duration, default: 0.1, least: 0, most: 3600,
            "Wait beyond the deadline before an image is concluded.")
        charge = s.choice("charge", default: ComputeCharge.declared, "What computing costs in the virtual run.")
        limit = s.quantity(
            "limit", .duration, default: nil, least: 0, exclusive: true, "The run ends after this long at the latest.")
        controlDelay = s.quantity(
            "controlDelay", .duration, default: 0.0001, least: 0, most: 60,
            "Virtual runs: what a control message takes.")
        recording = s.path(
            "recording", from: folder,
            "Virtual runs: folder of a run whose stage timings are charged, with charge: measured.")
        packets = s.flag("packets", default: true, "Whether every packet is recorded.")
        let costs = s.section("declared", "Cost of each stage in the virtual run.")
        let usual = [
            "describe": 0.03, "analyse": 0.08, "profile": 0.02, "encode": 0.005, "decode": 0.06, "inpaint": 1.0,
            "decide": 0,
        ]
        declared = [:]
        if charge == .measured, recording == nil {
            s.report("charge", "is measured: it needs 'recording', the folder of a run")
        }
        if let recording, !FileManager.default.fileExists(atPath: "\(recording)/records") {
            s.report("recording", "'\(recording)' is no run folder")
        }
        for stage in Self.stages {
            let cost: Double = usual[stage] ?? 0
            declared[stage] = costs.quantity(stage, .duration, default: cost, least: 0, "Cost of the stage.") as Double
        }
        costs.finish()
        s.finish()
    }
}
