import Adaptation
import Foundation
import Yams

extension Topology {
    /// Reads a topology file; nothing is started, no picture is opened.
    ///
    /// - Parameters:
    ///   - overrides: `KEY=VALUE` with dotted keys, as of `--set`; applied before anything is checked.
    ///   - seed: replaces the file's.
    /// - Throws: ``TopologyError`` with every mistake of the file.
    public init(contentsOf path: String, overrides: [String] = [], seed: UInt64? = nil) throws {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            var folder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: path, isDirectory: &folder)
            let reason = !exists ? "no such file" : folder.boolValue ? "is a folder, expected a topology file" : "cannot be read as UTF-8 text"
            throw TopologyError([Problem(file: path, line: nil, key: "", message: reason)])
        }
        try self.init(yaml: text, path: path, overrides: overrides, seed: seed)
    }

    public init(yaml: String, path: String, overrides: [String] = [], seed: UInt64? = nil) throws {
        let findings = Findings(file: path)
        var root: Node?
        do {
            root = try Yams.compose(yaml: yaml).map(mergingKeys)
        } catch {
            throw TopologyError([Problem.ofYAML(error, file: path)])
        }
        if root == nil || root?.mapping == nil {
            throw TopologyError([Problem(file: path, line: 1, key: "", message: "expected a mapping of keys to values; the file holds none")])
        }
        for override in overrides { root = applyOverride(override, to: root, findings: findings) }
        let folder = absolutePath((path as NSString).deletingLastPathComponent, from: FileManager.default.currentDirectoryPath)
        let section = Section(path: "", node: root, findings: findings)
        self = Self.read(section, folder: folder, fallbackName: ((path as NSString).lastPathComponent as NSString).deletingPathExtension, seed: seed)
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
    static func read(_ s: Section, folder: String, fallbackName: String, seed: UInt64?) -> Topology {
        let topology = Topology(
            name: s.text("name", default: fallbackName, "Name of the experiment.")!,
            note: s.text("note", "A sentence about it, shown in the report."),
            // The file's is read in any case: a key nobody asked for would count as unknown.
            seed: { seed ?? $0 }(UInt64(s.integer("seed", default: 1, in: 0...Int.max, "Seeds every random stream of the run.")!)),
            images: PhotoSource(s.section("images", "The photos to send."), folder: folder),
            nodes: s.entries("nodes", required: true, "The processes, by name.") { _ = NodeSettings("", $0) }
                .map { NodeSettings($0.name, $0.section) },
            bands: s.entries("bands", "Spectrum that links share, by name.") { _ = Band("", $0) }
                .map { Band($0.name, $0.section) },
            links: s.entries("links", required: true, "The links, by name.") { _ = LinkSettings("", $0, folder: folder) }
                .map { LinkSettings($0.name, $0.section, folder: folder) },
            scheme: Scheme(s.section("scheme", "How an image is sent."), folder: folder),
            controller: ControllerSettings(s.section("controller", "Where the controller is reached, what it hears of the channel, and what it makes of it.")),
            models: Models(s.section("models", "Weights; those that come with the testbed where a key is absent."), folder: folder),
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
        let path = s.path("folder", from: home, "Folder of PNG, JPEG or PPM files, sent in the order of their names; relative to this file.")
        if path == nil { s.findings.report("images.folder", at: s.node, "is missing: expected a folder of photos") }
        folder = path ?? home
        count = s.integer("count", default: nil, in: 1...1_000_000, "How many each transmitter sends; the folder is gone through again as needed.")
        longestSide = s.integer("longestSide", default: nil, in: 16...16384, "Longer photos are scaled down to this many pixels.")
        interval = s.quantity("interval", .duration, default: 0, least: 0, "Time between the starts of two images at one transmitter.")!
        preencoded = s.flag("preencoded", default: false, "Virtual runs: each photo is encoded once for each setting and measured without being drawn; no pictures are kept.")
        ahead = s.integer("ahead", default: 0, in: 0...1000, "Images a transmitter may begin before the one before is through.")!
        together = s.flag("together", default: false, "Every transmitter's image k waits for the others' and goes with them, on the same coherence block.")
        if preencoded && together { s.report("together", "compares pictures, which a preencoded run does not keep") }
        s.finish()
        var isFolder: ObjCBool = false
        if let path, !FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) || !isFolder.boolValue {
            s.report("folder", "'\(path)' is no folder")
        }
    }
}

