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
/// A photo is prepared once however many transmitters send it. In a pre-encoded run streams are kept by (photo, α, Φ), too,
/// and receivers measure what arrived without drawing it.
package final class VirtualModels {
    private let transmitters: [String: TransmitterWorkshop]
    /// None in a pre-encoded run.
    private let receivers: [String: ReceiverWorkshop]
    /// Transmitters of one number make the same of a photo.
    private let groups: [String: Int]
    private struct Photo: Hashable {
        var source: String
        var group: Int
    }
    private struct Setting: Hashable {
        var photo: Photo
        var rate: Int
        var alpha: Float
        var budget: Int
    }
    private struct Gain: Hashable {
        var photo: Photo
        var rate: Int
    }
    private var prepared: [Photo: PreparedImage] = [:]
    private var encoded: [Setting: EncodedImage] = [:]
    private var information: [Gain: [Double]] = [:]
    let isPreencoded: Bool

    /// - Throws: the weights' own errors.
    package init(topology: Topology, folder: String) throws {
        // Stages are charged, so that no clock is asked.
        let clock: @Sendable () -> Instant = { Instant(nanoseconds: 0) }
        isPreencoded = topology.images.preencoded
        let catalogue = try Catalogue(path: topology.models.codec)
        var classifiers: [(models: Models, classifier: Classifier)] = []
        var alike: [(scheme: Scheme, longestSide: Int?, models: Models)] = []
        var (transmitters, groups): ([String: TransmitterWorkshop], [String: Int]) = ([:], [:])
        for node in topology.transmitters {
            let models = topology.models(of: node)
            let known = classifiers.first { $0.models == models }?.classifier
            let classifier =
                try known ?? Classifier(weights: models.classifier, classNames: models.classNames)
            if known == nil { classifiers.append((models, classifier)) }
            let workshop = TransmitterWorkshop(
                topology: topology, node: node, folder: folder, clock: clock, catalogue: catalogue,
                classifier: classifier)
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
    }

    private static func receivers(
        _ topology: Topology, folder: String, clock: @escaping @Sendable () -> Instant, catalogue: Catalogue
    ) throws -> [String: ReceiverWorkshop] {
        let fillings = topology.fillings
        var inpainters: [String: Inpainter] = [:]
        for name in Set(fillings.values.flatMap { $0.values.map(\.inpaint) }).sorted() {
            inpainters[name] = try Inpainter(named: name)
        }
        return Dictionary(
            uniqueKeysWithValues: topology.nodes.filter { $0.role == .receiver }.map { node in
                (
                    node.name,
                    ReceiverWorkshop(
                        topology: topology, node: node, folder: folder, clock: clock, catalogue: catalogue,
                        schemes: fillings[node.name] ?? [:], inpainters: inpainters)
                )
            })
    }

    package let identity: UInt64

    private func photo(_ source: String, of transmitter: String) -> Photo {
        Photo(source: source, group: groups[transmitter] ?? 0)
    }

    package func prepare(_ assignment: Assignment, at name: String) -> JobResult<PreparedImage> {
        guard let workshop = transmitters[name] else { return .failure("no transmitter is called '\(name)'") }
        let photo = photo(assignment.source, of: name)
        if var known = prepared[photo] {
            workshop.renumber(&known, assignment.image)
            return .value(known)
        }
        let result = workshop.prepare(assignment)
        if case .value(var image) = result {
            if isPreencoded { image.picture = nil }
            prepared[photo] = image
            if isPreencoded {
                workshop.renumber(&image, assignment.image)
                return .value(image)
            }
        }
        return result
    }

    package func encode(
        _ image: PreparedImage, _ setting: Wire.Setting, source: String, at name: String
    ) -> JobResult<EncodedImage> {
        guard let workshop = transmitters[name] else { return .failure("no transmitter is called '\(name)'") }
        guard isPreencoded else { return workshop.encode(image, setting) }
        // The decision's α is a step of the profile's table, so that few distinct streams cover all budgets.
        let photo = photo(source, of: name)
        let key = Setting(photo: photo, rate: Int(setting.rate), alpha: setting.alpha, budget: 0)
        func numbered(_ image: EncodedImage) -> EncodedImage {
            var copy = image
            copy.image = setting.image
            for index in copy.datagrams.indices { copy.datagrams[index].image = setting.image }
            return copy
        }
        if let known = encoded[key], workshop.accountedBits(known.datagrams) <= Int(clamping: setting.budgetBits) {
            return .value(numbered(known))
        }
        let tight = Setting(
            photo: photo, rate: Int(setting.rate), alpha: setting.alpha, budget: Int(clamping: setting.budgetBits))
        if let known = encoded[tight] { return .value(numbered(known)) }
        let result = workshop.encode(image, setting)
        if case .value(var stream) = result {
            stream.stream = nil
            stream.streamFile = nil
            // A stream whose α had to rise belongs to its budget alone.
            encoded[stream.alpha == setting.alpha ? key : tight] = stream
        }
        return result
    }

    package func decode(_ received: ReceivedImage, at name: String, source: String?) -> DecodedImage {
        if let receiver = receivers[name] { return receiver.decode(received) }
        var result = DecodedImage(image: received.image, link: received.link)
        guard let preamble = received.preamble, let source,
            let workshop = transmitters[received.transmitter],
            case let photo = photo(source, of: received.transmitter), let analysis = prepared[photo]?.analysis
        else { return result }
        do {
            var stream = try Bitstream(preamble: preamble)
            for slice in received.slices { try stream.insert(slice: slice.bytes, index: slice.index) }
            let arrived = stream.arrivedMask
            let rate = stream.header.rate
            let key = Gain(photo: photo, rate: rate)
            let cells = information[key] ?? workshop.coding.information(analysis, rate: rate)
            information[key] = cells
            result.alpha = stream.header.alpha
            result.rate = rate
            result.referenceInformation = stream.header.referenceInformation
            result.gvif = GVIF.value(
                information: cells, mask: arrived, reference: Double(stream.header.referenceInformation))
            result.requestedShare = stream.mask.share
            result.receivedShare = arrived.share
        } catch { result.failure = "\(error)" }
        return result
    }

    package func save(_ image: PreparedImage, _ encoded: EncodedImage, at name: String) -> String? {
        isPreencoded ? nil : transmitters[name]?.save(image, encoded)
    }
}
