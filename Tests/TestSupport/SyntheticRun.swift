import Determinism
import Foundation
import Records

/// Records as three nodes would write them of a run over a fading link: consistent numbers, no pictures.
package struct SyntheticRun {
    package var images: Int
    package var seed: UInt64
    /// Seconds by which every 40th packet leaves too late.
    package var lateness: Double
    package var photos: [String]

    package init(images: Int = 8, seed: UInt64 = 7, lateness: Double = 0.0001, photos: [String] = []) {
        self.images = images
        self.seed = seed
        self.lateness = lateness
        self.photos = photos
    }

    package static let origin: Int64 = 5_000_000_000_000

    package func records() -> [String: [Record]] {
        let budget = 0.02
        var random = RandomStream(seed: seed, name: "synthetic")
        var launcher: [Record] = [
            .run(
                .init(
                    topology: "quickstart",
                    resolved: "name: quickstart\nseed: \(seed)\nlinks:\n  uplink:\n    snr: 6 dB\n", seed: seed,
                    originAt: Self.origin, startedOn: "2026-11-22T17:30:00Z", virtual: false, accounting: "payload",
                    latencyBudget: budget, bandwidth: 1e6,
                    versions: ["testbed": "0.1.0", "swift": "6.1", "codec": "9f3a77c01b2d4e55"],
                    machine: [
                        "processor": "Example CPU @ 2.50 GHz", "cores": "2", "memory": "24 GB", "kernel": "Linux 6.1",
                    ],
                    command: ["testbed", "run", "Topologies/quickstart.yaml"]))
        ]
        var tx: [Record] = [
            .node(.init(name: "camera", role: "transmitter", process: 4711, host: "here", readyAt: Self.origin))
        ]
        var channel: [Record] = [
            .node(.init(name: "air", role: "channel", process: 4712, host: "here", readyAt: Self.origin))
        ]
        var rx: [Record] = [
            .node(.init(name: "screen", role: "receiver", process: 4713, host: "here", readyAt: Self.origin))
        ]
        let blocks = images * 8
        var snrs: [Double] = []
        for number in 0..<blocks {
            let snr = 10 * log10(max(0.02, random.exponential() * 4))
            snrs.append(snr)
            channel.append(
                .block(
                    .init(
                        link: "uplink", number: number, startAt: Self.origin + Int64(number) * 50_000_000,
                        duration: 0.05, snr: snr,
                        capacity: 1e6 * log2(1 + pow(10, snr / 10)))))
        }
        for image in 0..<images {
            let block = image * 8 + 5
            let start = Self.origin + Int64(block) * 50_000_000
            let capacity = 1e6 * log2(1 + pow(10, snrs[block] / 10))
            let budgetBits = Int(capacity * budget)
            let used = Int(Double(budgetBits) * (0.93 + 0.06 * random.uniform()))
            let bits = SectionBitsRecord(
                header: 224, prompt: 280, mask: 180, hyper: 2400, features: max(0, used - 3084))
            let alpha = Float(min(0.8, max(0, 0.85 - Double(bits.features) / 90000)))
            let gvif = min(0.97, max(0.02, Double(bits.features) / 70000))
            let air = Double(bits.total) / capacity
            tx.append(
                .stage(
                    .init(
                        transmitter: "camera", image: image, node: "camera", stage: .describe,
                        startAt: start - 190_000_000, duration: 0.048)))
            tx.append(
                .stage(
                    .init(
                        transmitter: "camera", image: image, node: "camera", stage: .analyse,
                        startAt: start - 142_000_000, duration: 0.110)))
            tx.append(
                .stage(
                    .init(
                        transmitter: "camera", image: image, node: "camera", stage: .profile,
                        startAt: start - 32_000_000, duration: 0.004)))
            launcher.append(
                .stage(
                    .init(
                        transmitter: "camera", image: image, node: "controller", stage: .wait,
                        startAt: start - 28_000_000, duration: 0.017)))
            launcher.append(
                .stage(
                    .init(
                        transmitter: "camera", image: image, node: "controller", stage: .decide,
                        startAt: start - 11_000_000, duration: 0.0002)))
            tx.append(
                .stage(
                    .init(
                        transmitter: "camera", image: image, node: "camera", stage: .encode,
                        startAt: start - 10_000_000, duration: 0.009)))
            rx.append(
                .stage(
                    .init(
                        transmitter: "camera", image: image, node: "screen", stage: .air, startAt: start, duration: air)
                ))
            rx.append(
                .stage(
                    .init(
                        transmitter: "camera", image: image, node: "screen", stage: .decode,
                        startAt: start + Int64(air * 1e9), duration: 0.13)))
            launcher.append(
                .decision(
                    .init(
                        transmitter: "camera", image: image, at: start - 11_000_000, policy: "optimal", link: "uplink",
                        block: block,
                        snr: snrs[block], capacity: capacity, budgetBits: budgetBits, alpha: alpha, rate: 3 + image % 9,
                        predictedBits: used - 60, predictedGVIF: gvif, feasible: budgetBits > 6000)))
            let slices = max(1, bits.features / 8400)
            if image == 5 {
                tx.append(
                    .repetition(
                        .init(transmitter: "camera", image: image, at: start + 9_000_000, datagrams: 1, bits: 0)))
            }
            tx.append(
                .transmission(
                    .init(
                        transmitter: "camera", image: image,
                        photo: photos.isEmpty ? "Photos/photo\(image).png" : photos[image % photos.count],
                        width: 512, height: 384, scheme: "proposed", prompt: "A photo, \"of\" something",
                        label: "cat, tabby",
                        labelProbability: 0.7, alpha: alpha, rate: 3 + image % 9, bits: bits,
                        theoreticalBits: Double(bits.total) - 90,
                        budgetBits: budgetBits, slices: slices, datagrams: slices + 1,
                        wireBits: bits.total + (slices + 1) * 400,
                        firstSentAt: start, lastSentAt: start + 300_000, originalFile: "images/\(image)-original.png",
                        importanceFile: "images/\(image)-importance.png")))
            for index in 0..<slices {
                let due = start + Int64(air * 1e9 * Double(index + 1) / Double(slices))
                let slow = (image * 13 + index) % 40 == 0
                channel.append(
                    .packet(
                        .init(
                            link: "uplink", transmitter: "camera", image: image, section: "slice", index: index,
                            bits: 8400, wireBits: 8800,
                            arrivedAt: start, dueAt: due, releasedAt: due + (slow ? Int64(lateness * 1e9) : 30_000),
                            verdict: .delivered,
                            block: block)))
            }
            rx.append(
                .reception(
                    .init(
                        transmitter: "camera", receiver: "screen", image: image,
                        status: image == 5 ? .partial : .complete,
                        firstArrivedAt: start + 2_000_000, lastArrivedAt: start + Int64(air * 1e9), airTime: air,
                        deadlineAt: start + Int64(budget * 1e9), finishedAt: start + Int64(air * 1e9) + 130_000_000,
                        slicesExpected: slices, slicesReceived: image == 5 ? slices - 1 : slices,
                        receivedBits: bits.total, gvif: gvif,
                        requestedShare: Double(1 - alpha), receivedShare: Double(1 - alpha) * (image == 5 ? 0.9 : 1),
                        decodedFile: "images/\(image)-decoded.png", receivedFile: "images/\(image)-received.png",
                        maskFile: "images/\(image)-mask.png")))
            launcher.append(
                .score(
                    .init(
                        transmitter: "camera", image: image, receiver: "screen", psnr: 17 + 12 * gvif,
                        maskPSNR: image == 3 ? nil : 30 + 6 * gvif,
                        regionPSNR: 28 + 6 * gvif, regionAlpha: 0.5, ssim: 0.5 + gvif / 3)))
        }
        channel.append(
            .event(
                .init(
                    at: Self.origin + 900_000_000, node: "air", severity: .note, what: "SNR set", detail: "uplink: 6 dB"
                )))
        return ["launcher": launcher, "camera": tx, "air": channel, "screen": rx]
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
