import Channels
import Determinism
import EntropyCoding
import Foundation
import Records

/// Records as three nodes would write them of a run over a fading link: consistent numbers, no pictures.
package struct SyntheticRun {
    package var images: Int
    package var seed: UInt64
    /// Seconds by which every 40th packet leaves too late.
    package var lateness: Double
    package var photos: [String]
    /// Images that come through without any error.
    package var exact: Set<Int>

    package init(
        images: Int = 8, seed: UInt64 = 7, lateness: Double = 0.0001, photos: [String] = [], exact: Set<Int> = []
    ) {
        self.exact = exact
        self.images = images
        self.seed = seed
        self.lateness = lateness
        self.photos = photos
    }

    package static let origin: Int64 = 5_000_000_000_000

    package func records() -> [String: [Record]] {
        var random = RandomStream(seed: seed, name: "synthetic")
        let snrs = (0..<images * 8).map { _ in 10 * log10(max(0.02, random.exponential() * 4)) }
        var all: Logs = [
            "launcher": [start], "camera": [node("camera", "transmitter", 4711)], "air": [node("air", "channel", 4712)],
            "screen": [node("screen", "receiver", 4713)],
        ]
        for (number, snr) in snrs.enumerated() {
            all["air"]!.append(
                .block(
                    .init(
                        link: "uplink", number: number, startAt: Self.origin + Int64(number) * 50_000_000,
                        duration: 0.05, snr: snr, capacity: 1e6 * log2(1 + pow(10, snr / 10)))))
        }
        for image in 0..<images {
            let course = Course(image, snr: snrs[image * 8 + 5], filled: 0.93 + 0.06 * random.uniform())
            prepare(course, &all)
            send(course, &all)
            receive(course, &all)
        }
        all["air"]!.append(
            .event(
                .init(
                    at: Self.origin + 900_000_000, node: "air", severity: .note, what: "SNR set", detail: "uplink: 6 dB"
                )))
        return all
    }

    private typealias Logs = [String: [Record]]

    /// What happens to one image.
    private struct Course {
        let image, block: Int
        let start: Int64
        let snr, capacity: Double
        let budgetBits, used: Int
        let bits: SectionBits
        let alpha: Float
        let gvif, air: Double
        var slices: Int { max(1, bits.features / 8400) }

        init(_ image: Int, snr: Double, filled: Double) {
            self.image = image
            self.snr = snr
            block = image * 8 + 5
            start = SyntheticRun.origin + Int64(block) * 50_000_000
            capacity = 1e6 * log2(1 + pow(10, snr / 10))
            budgetBits = Int(capacity * SyntheticRun.budget)
            used = Int(Double(budgetBits) * filled)
            bits = SectionBits(header: 224, prompt: 280, mask: 180, hyper: 2400, features: max(0, used - 3084))
            alpha = Float(min(0.8, max(0, 0.85 - Double(bits.features) / 90000)))
            gvif = min(0.97, max(0.02, Double(bits.features) / 70000))
            air = Double(bits.total) / capacity
        }

        func stage(_ node: String, _ stage: StageRecord.Stage, after milliseconds: Double, _ duration: Double) -> Record
        {
            .stage(
                .init(
                    transmitter: "camera", image: image, node: node, stage: stage,
                    startAt: start + Int64(milliseconds * 1e6), duration: duration))
        }
    }

    private static let budget = 0.02

    private var start: Record {
        .run(
            .init(
                topology: "quickstart",
                resolved: "name: quickstart\nseed: \(seed)\nlinks:\n  uplink:\n    snr: 6 dB\n", seed: seed,
                originAt: Self.origin, startedOn: "2026-11-22T17:30:00Z", virtual: false, accounting: "payload",
                latencyBudget: Self.budget, bandwidth: 1e6,
                versions: ["testbed": "0.1.0", "swift": "6.1", "codec": "9f3a77c01b2d4e55"],
                machine: [
                    "processor": "Example CPU @ 2.50 GHz", "cores": "2", "memory": "24 GB", "kernel": "Linux 6.1",
                ],
                command: ["testbed", "run", "Topologies/quickstart.yaml"]))
    }

    private func node(_ name: String, _ role: String, _ process: Int32) -> Record {
        .node(.init(name: name, role: role, process: process, host: "here", readyAt: Self.origin))
    }

    /// Until (α, Φ) is set and the image coded.
    private func prepare(_ course: Course, _ all: inout Logs) {
        all["camera"]! += [
            course.stage("camera", .describe, after: -190, 0.048), course.stage("camera", .analyse, after: -142, 0.110),
            course.stage("camera", .profile, after: -32, 0.004), course.stage("camera", .encode, after: -10, 0.009),
        ]
        all["launcher"]! += [
            course.stage("controller", .wait, after: -28, 0.017),
            course.stage("controller", .decide, after: -11, 0.0002),
            .decision(
                .init(
                    transmitter: "camera", image: course.image, at: course.start - 11_000_000, policy: "optimal",
                    link: "uplink",
                    block: course.block,
                    snr: course.snr, capacity: course.capacity, budgetBits: course.budgetBits, alpha: course.alpha,
                    rate: 3 + course.image % 9,
                    predictedBits: course.used - 60, predictedGVIF: course.gvif, feasible: course.budgetBits > 6000)),
        ]
    }

    private func send(_ course: Course, _ all: inout Logs) {
        let (image, start, bits, slices) = (course.image, course.start, course.bits, course.slices)
        if image == 5 {
            all["camera"]!.append(
                .repetition(
                    .init(transmitter: "camera", image: image, at: start + 9_000_000, datagrams: 1, bits: 0)))
        }
        all["camera"]!.append(
            .transmission(
                .init(
                    transmitter: "camera", image: image,
                    photo: photos.isEmpty ? "Photos/photo\(image).png" : photos[image % photos.count],
                    width: 512, height: 384, scheme: "proposed", prompt: "A photo, \"of\" something",
                    label: "cat, tabby",
                    labelProbability: 0.7, alpha: course.alpha, rate: 3 + image % 9, bits: bits,
                    theoreticalBits: Double(bits.total) - 90,
                    budgetBits: course.budgetBits, slices: slices, datagrams: slices + 1,
                    wireBits: bits.total + (slices + 1) * 400,
                    firstSentAt: start, lastSentAt: start + 300_000, originalFile: "images/\(image)-original.png",
                    importanceFile: "images/\(image)-importance.png")))
        for index in 0..<slices {
            let due = start + Int64(course.air * 1e9 * Double(index + 1) / Double(slices))
            let slow = (image * 13 + index) % 40 == 0
            all["air"]!.append(
                .packet(
                    .init(
                        link: "uplink", transmitter: "camera", image: image, section: "slice", index: index,
                        bits: 8400, wireBits: 8800,
                        arrivedAt: start, dueAt: due, releasedAt: due + (slow ? Int64(lateness * 1e9) : 30_000),
                        verdict: .delivered,
                        block: course.block)))
        }
    }

    private func receive(_ course: Course, _ all: inout Logs) {
        let (image, start, bits, slices) = (course.image, course.start, course.bits, course.slices)
        let (alpha, gvif, air) = (course.alpha, course.gvif, course.air)
        all["screen"]! += [
            course.stage("screen", .air, after: 0, air), course.stage("screen", .decode, after: air * 1e3, 0.13),
        ]
        all["screen"]!.append(
            .reception(
                .init(
                    transmitter: "camera", receiver: "screen", image: image,
                    status: image == 5 ? .partial : .complete,
                    firstArrivedAt: start + 2_000_000, lastArrivedAt: start + Int64(air * 1e9), airTime: air,
                    deadlineAt: start + Int64(Self.budget * 1e9), finishedAt: start + Int64(air * 1e9) + 130_000_000,
                    slicesExpected: slices, slicesReceived: image == 5 ? slices - 1 : slices,
                    receivedBits: bits.total, gvif: gvif,
                    requestedShare: Double(1 - alpha), receivedShare: Double(1 - alpha) * (image == 5 ? 0.9 : 1),
                    decodedFile: "images/\(image)-decoded.png", receivedFile: "images/\(image)-received.png",
                    maskFile: "images/\(image)-mask.png")))
        let isExact = exact.contains(image)
        all["launcher"]!.append(
            .score(
                .init(
                    transmitter: "camera", image: image, receiver: "screen",
                    psnr: isExact ? .infinity : 17 + 12 * gvif,
                    maskPSNR: image == 3 ? nil : isExact ? .infinity : 30 + 6 * gvif,
                    regionPSNR: isExact ? .infinity : 28 + 6 * gvif, regionAlpha: 0.5, ssim: 0.5 + gvif / 3)))
    }

    /// Writes the records as nodes do.
    package func write(to folder: String) throws {
        for (name, records) in self.records() {
            let file = try RecordFile(path: "\(folder)/records/\(name).jsonl")
            for record in records { file.append(record) }
            try file.flush()
        }
    }
}

/// A fresh folder under the system's temporary one, removed with the value.
package final class TemporaryFolder {
    package let path = NSTemporaryDirectory() + "testbed-" + UUID().uuidString
    package init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}