extension NodeSettings {
    init(_ name: String, _ s: Section) {
        self.name = name
        role = s.choice("role", default: NodeKind.transmitter, required: true, "What the process does.")
        threads = s.integer("threads", default: 1, in: 1...256, "Threads that matrix products may use.")!
        address = s.text("address", default: "127.0.0.1", "Address the sockets are bound to.")!
        port = s.integer("port", default: 0, in: 0...65535, "First port taken; 0 lets the system choose free ones.")!
        let words = s.words("command", "Command that starts the node, for instance on another host; it gets the node's options appended.")
        // One text is a command line; a program whose path holds spaces is written as a list, or exists.
        command = words.count == 1 && !FileManager.default.fileExists(atPath: words[0]) ? words[0].split(separator: " ").map(String.init) : words
        restart = s.choice("restart", default: RestartPolicy.never, "What follows when the process dies.")
        restartLimit = s.integer("restartLimit", default: 3, in: 1...1000, "How often it is started again at most.")!
        copies = s.integer("copies", default: 1, in: 1...100_000, "How many of it there are: NAME1, NAME2 and so on, each with a copy of the link that leaves it. Transmitters only.")!
        if copies > 1, role != .transmitter { s.report("copies", "belongs to transmitters only") }
        joinsLater = s.flag("joinsLater", default: false, "Started by a join event only.")
        scheme = s.optionalChoice("scheme", of: SchemeKind.self, "How this transmitter sends; as scheme.kind says where absent. Transmitters only.")
        if scheme != nil, role != .transmitter { s.report("scheme", "belongs to transmitters only") }
        s.finish()
    }
}

extension Band {
    init(_ name: String, _ s: Section) {
        self.name = name
        bandwidth = s.quantity("bandwidth", .frequency, default: 1e6, required: true, least: 0, exclusive: true, "Bandwidth in all.")!
        scheduler = s.choice("scheduler", default: BandScheduler.roundRobin, "Who goes next.")
        s.finish()
    }
}

extension LinkSettings {
    init(_ name: String, _ s: Section, folder: String) {
        self.name = name
        from = s.text("from", default: "", required: true, "Node that sends.")!
        to = s.words("to", required: true, "Node that receives, or a list of them.")
        through = s.text("through", default: "", required: true, "Channel node that plays the link.")!
        band = s.text("band", "Shared band; the link then has no bandwidth of its own.")
        fadesLike = s.text("fadesLike", "Link whose fading, losses and missed reports this one repeats, draw for draw; for comparisons on one channel.")
        priority = s.integer("priority", default: 0, in: -1000...1000, "Larger goes first under the priority scheduler.")!
        channel = ChannelSettings(s, folder: folder, banded: band != nil)
        s.finish()
    }
}

