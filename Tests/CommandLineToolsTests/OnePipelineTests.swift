import Adaptation
import ArgumentParser
import Determinism
import EntropyCoding
import Foundation
import HyperpriorCodec
import Imaging
import Roles
import TestSupport
import Testing
import Topologies
import Wire

@testable import CommandLineTools
@testable import Experiments
@testable import ImagePipeline

/// Whoever codes a photo under a budget finds the same (α, Φ), and the same bits: transmitters as the controller
/// decides, virtual runs, the experiments and `testbed encode`.
@Suite struct OnePipelineTests {
    static let budgets = [900, 2000, 4000, 8000, 30000]

    /// What one caller made of a photo.
    struct Made: Equatable, CustomStringConvertible {
        let alpha: Float
        let rate: Int
        let bits: Int
        /// In millionths: the header keeps the denominator as a Float.
        let gvif: Int

        init(alpha: Float, rate: Int, bits: Int, gvif: Double) {
            self.alpha = (min(alpha, 1) * 10000).rounded() / 10000
            (self.rate, self.bits, self.gvif) = (rate, bits, Int((gvif * 1e6).rounded()))
        }

        init(_ coded: CodedImage) {
            self.init(alpha: coded.alpha, rate: coded.decision.rate, bits: coded.bits, gvif: coded.gvif)
        }

        /// As a receiver of the whole stream measures it.
        init(_ stream: Bitstream, _ catalogue: Catalogue) throws {
            let gvif = catalogue.gvif(try catalogue.decode(stream), reference: stream.header.referenceInformation)
            self.init(alpha: stream.header.alpha, rate: stream.header.rate, bits: stream.bits.total, gvif: gvif)
        }

        var description: String { "α \(alpha), rate \(rate), \(bits) bits, GVIF \(gvif)e-6" }
    }

    /// The demonstration photos, small, with their captions.
    static func photos(in folder: String) throws -> [String] {
        try Photo.readable(in: ExampleTopology.folder + "/Photos").paths.map { path in
            let base = folder + "/" + URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
            try Photo.load(path, longestSide: 128).write(to: base + ".png")
            let caption = (path as NSString).deletingPathExtension + ".txt"
            try FileManager.default.copyItem(atPath: caption, toPath: base + ".txt")
            return base + ".png"
        }
    }

    /// What the controller says of a photo, on the profile as it came to it.
    static func setting(_ image: PreparedImage, _ scheme: Scheme, budget: Int) throws -> RateDecision {
        let decision = try #require(
            Policy.optimal(scheme.constraints).decide(
                Situation(
                    profile: ImageProfile(bytes: image.profile.bytes), snr: 0, capacity: 1e6,
                    latencyBudget: scheme.budget,
                    budgetBits: scheme.firstBits(of: budget))))
        return RateDecision(
            image: image.image, alpha: decision.alpha, rate: UInt16(decision.rate), budgetBits: UInt64(budget),
            latencyBudget: .seconds(scheme.budget), feasible: decision.feasible, sendAt: .init(nanoseconds: 0))
    }

    static func value<Value>(_ result: JobResult<Value>) throws -> Value {
        switch result {
        case .value(let value): return value
        case .omission(let reason), .failure(let reason): throw InputError(reason)
        }
    }

    @Test func everyCallerFindsTheSame() throws {
        let folder = NSTemporaryDirectory() + "pipeline-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let topology = try Topology(yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml")
        let transmitter = try #require(topology.nodes.first { $0.role == .transmitter })
        let workshop = try TransmitterPipeline(topology: topology, node: transmitter, folder: folder)
        let virtual = try VirtualModels(topology: topology, folder: folder, photos: [:])
        let laboratory = try ExperimentContext()
        let paths = try Self.photos(in: folder)
        #expect(paths.count == 10)
        for (number, path) in paths.enumerated() {
            let name = (path as NSString).lastPathComponent
            let assignment = Assignment(
                image: UInt32(number), source: path)
            let prepared = try Self.value(workshop.prepare(assignment))
            let there = try Self.value(virtual.prepare(assignment, at: "a"))
            #expect(there.profile.bytes == prepared.profile.bytes)
            let study = try laboratory.study(path, name: name)
            for (place, budget) in Self.budgets.enumerated() {
                let setting = try Self.setting(prepared, topology.scheme, budget: budget)
                let sent = try Self.value(workshop.encode(prepared, setting))
                let stream = try #require(sent.stream)
                #expect(workshop.accountedBits(sent.datagrams) == stream.bits.total)
                let made = try Made(stream, workshop.catalogue)
                let simulated = try Self.value(virtual.encode(there, setting, source: path, at: "a"))
                #expect(simulated.datagrams == sent.datagrams, "\(name) at \(budget) bits, virtually")
                let studied = try laboratory.code(study, budgetBits: budget, constraints: topology.scheme.constraints)
                    .coded
                #expect(Made(studied) == made, "\(name) at \(budget) bits, in an experiment")
                // The command in full at one budget a photo, its choice at all of them.
                let words = [path, "-o", path + ".gsc", "--budget", "\(budget)"]
                let command = try EncodeCommand.parse(words)
                var stages = StageTimes()
                let commanded = try command.code(study.source, with: laboratory.coding, &stages)
                #expect(Made(commanded) == made, "\(name) at \(budget) bits, by the command")
                guard number % Self.budgets.count == place else { continue }
                try command.run()
                #expect(try Made(Bitstream(contentsOf: path + ".gsc"), workshop.catalogue) == made)
            }
        }
    }

    @Test func whatIsGivenIsKeptAndTheRestChosen() throws {
        let path = NSTemporaryDirectory() + "pipeline-\(UUID().uuidString).gsc"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let photo = ExampleTopology.folder + "/Photos/cat.jpg"
        func stream(_ words: String...) throws -> Bitstream {
            try EncodeCommand.parse([photo, "-o", path, "--caption", "a cat"] + words).run()
            return try Bitstream(contentsOf: path)
        }
        let rated = try stream("--rate", "5", "--budget", "20000")
        #expect(rated.header.rate == 5 && rated.header.alpha > 0 && (15000...20000).contains(rated.bits.total))
        let cut = try stream("--alpha", "0.5", "--budget", "20000")
        #expect(cut.header.alpha == 0.5 && cut.header.rate > 1 && (10000...20000).contains(cut.bits.total))
        #expect(try stream("--alpha", "0.5", "--rate", "\(cut.header.rate + 1)").bits.total > 20000)
        #expect(throws: CodecFailure.self) { try stream("--alpha", "0", "--budget", "500") }
        #expect(throws: CodecFailure.self) { try stream("--budget", "100") }
    }
}
