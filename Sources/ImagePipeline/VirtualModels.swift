import Datagrams
import Determinism
import Fidelity
import Foundation
import HyperpriorCodec
import Imaging
import Inpainting
import Neural
import Roles
import Semantics
import Topologies
import Wire

/// The models of all nodes of a virtual run, loaded once, with what they have already worked out.
///
/// A photo is prepared once however many transmitters send it, and forgotten when the last has: what is held does not
/// grow with the number of photos. In a pre-encoded run all are kept, without their pictures, and streams by (photo, α,
/// Φ), too; receivers measure what arrived without drawing it.
package final class VirtualModels {
    private let transmitters: [String: TransmitterPipeline]
    /// None in a pre-encoded run.
    private let receivers: [String: ReceiverPipeline]
    /// Transmitters of one number make the same of a photo.
    private let groups: [String: Int]
    private struct Photo: Hashable {
        var source: String
        var group: Int
    }
    private struct Setting: Hashable {
        var rate: Int
        var alpha: Float
        var budget: Int
    }
    /// What is known of a photo.
    private struct Known {
        var prepared: PreparedImage
        var encoded: [Setting: EncodedImage] = [:]
        /// Of each cell, by rate.
        var information: [Int: [Double]] = [:]
    }
    private var known: [Photo: Known] = [:]
    /// How often each photo is still to be sent.
    private var uses: [Photo: Int] = [:]
    private var decoded = 0
    let isPreencoded: Bool

    /// - Parameter photos: what each transmitter will send.
    /// - Throws: the weights' own errors.
    package init(topology: Topology, folder: String, photos: [String: [String]]) throws {
        // Stages are charged, so that no clock is asked.
        let clock: @Sendable () -> Instant = { Instant(nanoseconds: 0) }
        isPreencoded = topology.images.preencoded
        let catalogue = try Catalogue(path: topology.models.codec)
        var classifiers: [(models: Models, classifier: Classifier)] = []
        var alike: [(scheme: Scheme, longestSide: Int?, models: Models)] = []
        var (transmitters, groups): ([String: TransmitterPipeline], [String: Int]) = ([:], [:])
        let programs = StandingPrograms(in: topology.workingFolder)
        for node in topology.transmitters {
            let models = topology.models(of: node)
            let known = classifiers.first { $0.models == models }?.classifier
            let classifier =
                try known ?? Classifier(weights: models.classifier, classNames: models.classNames)
            if known == nil { classifiers.append((models, classifier)) }
            let workshop = TransmitterPipeline(
                topology: topology, node: node, folder: folder, clock: clock, catalogue: catalogue,
                classifier: classifier, programs: programs)
            var scheme = workshop.scheme
            // Bits come with the setting: budgets make no difference to what is prepared and kept.
            scheme.budget = 1
            let group =
                alike.firstIndex { $0 == (scheme, workshop.longestSide, models) } ?? alike.count
            if group == alike.count { alike.append((scheme, workshop.longestSide, models)) }
            (transmitters[node.name], groups[node.name]) = (workshop, group)
        }
        (self.transmitters, self.groups) = (transmitters, groups)
        receivers =
            isPreencoded ? [:] : try Self.receivers(topology, folder: folder, clock: clock, catalogue: catalogue)
        identity = catalogue.identity
        for (name, sources) in photos {
            for source in sources { uses[photo(source, of: name), default: 0] += 1 }
        }
    }

    private static func receivers(
        _ topology: Topology, folder: String, clock: @escaping @Sendable () -> Instant, catalogue: Catalogue
    ) throws -> [String: ReceiverPipeline] {
        let fillings = topology.fillings
        var inpainters: [String: Inpainter] = [:]
        for name in Set(fillings.values.flatMap { $0.values.map(\.inpaint) }).sorted() {
            inpainters[name] = try Inpainter(named: name)
        }
        return Dictionary(
            uniqueKeysWithValues: topology.nodes.filter { $0.role == .receiver }.map { node in
                var workshop = ReceiverPipeline(
                    topology: topology, node: node, folder: folder, clock: clock, catalogue: catalogue,
                    schemes: fillings[node.name] ?? [:], inpainters: inpainters)
                // Whoever starts the node in another run: here it works on this host.
                workshop.programs = StandingPrograms(in: topology.workingFolder)
                return (node.name, workshop)
            })
    }

    package let identity: UInt64

    private func photo(_ source: String, of transmitter: String) -> Photo {
        Photo(source: source, group: groups[transmitter] ?? 0)
    }

    package func prepare(_ assignment: Assignment, at name: String) -> JobResult<PreparedImage> {
        guard let workshop = transmitters[name] else { return .failure("no transmitter is called '\(name)'") }
        let photo = photo(assignment.source, of: name)
        defer { if !isPreencoded { countUse(photo) } }
        if var image = known[photo]?.prepared {
            workshop.renumber(&image, assignment.image)
            return .value(image)
        }
        let result = workshop.prepare(assignment)
        if case .value(var image) = result {
            if isPreencoded { image.picture = nil }
            known[photo] = Known(prepared: image)
            if isPreencoded {
                workshop.renumber(&image, assignment.image)
                return .value(image)
            }
        }
        return result
    }

    /// Forgets what nobody will ask for again. A node that comes back may: then it is worked out once more.
    private func countUse(_ photo: Photo) {
        uses[photo, default: 0] -= 1
        if uses[photo]! <= 0 { known[photo] = nil }
    }

    package func encode(
        _ image: PreparedImage, _ setting: RateDecision, source: String, at name: String
    ) -> JobResult<EncodedImage> {
        guard let workshop = transmitters[name] else { return .failure("no transmitter is called '\(name)'") }
        guard isPreencoded else { return workshop.encode(image, setting) }
        // The decision's α is a step of the profile's table, so that few distinct streams cover all budgets.
        let photo = photo(source, of: name)
        let key = Setting(rate: Int(setting.rate), alpha: setting.alpha, budget: 0)
        func numbered(_ image: EncodedImage) -> EncodedImage {
            var copy = image
            copy.image = setting.image
            for index in copy.datagrams.indices { copy.datagrams[index].image = setting.image }
            return copy
        }
        if let stream = known[photo]?.encoded[key],
            workshop.accountedBits(stream.datagrams) <= Int(clamping: setting.budgetBits)
        {
            return .value(numbered(stream))
        }
        let tight = Setting(
            rate: Int(setting.rate), alpha: setting.alpha, budget: Int(clamping: setting.budgetBits))
        if let stream = known[photo]?.encoded[tight] { return .value(numbered(stream)) }
        let result = workshop.encode(image, setting)
        if case .value(var stream) = result {
            stream.stream = nil
            stream.streamFile = nil
            // A stream whose α had to rise belongs to its budget alone.
            known[photo]?.encoded[stream.alpha == setting.alpha ? key : tight] = stream
        }
        return result
    }

    package func decode(_ received: ReceivedImage, at name: String, source: String?) -> DecodedImage {
        if let receiver = receivers[name] {
            giveBackMemory()
            return receiver.decode(received)
        }
        var result = DecodedImage(image: received.image, link: received.link)
        guard let preamble = received.preamble, let source,
            let workshop = transmitters[received.transmitter],
            case let photo = photo(source, of: received.transmitter), let analysis = known[photo]?.prepared.analysis
        else { return result }
        do {
            var stream = try Bitstream(preamble: preamble)
            for slice in received.slices { try stream.insert(slice: slice.bytes, index: slice.index) }
            let arrived = stream.arrivedMask
            let rate = stream.header.rate
            let cells = known[photo]?.information[rate] ?? workshop.coding.information(analysis, rate: rate)
            known[photo]?.information[rate] = cells
            result.alpha = stream.header.alpha
            result.rate = rate
            result.gvif = GVIF.value(
                information: cells, mask: arrived, reference: Double(stream.header.referenceInformation))
            result.requestedShare = stream.mask.share
            result.receivedShare = arrived.share
        } catch { result.failure = "\(error)" }
        return result
    }

    /// The buffers of one photo come and go between small records that stay, so that their places are not found again
    /// and the process would grow with each photo: what is free is given back now and then.
    private func giveBackMemory() {
        decoded += 1
        if decoded.isMultiple(of: 16) { ProcessLife.trimHeap() }
    }

    package func save(_ image: PreparedImage, _ encoded: EncodedImage, at name: String) -> String? {
        isPreencoded ? nil : transmitters[name]?.save(image, encoded)
    }
}
