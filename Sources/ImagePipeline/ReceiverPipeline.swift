import Datagrams
import Determinism
import Fidelity
import Foundation
import HyperpriorCodec
import Imaging
import Inpainting
import Neural
import Records
import Roles
import SideInformation
import Topologies
import Wire

/// The receiver's models, and its one job: what came in of an image, decoded, filled and measured.
package struct ReceiverPipeline: Sendable {
    package let name: String
    /// How each transmitter sends, and what it sent is filled here.
    private let schemes: [String: Scheme]
    package let seed: UInt64
    package let folder: String
    package let catalogue: Catalogue
    /// By the name the scheme gives.
    private let inpainters: [String: Inpainter]
    package let clock: @Sendable () -> Instant
    /// Codecs that stay running.
    var programs: StandingPrograms

    package var modelIdentity: UInt64 { catalogue.identity }
    package var summary: String {
        "codec of \(catalogue.rateCount) rates, inpainting \(inpainters.keys.sorted().joined(separator: ", "))"
    }

    /// Reads the weights.
    ///
    /// - Throws: the file's own error, which names it.
    package init(
        topology: Topology, node: NodeSettings, folder: String,
        clock: @escaping @Sendable () -> Instant = { MonotonicClock.now }
    ) throws {
        let schemes = topology.fillings[node.name] ?? [:]
        var inpainters: [String: Inpainter] = [:]
        for name in Set(schemes.values.map(\.inpaint)).sorted() { inpainters[name] = try Inpainter(named: name) }
        self.init(
            topology: topology, node: node, folder: folder, clock: clock,
            catalogue: try Catalogue(path: topology.models.codec), schemes: schemes, inpainters: inpainters)
    }

    /// With weights that have been read.
    ///
    /// - Parameters:
    ///   - schemes: of every transmitter whose images end here.
    ///   - inpainters: at least those that they name.
    init(
        topology: Topology, node: NodeSettings, folder: String, clock: @escaping @Sendable () -> Instant,
        catalogue: Catalogue, schemes: [String: Scheme], inpainters: [String: Inpainter]
    ) {
        name = node.name
        programs = StandingPrograms(in: topology.programFolder(of: node))
        self.schemes = schemes
        seed = topology.seed
        self.folder = folder
        self.clock = clock
        self.catalogue = catalogue
        self.inpainters = inpainters
    }

    /// - Parameter progress: told what the filling is at, from the thread that calls.
    package func decode(_ received: ReceivedImage, progress: (Wire.Progress) -> Void = { _ in }) -> DecodedImage {
        var result = DecodedImage(image: received.image, link: received.link)
        guard let scheme = schemes[received.transmitter] else {
            result.failure = "\(received.link): no transmitter '\(received.transmitter)' sends to this receiver"
            return result
        }
        if scheme.kind.isForeign { return decodeForeign(received, scheme) }
        var stages = StageClock(clock)
        do {
            guard let preamble = received.preamble else { return result }
            var stream = try Bitstream(preamble: preamble)
            result.alpha = stream.header.alpha
            result.rate = stream.header.rate
            for slice in received.slices { try stream.insert(slice: slice.bytes, index: slice.index) }
            let decoding = try catalogue.decode(stream)
            stages.mark(.decode)
            result.gvif = catalogue.gvif(
                decoding, reference: stream.header.referenceInformation, visualNoise: scheme.visualNoise)
            result.requestedShare = decoding.requestedMask.share
            result.receivedShare = decoding.receivedMask.share
            let base = base(received)
            let known = decoding.receivedMask.upsampled(
                by: Catalogue.cellSize, width: decoding.image.width, height: decoding.image.height)
            if scheme.inpaint != "none", let inpainter = inpainters[scheme.inpaint] {
                let settings = FillSettings(
                    prompt: stream.prompt, steps: scheme.steps, guidance: scheme.guidance, strength: scheme.strength,
                    stream: RandomStream(
                        seed: seed, name: "inpaint/\(received.transmitter)", index: UInt64(received.image)),
                    layout: scheme.inpaint == "harmonic"
                        ? nil : stream.layout?.image(width: decoding.image.width, height: decoding.image.height))
                let budget = scheme.inpaintBudget.map { FillBudget(deadline: clock() + .seconds($0), now: clock) }
                var told = clock()
                let filling = try inpainter.fill(decoding.image, known: known, settings: settings, budget: budget) {
                    step in
                    // A line a second is enough for a terminal.
                    guard (clock() - told).seconds >= 1 else { return }
                    told = clock()
                    progress(
                        Wire.Progress(text: "image \(received.image): filling, step \(step.step) of \(step.steps)"))
                }
                stages.mark(.inpaint)
                result.inpainting = filling.summary
                try filling.image.write(to: "\(folder)/\(base)-received.png")
                result.receivedFile = "\(base)-received.png"
            }
            try decoding.image.write(to: "\(folder)/\(base)-decoded.png")
            try known.image.write(to: "\(folder)/\(base)-mask.png")
            result.decodedFile = "\(base)-decoded.png"
            result.maskFile = "\(base)-mask.png"
            stages.mark(.save)
        } catch {
            result.failure = "\(error)"
        }
        result.stages = stages.timings
        return result
    }

    /// Names carry the receiver, since a multicast image has several.
    func base(_ received: ReceivedImage) -> String {
        "images/\(received.transmitter)-\(String(format: "%04d", received.image))-\(name)"
    }
}