extension ChannelSettings {
    init(_ s: Section, folder: String, banded: Bool) {
        model = s.choice("model", default: FadingModel.awgn, "Law of the channel gain.")
        bandwidth = s.quantity("bandwidth", .frequency, default: 1e6, required: !banded, least: 0, exclusive: true, "Bandwidth B of C = B·log2(1 + SNR).")!
        let chosen = model
        snr = s.quantity("snr", .level, default: 10, required: chosen != .trace, least: -100, most: 100, "Mean receive SNR.")!
        coherence = s.quantity("coherence", .duration, default: nil, least: 1e-6, "Length of a coherence block.")
        if coherence == nil, ![.awgn, .trace].contains(chosen) {
            s.report("coherence", "is missing: a \(chosen.rawValue) channel needs one, a duration such as '200 ms'")
        }
        /// Keys that belong to some models only: a value that would be ignored is a mistake.
        func only(_ key: String, _ models: FadingModel...) {
            guard !models.contains(chosen) else { return }
            s.omit(key)
            if s.has(key) {
                s.report(key, "has no meaning for model '\(chosen.rawValue)'; it belongs to \(models.map(\.rawValue).joined(separator: ", "))")
            }
        }
        riceFactor = s.quantity("riceFactor", .level, default: 6, least: -60, most: 60, "Rice factor K.")!
        only("riceFactor", .rice)
        shape = s.number("shape", default: 1, in: 0.5...1000, "Nakagami's m.")!
        only("shape", .nakagami)
        let speed = s.quantity("speed", .speed, default: nil, least: 0, "Speed of the receiver; with a carrier it gives the Doppler frequency.")
        let carrier = s.quantity("carrier", .frequency, default: nil, least: 0, exclusive: true, "Carrier frequency.")
        let given = s.quantity("doppler", .frequency, default: nil, least: 0, "Largest Doppler frequency.")
        only("speed", .jakes, .tdl)
        only("carrier", .jakes, .tdl)
        only("doppler", .jakes, .tdl)
        if given == nil, [.jakes].contains(chosen), speed == nil || carrier == nil {
            s.report("doppler", "is missing: a \(chosen.rawValue) channel needs 'doppler', or 'speed' and 'carrier'")
        }
        doppler = given ?? (speed ?? 0) * (carrier ?? 0) / 299_792_458
        correlation = s.number("correlation", default: 0.9, in: 0...1, "Correlation of successive blocks.")!
        only("correlation", .gaussMarkov)
        shadowing = s.quantity("shadowing", .level, default: 0, least: 0, most: 40, "Standard deviation of log-normal shadowing.")!
        shadowingBlocks = s.number("shadowingBlocks", default: 10, in: 0...1e6, "Blocks over which shadowing decorrelates to 1/e.")!
        profile = s.choice("profile", default: TapProfile.a, "Power-delay profile of 3GPP TR 38.901.")
        only("profile", .tdl)
        delaySpread = s.quantity("delaySpread", .duration, default: 100e-9, least: 0, "Root mean square delay spread.")!
        only("delaySpread", .tdl)
        trace = s.path("trace", from: folder, "File of the trace.")
        only("trace", .trace)
        traceFormat = s.choice("traceFormat", default: TraceFormat.mahimahi, "How the trace is to be read.")
        only("traceFormat", .trace)
        if chosen == .trace, trace == nil { s.report("trace", "is missing: a trace channel needs a file") }
        if let trace, !FileManager.default.fileExists(atPath: trace) { s.report("trace", "'\(trace)' does not exist") }
        loss = s.quantity("loss", .share, default: 0, least: 0, most: 1, "Probability that a packet is lost.")!
        corruption = s.quantity("corruption", .share, default: 0, least: 0, most: 1, "Probability that a packet's bits are changed.")!
        duplication = s.quantity("duplication", .share, default: 0, least: 0, most: 1, "Probability that a packet comes twice.")!
        reordering = s.quantity("reordering", .share, default: 0, least: 0, most: 1, "Probability that a packet is held back until others have overtaken it.")!
        reorderingDistance = s.integer("reorderingDistance", default: 3, in: 1...4096, "How many packets overtake it.")!
        reorderingPatience = s.quantity("reorderingPatience", .duration, default: 0.02, least: 0, most: 3600, "How long it waits for them at most.")!
        delay = s.quantity("delay", .duration, default: 0, least: 0, most: 3600, "Propagation delay.")!
        jitter = s.quantity("jitter", .duration, default: 0, least: 0, most: 3600, "Largest random delay on top.")!
        let burst = s.section("burst", "Gilbert–Elliott loss.")
        let enter = burst.quantity("enter", .share, default: 0, least: 0, most: 1, "Probability, per packet, of turning bad.")!
        let leave = burst.quantity("leave", .share, default: 1, least: 0, most: 1, "Probability, per packet, of turning good again.")!
        let good = burst.quantity("good", .share, default: 0, least: 0, most: 1, "Loss while good.")!
        let bad = burst.quantity("bad", .share, default: 1, least: 0, most: 1, "Loss while bad.")!
        burst.finish()
        if burst.mapping == nil { s.omit("burst") }
        self.burst = burst.mapping == nil ? nil : BurstLoss(enter: enter, leave: leave, good: good, bad: bad)
        queueBytes = s.quantity("queueBytes", .size, default: nil, least: 1, "Largest queue in bytes.").map { Int($0) }
        queuePackets = s.integer("queuePackets", default: nil, in: 1...10_000_000, "Largest queue in packets.")
        queue = s.choice("queue", default: QueueDiscipline.dropTail, "Which packet goes when the queue is full.")
    }
}

