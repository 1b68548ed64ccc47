import Adaptation
import Channels
import Fidelity
import Files
import Foundation
import HyperpriorCodec
import ImagePipeline
import Imaging
import Inpainting
import Processes
import Roles
import Semantics
import Topologies
import VirtualTime

/// What a run will work on, every part of it read once: what `check` says is in order can be begun.
package struct Preflight: Sendable {
    /// The photos of each transmitter, in the order of sending.
    package let photos: [String: [String]]
    /// What chooses (α, Φ) for each transmitter.
    package let policies: [String: Policy]
    /// One line for each photo that is left out or shows damage.
    package let warnings: [String]
    /// One line for each event that contradicts another or comes too late.
    package let doubts: [String]

    /// Reads whatever the run will read: weights, class list, filling, photos, captions, maps, traces, policy table;
    /// and looks for the programs it will start.
    ///
    /// - Throws: ``InputError`` or the file's own error, naming it.
    package init(_ topology: Topology) throws {
        try topology.checkModels()
        try topology.checkPrograms()
        for link in topology.links { _ = try LinkConfiguration(link, in: topology, trace: link.channel.readTrace()) }
        _ = try StageCharges(topology.timing)
        policies = try topology.policies()
        let plan = try PhotoPlan(topology)
        (warnings, photos) = (plan.warnings, plan.photos)
        doubts = EventDoubts(topology, photos: photos).lines
    }
}

extension Topology {
    /// Weights, class list and filling as the nodes will load them, and whether the settings fit them.
    func checkModels() throws {
        let catalogue = try Catalogue(path: models.codec)
        let slice = try Catalogue.leastSlicePayload(path: models.codec)
        for place in schemePlaces {
            try checkSlices(place.scheme, place.key, least: slice)
            try checkRates(place.scheme, place.key, catalogue.rateCount)
        }
        for event in events {
            if case .set(let key, let value) = event.kind, SchemeChange(key: key)?.key == .rate {
                try checkRate("events.set \(key)", Int(value), catalogue.rateCount)
            }
        }
        var checked: [(Models, Classifier)] = []
        for node in transmitters {
            let models = models(of: node)
            let classifier =
                try checked.first { $0.0 == models }?.1
                ?? Classifier(weights: models.classifier, classNames: models.classNames)
            checked.append((models, classifier))
            if case .named(let labels) = LabelChoice((node.scheme ?? scheme).labels) {
                for label in labels { _ = try classifier.names.index(ofNameOrNumber: label) }
            }
        }
        for name in Set(fillings.values.flatMap { $0.values.map(\.inpaint) }).sorted() {
            _ = try Inpainter(named: name)
        }
    }

    /// The topology's scheme and those of nodes that state one of their own, each with its key, and whether any of its
    /// transmitters is started on this host.
    private var schemePlaces: [(key: String, scheme: Scheme, isHere: Bool)] {
        let others = transmitters.filter { $0.scheme == nil }
        return [("scheme", scheme, others.isEmpty || others.contains { !$0.isDistant })]
            + transmitters.compactMap { node in
                guard node.copyNumber == 1 else { return nil }
                return node.scheme.map { ("nodes.\(node.original).scheme", $0, !node.isDistant) }
            }
    }

    /// Whether a slice can hold what the codec may put into one.
    ///
    /// - Throws: ``InputError``, or the weights' own error, which names the file.
    private func checkSlices(_ scheme: Scheme, _ key: String, least: Int) throws {
        guard scheme.slicePayload >= least else {
            throw InputError(
                """
                \(key).slicePayload is \(scheme.slicePayload): a cell of \(models.codec ?? "the shipped codec") \
                may take \(least) bytes; expected \(least) to 1100
                """
            )
        }
    }

    private func checkRate(_ key: String, _ rate: Int?, _ count: Int) throws {
        guard let rate, !(1...count).contains(rate) else { return }
        throw InputError(
            "\(key) is \(rate): \(models.codec ?? "the shipped codec") counts its rates from 1 to \(count)")
    }

