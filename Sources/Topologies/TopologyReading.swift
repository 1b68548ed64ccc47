import Declarations
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
        let diagnostics = Diagnostics(file: path)
        var root: Node?
        do { root = try YAMLTree.read(yaml, file: path) } catch { throw TopologyError([error]) }
        root = root.map { NodeShorthands.written($0, diagnostics) }
        if root == nil || root?.mapping == nil {
            throw TopologyError([
                Problem(
                    file: path, line: 1, key: "", message: "expected a mapping of keys to values; the file holds none")
            ])
        }
        for override in overrides { root = applyOverride(override, to: root, diagnostics: diagnostics) }
        let folder = try absolutePath(isPlain ? (path as NSString).deletingLastPathComponent : "")
        let section = YAMLSection(path: "", node: root, diagnostics: diagnostics)
        self = Self.read(
            section, folder: folder,
            fallbackName: ((path as NSString).lastPathComponent as NSString).deletingPathExtension, seed: seed)
        checkReferences(section)
        if !diagnostics.problems.isEmpty {
            throw TopologyError(diagnostics.problems.sorted { ($0.line ?? .max) < ($1.line ?? .max) })
        }
        expandCopies()
        (resolvedYAML, outcomeYAML) = (text(section, outcome: false) ?? yaml, text(section, outcome: true) ?? yaml)
    }

    private func text(_ section: YAMLSection, outcome: Bool) -> String? {
        guard case .mapping(var resolved) = section.resolved(outcome: outcome) else { return nil }
        resolved["seed"] = Node(String(seed))
        return try? Yams.serialize(node: .mapping(resolved))
    }

    /// The one reading of the format: it fills the values, and what it asks for is the schema.
    package static func read(_ s: YAMLSection, folder: String, fallbackName: String, seed: UInt64?) -> Topology {
        let whole = CommonParts(scheme: s.mapping?["scheme"], images: s.mapping?["images"], folder: folder)
        let topology = Topology(
            name: s.text("name", default: fallbackName, "Name of the experiment."),
            note: s.text("note", "A sentence about it, shown in the report."),
            // The file's is read in any case: a key nobody asked for would count as unknown.
            seed: { seed ?? $0 }(
                UInt64(s.integer("seed", default: 1, in: 0...Int.max, "Seeds every random stream of the run."))),
            workingFolder: s.path(
                "workingFolder", default: folder, from: folder,
                """
                Working folder of every captioner, policy and codec: relative paths of the program and of its \
                arguments are taken from it; a bare name of a program is looked up on the PATH. \
                The folder of this file where absent. A node on another host has its programs there, and they work in \
                its own working folder.
                """
            ) ?? folder,
            keep: s.choice(
                "keep", default: Kept.pictures,
                """
                What stays of the run's folder. pictures: all of it; records: all but the pictures, which the report \
                then lacks; figures: report without pictures, database, images.csv and metadata, but not the nodes' \
                records. Eight photos of the quickstart leave 10.4 MB, 0.64 MB or 0.58 MB.
                """
            ),
            images: PhotoSource(
                s.section("images", "The photos to send."), folder: folder,
                needsFolder: !NodeShorthands.everyTransmitterHasPhotos(s.mapping?["nodes"])),
            nodes: s.entries("nodes", required: true, "The processes, by name.") { _ = NodeSettings("", $0, whole) }
                .map { NodeSettings($0.name, $0.section, whole) },
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
                s.section("models", "Weights; those that come with the testbed where a key is absent."),
                folder: folder),
            timing: Timing(s.section("timing", "Bounds and charges of time."), folder: folder),
            events: s.list("events", "What happens when, from the start of the run.") { _ = TimedEvent.read($0) }
                .compactMap(TimedEvent.read),
            sweep: Sweep.read(s),
            expectations: ExpectedBound.read(s),
            resolvedYAML: "", outcomeYAML: "")
        s.finish()
        return topology
    }
}

extension Models {
    init(_ s: YAMLSection, folder: String) {
        let library = ModelLibrary.standard
        codec = s.model(
            "codec", .codec, from: folder, library,
            "Codec weights: a model's name or safetensors with CompressAI's names.")
        classifier =
            s.model(
                "classifier", .classifier, default: library.defaultClassifier, from: folder, library,
                "Classifier weights: a model's name, or safetensors with the names of torchvision's ResNets or "
                    + "of EfficientNet-Lite."
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

    package init(_ s: YAMLSection, folder: String) {
        latenessBound = s.quantity(
            "latenessBound", .duration, default: 0.002, least: 0, exclusive: true,
            "p99 of release lateness beyond which the run is invalid.")
        spin = s.quantity(
            "spin", .duration, default: 1e-3, least: 0, most: 0.1,
            "How long before a release the channel node stops sleeping and spins, at most; "
                + "it learns what the machine needs."
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