extension Scheme {
    init(_ s: Section, folder: String) {
        kind = s.choice("kind", default: SchemeKind.proposed, "What is sent: critical cells and the prompt, the whole picture by the same coder, by JPEG 2000, or the prompt alone.")
        policy = s.choice("policy", default: PolicyName.optimal, "Rule that chooses the threshold and the rate.")
        policyFile = s.path("policyFile", from: folder, "Table of the algorithm1 or threshold-table policy, as testbed optimize writes it.")
        policyTable = ThresholdTable.read(s)
        policyCommand = s.words("policyCommand", "Program of the external policy, with its arguments; a relative path is taken from this file's folder.")
        policyTimeLimit = s.quantity("policyTimeLimit", .duration, default: 2, least: 0, most: 600, exclusive: true, "Time the external policy may take for an answer.")!
        policyFallback = s.choice("policyFallback", default: PolicyFallback.end, "What follows when the external policy fails: the run ends, or the optimum or the prompt alone stands in.")
        objective = s.choice("objective", default: Objective.gvif, "What the optimal policy maximises.")
        minimumMaskPSNR = s.quantity("minimumMaskPSNR", .level, default: nil, least: 0, most: 100, "Least mask PSNR that a rate must reach on the image at hand (31c); none where absent.")
        infeasible = s.choice("infeasible", default: Constraints.Fallback.leastBad, "What happens to an image for which nothing keeps all bounds.")
        budget = s.quantity("budget", .duration, default: 0.03, least: 0, exclusive: true, "Latency budget T_max of the air.")!
        alpha = Float(s.number("alpha", default: 0.5, in: 0...1, "Threshold of the fixed policy, first one of algorithm1.")!)
        alphaMax = Float(s.number("alphaMax", default: 0.8, in: 0...1, "Largest threshold (α_th).")!)
        rate = s.integer("rate", default: nil, in: 1...1000, "Rate of the fixed policy, counted from 1, the lowest.")
        lowestRate = s.integer("lowestRate", default: 1, in: 1...1000, "Lowest rate that may be chosen.")!
        highestRate = s.integer("highestRate", default: nil, in: 1...1000, "Highest rate that may be chosen.")
        accounting = s.choice("accounting", default: Accounting.payload, "Which bits the channel drains.")
        let fill = s.text("inpaint", default: "none", "How missing regions are filled: none, harmonic, default, or a diffusers folder.")!
        inpaint = Scheme.fills.contains(fill) ? fill : absolutePath(fill, from: folder)
        steps = s.integer("steps", default: 31, in: 1...1000, "Diffusion steps.")!
        guidance = s.number("guidance", default: nil, in: 0...100, "Weight of the prompt (classifier-free guidance); up to 1 is none; absent: the model's own.").map { Float($0) }
        strength = s.number("strength", default: nil, in: 0.01...1, "Share of the noise schedule that a filling walks back; absent: the model's own.").map { Float($0) }
        inpaintBudget = s.quantity("inpaintBudget", .duration, default: nil, least: 0, exclusive: true, "Time for filling one image; steps are dropped to keep it.")
        visualNoise = s.number("visualNoise", default: 0.1, in: 1e-9...1e9, "γ² of the GVIF.")!
        let program = s.text("captioner", "Program that gets a photo's path as its last argument and prints a caption.")
        let patience = s.quantity("captionerLimit", .duration, default: Captioner.usualPatience, least: 0, exclusive: true, "Time it has for one photo; after that the label's caption is used.")!
        captioner = program.map { Captioner(command: $0, patience: patience) }
        caption = s.choice("caption", default: program == nil ? CaptionSource.either : .captioner, "Where the prompt comes from.")
        labels = s.words("label", "Class names whose maps make the importance; the top class where absent.")
        importance = s.path("importance", from: folder, "Importance maps of one's own instead: a folder of NAME.png or NAME.npy, or one map for all photos.")
        let size = s.text("backboneSize", default: "224", "Shorter side of the classifier's input in pixels, or native.")!
        backboneSize = size == "native" ? nil : Int(size)
        if size != "native", (backboneSize ?? 0) < 32 || (backboneSize ?? 0) > 4096 {
            s.report("backboneSize", "is '\(size)': expected a number of pixels from 32 to 4096, or native")
        }
        regionAlpha = Float(s.number("regionAlpha", default: 0.5, in: 0...1, "Threshold of the fixed region of interest in tables.")!)
        slicePayload = s.integer("slicePayload", default: 1100, in: 64...1100, "Largest slice in bytes; one cell of the codec must fit (528 for the shipped one).")!
        retransmission = s.flag("retransmission", default: false, "Missing datagrams are asked for and sent again, as far as the budget goes.")
        reserve = s.quantity("reserve", .share, default: retransmission ? 0.1 : 0, least: 0, most: 0.9, "Share of the budget kept for sending again.")!
        minimumGVIF = s.number("minimumGVIF", default: 0, in: 0...1, "Least GVIF asked for.")!
        s.finish()
        if inpaint.hasPrefix("/"), !FileManager.default.fileExists(atPath: inpaint) { s.report("inpaint", "'\(inpaint)' is no folder; expected none, harmonic, default or a diffusers folder") }
        if caption == .captioner, captioner == nil { s.report("captioner", "is missing: captions are to come from a program") }
        if captioner != nil, caption != .captioner { s.report("caption", "is \(caption.rawValue), so that the captioner would never be asked") }
        if let importance, !FileManager.default.fileExists(atPath: importance) { s.report("importance", "'\(importance)' does not exist") }
        if importance != nil, !labels.isEmpty { s.report("importance", "and label exclude each other") }
        if let highestRate, highestRate < lowestRate { s.report("highestRate", "is \(highestRate), below lowestRate \(lowestRate)") }
        if let program = policyCommand.first, program.contains("/") {
            policyCommand[0] = absolutePath(program, from: folder)
            s.resettle("policyCommand", policyCommand)
            if !FileManager.default.isExecutableFile(atPath: policyCommand[0]) { s.report("policyCommand", "'\(policyCommand[0])' is no program that can be run") }
        }
        if policy == .algorithm1, policyFile == nil { s.report("policyFile", "is missing: the algorithm1 policy needs the table that 'testbed optimize' writes") }
        if let policyFile, !FileManager.default.fileExists(atPath: policyFile) { s.report("policyFile", "'\(policyFile)' does not exist") }
        if policy == .external, policyCommand.isEmpty { s.report("policyCommand", "is missing: the external policy needs a program") }
        if policy == .thresholdTable, (policyFile == nil) == (policyTable == nil) {
            s.report("policyTable", policyTable == nil ? "is missing: the threshold-table policy needs it, or a policyFile" : "and policyFile exclude each other")
        }
        if policy == .fixed, rate == nil { s.report("rate", "is missing: the fixed policy needs one") }
    }
}

