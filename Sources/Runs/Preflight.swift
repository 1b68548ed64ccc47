import Adaptation
import Channels
import Fidelity
import Files
import Foundation
import HyperpriorCodec
import ImagePipeline
import Imaging
import Inpainting
import Roles
import Semantics
import Topologies
import VirtualTime

/// What a run will work on, every part of it read once: what `check` says is in order can be begun.
package struct Preflight: Sendable {
    /// The photos of each transmitter, in the order of sending.
    package let photos: [String: [String]]
    package let policy: Policy
    /// One line for each photo that is left out or shows damage.
    package let warnings: [String]

    /// Reads whatever the run will read: weights, class list, filling, photos, captions, maps, traces, policy table; and looks
    /// for the programs it will start.
    ///
    /// - Throws: ``InputError`` or the file's own error, naming it.
    package init(_ topology: Topology) throws {
        try topology.checkModels()
        try topology.checkPrograms()
        for link in topology.links { _ = try LinkConfiguration(link, in: topology, trace: link.channel.readTrace()) }
        _ = try StageCharges(topology.timing)
        policy = try topology.policy()
        let listing = try topology.readablePhotos()
        warnings = listing.leftOut + listing.damaged
        photos = topology.assigned(listing.paths)
    }
}

extension Topology {
    /// The photos every transmitter will send; what cannot be read is left out.
    ///
    /// - Throws: ``InputError`` or the photo's or map's own error, naming the file.
    package func photos() throws -> [String: [String]] {
        try checkModels()
        return assigned(try readablePhotos().paths)
    }

    fileprivate func assigned(_ files: [String]) -> [String: [String]] {
        let count = images.count ?? files.count
        var photos: [String: [String]] = [:]
        for (offset, node) in nodes.filter({ $0.role == .transmitter }).enumerated() {
            // Transmitters of one folder begin at different photos, unless they are to be compared.
            photos[node.name] = (0..<count).map { files[($0 + (images.together ? 0 : offset)) % files.count] }
        }
        return photos
    }

    fileprivate func readablePhotos() throws -> Photo.Listing {
        let transmitters = nodes.filter { $0.role == .transmitter }.count
        // Transmitters begin at different photos: with several, more than `count` photos are sent.
        let most = images.count.map { images.together ? $0 : $0 + transmitters - 1 } ?? .max
        let listing = try Photo.readable(in: images.folder, most: most) { file, picture in
            if let map = try scheme.importanceMap(of: file) {
                let photo = picture.bounded(longestSide: images.longestSide)
                let (rows, columns) = Catalogue.latentSize(width: photo.width, height: photo.height)
                do {
                    _ = try Importance(
                        map: map, rows: rows, columns: columns, imageWidth: photo.width, imageHeight: photo.height,
                        cell: Catalogue.cellSize)
                } catch { throw InputError("\(file): \(error)") }
            } else {
                let share = min(1, Double(images.longestSide ?? .max) / Double(max(picture.width, picture.height)))
                let width = max(1, Int((Double(picture.width) * share).rounded()))
                let height = max(1, Int((Double(picture.height) * share).rounded()))
                do { try BackboneSize(scheme.backboneSize).check(width: width, height: height) } catch {
                    throw InputError("\(file): \(error)")
                }
            }
            try checkCaption(of: file)
        }
        guard !listing.paths.isEmpty else {
            let causes = listing.leftOut.first.map { ": \($0)" } ?? ""
            throw InputError(
                "\(images.folder): holds no photos that can be read (\(Photo.extensions.sorted().joined(separator: ", ")))\(causes)"
            )
        }
        return listing
    }

    private func checkCaption(of file: String) throws {
        switch scheme.caption {
        case .sidecar:
            let path = Caption.sidecarPath(of: file)
            guard FileManager.default.fileExists(atPath: path) else {
                throw InputError("\(path): no such caption file (scheme.caption is sidecar)")
            }
            _ = try Caption.read(path)
        case .either: _ = try Caption.sidecar(of: file)
        case .label, .captioner: break
        }
    }

    /// Weights, class list and filling as the nodes will load them, and whether the settings fit them.
    fileprivate func checkModels() throws {
        try checkSlices()
        let catalogue = try Catalogue(path: models.codec)
        try checkRates(catalogue.rateCount)
        let classifier = try Classifier(weights: models.classifier, classNames: models.classNames)
        if case .named(let labels) = LabelChoice(scheme.labels) {
            for label in labels { _ = try classifier.names.index(ofNameOrNumber: label) }
        }
        if nodes.contains(where: { $0.role == .receiver }) { _ = try Inpainter(named: scheme.inpaint) }
    }

    /// Whether a slice can hold what the codec may put into one.
    ///
    /// - Throws: ``InputError``, or the weights' own error, which names the file.
    private func checkSlices() throws {
        let least = try Catalogue.leastSlicePayload(path: models.codec)
        guard scheme.slicePayload >= least else {
            throw InputError(
                "scheme.slicePayload is \(scheme.slicePayload): a cell of \(models.codec ?? "the shipped codec") may take \(least) bytes; expected \(least) to 1100"
            )
        }
    }

    /// Rates the codec has.
    private func checkRates(_ count: Int) throws {
        func check(_ key: String, _ rate: Int?) throws {
            guard let rate, !(1...count).contains(rate) else { return }
            throw InputError(
                "\(key) is \(rate): \(models.codec ?? "the shipped codec") counts its rates from 1 to \(count)")
        }
        try check("scheme.rate", scheme.rate)
        try check("scheme.lowestRate", scheme.lowestRate)
        try check("scheme.highestRate", scheme.highestRate)
        for (index, entry) in (scheme.policyTable?.entries ?? []).enumerated() {
            try check("scheme.policyTable[\(index)].rate", entry.rate)
        }
        for event in events {
            if case .set("scheme.rate", let value) = event.kind { try check("events.set scheme.rate", Int(value)) }
        }
        if scheme.policy == .algorithm1 || scheme.policy == .thresholdTable, let file = scheme.policyFile {
            let table = try readPolicyTable(file)
            for entry in table.entries where entry.alpha.count > count || table.minimalRate > count {
                throw InputError(
                    "\(file): made for a codec of \(max(entry.alpha.count, table.minimalRate)) rates; this one has \(count)"
                )
            }
        }
    }

    /// The programs that the run will start.
    private func checkProgram(_ key: String, _ words: [String]) throws {
        guard let word = words.first else { return }
        guard Program.find(word) != nil else { throw InputError("\(key): '\(word)' is no program that can be run") }
    }

    fileprivate func checkPrograms() throws {
        if scheme.policy == .external { try checkProgram("scheme.policyCommand", scheme.policyCommand) }
        for node in nodes where !node.command.isEmpty { try checkProgram("nodes.\(node.name).command", node.command) }
        // A line for the shell: its first word is a program where the shell would not make something else of it.
        if scheme.caption == .captioner, let line = scheme.captioner?.command, let word = Program.firstWord(of: line) {
            try checkProgram("scheme.captioner", [word])
        }
    }

    private func readPolicyTable(_ path: String) throws -> PolicyTable {
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
    package func policy() throws -> Policy {
        switch scheme.policy {
        case .optimal: .optimal(scheme.constraints)
        case .fixed: .fixed(alpha: scheme.alpha, rate: scheme.rate ?? 1)
        case .external: .external(command: scheme.policyCommand)
        case .algorithm1: .algorithm1(try readPolicyTable(scheme.policyFile ?? ""))
        case .thresholdTable:
            .thresholdTable(try scheme.policyTable ?? ThresholdTable(readPolicyTable(scheme.policyFile ?? "")))
        }
    }
}