    /// Rates the codec has.
    private func checkRates(_ scheme: Scheme, _ key: String, _ count: Int) throws {
        try checkRate("\(key).rate", scheme.rate, count)
        try checkRate("\(key).lowestRate", scheme.lowestRate, count)
        try checkRate("\(key).highestRate", scheme.highestRate, count)
        for (index, entry) in (scheme.policyTable?.entries ?? []).enumerated() {
            try checkRate("\(key).policyTable[\(index)].rate", entry.rate, count)
        }
        if scheme.policy == .algorithm1 || scheme.policy == .thresholdTable, let file = scheme.policyFile {
            let table = try Scheme.readPolicyTable(file)
            for entry in table.entries where entry.alpha.count > count || table.minimalRate > count {
                throw InputError(
                    "\(file): made for a codec of \(max(entry.alpha.count, table.minimalRate)) rates; "
                        + "this one has \(count)"
                )
            }
        }
    }

    /// A program that works in the topology's folder.
    private func checkProgram(_ key: String, _ words: [String]) throws {
        guard let word = words.first else { return }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: workingFolder, isDirectory: &isFolder), isFolder.boolValue else {
            throw InputError("workingFolder: '\(workingFolder)' is no folder")
        }
        try Self.expectProgram(key, word.contains("/") ? absolutePath(word, from: workingFolder) : word)
    }

    private static func expectProgram(_ key: String, _ word: String) throws {
        guard Program.find(word) != nil else { throw InputError("\(key): '\(word)' is no program that can be run") }
    }

    /// The programs that the run will start.

    fileprivate func checkPrograms() throws {
        for node in nodes {
            guard let program = node.launch?.means.program else { continue }
            try Self.expectProgram("nodes.\(node.name).launch", program)
        }
        for node in nodes {
            guard let program = node.command.first else { continue }
            try Self.expectProgram("nodes.\(node.name).command", program)
        }
        for (key, scheme, isHere) in schemePlaces {
            if scheme.policy == .external { try checkProgram("\(key).policyCommand", scheme.policyCommand) }
            // A line for the shell: its first word is a program where the shell would not make something else of it.
            if isHere, scheme.caption == .captioner, let line = scheme.captioner?.command,
                let word = Program.firstWord(of: line)
            {
                try checkProgram("\(key).captioner", [word])
            }
        }
        try checkCodecs()
    }

    /// The programs of external codecs, on this host: a node that a command starts has its own elsewhere.
    private func checkCodecs() throws {
        func key(_ transmitter: String) -> String {
            node(transmitter)?.scheme == nil ? "scheme" : "nodes.\(node(transmitter)?.original ?? transmitter).scheme"
        }
        for node in transmitters where node.command.isEmpty && !node.isDistant {
            guard let codec = (node.scheme ?? scheme).codec else { continue }
            try checkProgram("\(key(node.name)).encode", codec.encode)
        }
        for node in nodes where node.role == .receiver && node.command.isEmpty && !node.isDistant {
            for (transmitter, scheme) in (fillings[node.name] ?? [:]).sorted(by: { $0.key < $1.key }) {
                guard let codec = scheme.codec else { continue }
                try checkProgram("\(key(transmitter)).decode", codec.decode)
            }
        }
    }

    /// What chooses (α, Φ) for each transmitter.
    ///
    /// - Throws: ``InputError`` naming a file that is none.
    package func policies() throws -> [String: Policy] {
        var policies: [String: Policy] = [:]
        for (scheme, transmitters) in schemes {
            let policy = try scheme.chooser()
            for name in transmitters { policies[name] = policy }
        }
        return policies
    }
}

extension Scheme {
    fileprivate static func readPolicyTable(_ path: String) throws -> PolicyTable {
        do {
            let table = try JSONDecoder().decode(PolicyTable.self, from: Data(TextFile.read(path).utf8))
            guard table.isConsistent else {
                throw InputError("\(path): a policy table whose entries do not fit each other")
            }
            return table
        } catch let error as FileFailure { throw error } catch let error as InputError { throw error } catch {
            throw InputError("\(path): not a policy table as 'testbed optimize' writes it")
        }
    }

    /// The policy the scheme names, with what it reads from files.
    ///
    /// - Throws: ``InputError`` naming the file.
    fileprivate func chooser() throws -> Policy {
        switch policy {
        case .optimal: .optimal(constraints)
        case .fixed: .fixed(alpha: alpha, rate: rate ?? 1)
        case .external: .external(command: policyCommand)
        case .algorithm1: .algorithm1(try Self.readPolicyTable(policyFile ?? ""))
        case .thresholdTable:
            .thresholdTable(try policyTable ?? ThresholdTable(Self.readPolicyTable(policyFile ?? "")))
        }
    }
}