extension Models {
    init(_ s: Section, folder: String) {
        codec = s.path("codec", from: folder, "Codec weights (safetensors, CompressAI's names).")
        classifier = s.path("classifier", from: folder, "Classifier weights (safetensors, torchvision's names).")
        classNames = s.path("classNames", from: folder, "Class names, one a line.")
        s.finish()
        for (key, path) in [("codec", codec), ("classifier", classifier), ("classNames", classNames)] {
            if let path, !FileManager.default.fileExists(atPath: path) { s.report(key, "'\(path)' does not exist") }
        }
    }
}

extension Timing {
    /// Stages whose cost in the virtual run can be declared.
    static let stages = ["describe", "analyse", "profile", "encode", "decode", "inpaint", "decide"]

    init(_ s: Section, folder: String) {
        latenessBound = s.quantity("latenessBound", .duration, default: 0.002, least: 0, exclusive: true, "p99 of release lateness beyond which the run is invalid.")!
        spin = s.quantity("spin", .duration, default: 1e-3, least: 0, most: 0.1, "How long before a release the channel node stops sleeping and spins, at most; it learns what the machine needs.")!
        grace = s.quantity("grace", .duration, default: 0.1, least: 0, most: 3600, "Wait beyond the deadline before an image is concluded.")!
        charge = s.choice("charge", default: ComputeCharge.declared, "What computing costs in the virtual run.")
        limit = s.quantity("limit", .duration, default: nil, least: 0, exclusive: true, "The run ends after this long at the latest.")
        controlDelay = s.quantity("controlDelay", .duration, default: 0.0001, least: 0, most: 60, "Virtual runs: what a control message takes.")!
        recording = s.path("recording", from: folder, "Virtual runs: folder of a run whose stage timings are charged, with charge: measured.")
        packets = s.flag("packets", default: true, "Whether every packet is recorded.")
        let costs = s.section("declared", "Cost of each stage in the virtual run.")
        let usual = ["describe": 0.03, "analyse": 0.08, "profile": 0.02, "encode": 0.005, "decode": 0.06, "inpaint": 1.0, "decide": 0]
        declared = [:]
        if charge == .measured, recording == nil { s.report("charge", "is measured: it needs 'recording', the folder of a run") }
        if let recording, !FileManager.default.fileExists(atPath: "\(recording)/records") { s.report("recording", "'\(recording)' is no run folder") }
        for stage in Self.stages { declared[stage] = costs.quantity(stage, .duration, default: usual[stage], least: 0, "Cost of the stage.")! }
        costs.finish()
        s.finish()
    }
}

