import Determinism
import Fidelity
import Foundation
import HyperpriorCodec
import Imaging
import Neural
import Roles
import Topologies
import Wire

/// The models of all nodes of a virtual run, loaded once, with what they have already worked out.
///
/// A photo is prepared once however many transmitters send it. In a pre-encoded run streams are kept by (photo, α, Φ), too,
/// and receivers measure what arrived without drawing it.
package final class VirtualModels {
    private let transmitter: TransmitterWorkshop
    private let receiver: ReceiverWorkshop?
    private let kinds: [String: SchemeKind]
    private struct Photo: Hashable {
        package var source: String
        package var kind: SchemeKind
    }
    private struct Setting: Hashable {
        var photo: Photo
        var rate: Int
        var alpha: Float
        var budget: Int
    }
    private struct Gain: Hashable {
        var source: String
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
        kinds = topology.kinds
        transmitter = try TransmitterWorkshop(
            topology: topology, node: topology.nodes.first { $0.role == .transmitter }!, folder: folder, clock: clock)
        receiver =
            isPreencoded
            ? nil
            : try ReceiverWorkshop(
                topology: topology, node: topology.nodes.first { $0.role == .receiver }!, folder: folder, clock: clock)
    }

    package var identity: UInt64 { transmitter.modelIdentity }

    package func prepare(_ assignment: Assignment, at name: String) -> JobResult<PreparedImage> {
        let workshop = transmitter.named(name)
        let photo = Photo(source: assignment.source, kind: workshop.kind)
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
        guard isPreencoded else { return transmitter.named(name).encode(image, setting) }
        // The decision's α is a step of the profile's table, so that few distinct streams cover all budgets.
        let photo = Photo(source: source, kind: image.kind)
        let key = Setting(photo: photo, rate: Int(setting.rate), alpha: setting.alpha, budget: 0)
        func numbered(_ image: EncodedImage) -> EncodedImage {
            var copy = image
            copy.image = setting.image
            for index in copy.datagrams.indices { copy.datagrams[index].image = setting.image }
            return copy
        }
        if let known = encoded[key], transmitter.accountedBits(known.datagrams) <= Int(clamping: setting.budgetBits) {
            return .value(numbered(known))
        }
        let tight = Setting(
            photo: photo, rate: Int(setting.rate), alpha: setting.alpha, budget: Int(clamping: setting.budgetBits))
        if let known = encoded[tight] { return .value(numbered(known)) }
        let result = transmitter.named(name).encode(image, setting)
        if case .value(var stream) = result {
            stream.stream = nil
            stream.streamFile = nil
            // A stream whose α had to rise belongs to its budget alone.
            encoded[stream.alpha == setting.alpha ? key : tight] = stream
        }
        return result
    }

    package func decode(_ received: ReceivedImage, at name: String, source: String?) -> DecodedImage {
        if let receiver { return receiver.named(name).decode(received) }
        var result = DecodedImage(image: received.image, link: received.link)
        guard let preamble = received.preamble, let source, let kind = kinds[received.transmitter],
            let analysis = prepared[Photo(source: source, kind: kind)]?.analysis
        else { return result }
        do {
            var stream = try Bitstream(preamble: preamble)
            for slice in received.slices { try stream.insert(slice: slice.bytes, index: slice.index) }
            let arrived = stream.arrivedMask
            let rate = stream.header.rate
            let key = Gain(source: source, rate: rate)
            let cells = information[key] ?? transmitter.coding.information(analysis, rate: rate)
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
        isPreencoded ? nil : transmitter.named(name).save(image, encoded)
    }
}