extension ThresholdTable {
    /// `policyTable: [{snr: 0 dB, alpha: 0.7, rate: 6}, …]`, or by `budgetBits`.
    static func read(_ s: Section) -> ThresholdTable? {
        func entry(_ s: Section) -> (measure: Measure, entry: Entry)? {
            let snr = s.quantity("snr", .level, default: nil, "From this SNR up.")
            let bits = s.number("budgetBits", default: nil, in: 0...1e12, "From this budget in bits up.")
            let alpha = s.number("alpha", default: 0.5, in: 0...1, "Threshold.")!
            let rate = s.integer("rate", default: 1, in: 1...1000, "Rate, counted from 1.")!
            s.finish()
            guard s.node != nil else { return nil }
            for key in ["alpha", "rate"] where !s.has(key) { s.report(key, "is missing") }
            guard (snr == nil) != (bits == nil) else {
                s.report("snr", "expected each step to begin at an snr or at budgetBits")
                return nil
            }
            return (snr == nil ? .budgetBits : .snr, Entry(from: snr ?? bits ?? 0, alpha: Float(alpha), rate: rate))
        }
        let steps = s.list("policyTable", "Steps of the threshold-table policy.") { _ = entry($0) }.compactMap(entry)
        guard let first = steps.first else { return nil }
        if steps.contains(where: { $0.measure != first.measure }) { s.report("policyTable", "mixes steps of snr and of budgetBits; expected one of them") }
        return ThresholdTable(by: first.measure, entries: steps.map(\.entry))
    }
}
