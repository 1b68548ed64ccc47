import Declarations
import Files
import Foundation
import HyperpriorCodec
import Imaging
import Results
import Topologies

/// Experiments whose photos cross a link: nodes of their own, over sockets or under the virtual clock.
///
/// Each is a sweep of a topology that is written beside its runs, in `OUT/link/NAME`: `testbed sweep` makes the same
/// points again, and a point that has ended is not run twice.
package struct LinkRuns {
    /// How the photos of an experiment reach the receiver.
    package enum Passage: String, Sendable, CaseIterable {
        /// Processes and UDP, in real time.
        case sockets
        /// The same roles under the virtual clock.
        case virtual
        /// No nodes: coded and decoded in this process, with C·T_max bits as the link's budget.
        case direct
    }

    package let program: String
    let isVirtual: Bool
    package let photos: String
    package let folder: String
    package let longestSide: Int
    package let codec: String?
    package let classifier: String?
    package let progress: (String) -> Void

    /// The topology of an experiment: the senders side by side, each on a link of its own to one receiver.
    func document(
        _ name: String, senders: [SchemeKind], scheme: [(key: String, value: String)], snr: String,
        axes: [(key: String, values: [String])]
    ) throws -> String {
        var text =
            """
            name: \(name)
            seed: 1
            images: {folder: \(quoted(photos)), longestSide: \(longestSide), together: yes}
            nodes:\n
            """
        for sender in senders { text += "  \(sender.rawValue): {role: transmitter, scheme: \(sender.rawValue)}\n" }
        text += "  air: {role: channel}\n  desk: {role: receiver}\nlinks:\n"
        for sender in senders {
            text +=
                "  over-\(sender.rawValue): {from: \(sender.rawValue), through: air, to: desk, "
                + "bandwidth: 1 MHz, model: awgn, snr: \(snr)}\n"
        }
        let models = try [("codec", codec), ("classifier", classifier)].compactMap { key, path in
            try path.map { "\(key): \(quoted(try absolute($0)))" }
        }
        if !models.isEmpty { text += "models: {\(models.joined(separator: ", "))}\n" }
        // The paper's importance (16), whatever else is usual.
        text += "scheme:\n  label: top\n" + scheme.map { "  \($0.key): \($0.value)\n" }.joined()
        text += "sweep:\n" + axes.map { "  \($0.key): [\($0.values.joined(separator: ", "))]\n" }.joined()
        return text
    }

    /// Runs what has not been run yet.
    /// - Returns: one line a point and scheme, in the order of the points.
    /// - Throws: `ExperimentError.unsuitable` where the folder holds runs of another set-up, or a point left no record.
    func lines(_ name: String, _ document: String) throws -> [SweepSummary.Line] {
        let home = "\(folder)/\(name)"
        let file = home + "/topology.yaml"
        if FileManager.default.fileExists(atPath: file) {
            guard FileManager.default.contents(atPath: file) == Data(document.utf8) else {
                throw ExperimentError.unsuitable(
                    "\(home): holds runs of another set-up (see topology.yaml); give -o another folder")
            }
        } else {
            do {
                try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
                try document.write(toFile: file, atomically: true, encoding: .utf8)
            } catch { throw ExperimentError.cannotWrite(home) }
        }
        let plan: SweepPlan
        do { plan = try SweepPlan(Topology(contentsOf: file), file: file) } catch let error as TopologyError {
            throw ExperimentError.unsuitable(error.problems.first.map { "\($0)" } ?? file)
        }
        let jobs = isVirtual ? ProcessInfo.processInfo.activeProcessorCount : 1
        let execution = SweepExecution(
            plan: plan, folder: home, command: [program], arguments: [file] + (isVirtual ? ["--virtual"] : []),
            jobs: jobs)
        let begun = Date.now
        var found: Int?
        let outcome = try execution.run { ended, _, all in
            if found == nil { found = ended }
            let fresh = ended - found!
            let left =
                fresh > 0
                ? ", \(Int(Date.now.timeIntervalSince(begun) / Double(fresh) * Double(all - ended))) s left" : ""
            progress("\(name): run \(min(ended + 1, all)) of \(all)\(left)")
        }
        if let (point, code) = outcome.failed.first {
            throw ExperimentError.unsuitable(
                "\(name): the run \(point) left no record (exit code \(code)); try: \(program) run \(file)")
        }
        let summary = try SweepSummary(plan: plan, folder: home)
        _ = try summary.write(to: home)
        return summary.lines
    }

    /// A picture that a run left.
    func picture(_ file: String?, of line: SweepSummary.Line, _ name: String) throws -> Image? {
        try file.map { try Image(contentsOf: "\(folder)/\(name)/points/\(line.point.name)/\($0)") }
    }

    private func absolute(_ path: String) throws -> String { try absolutePath(path) }

    /// A path as YAML takes it whatever it holds.
    package func quoted(_ text: String) -> String { "'" + text.replacingOccurrences(of: "'", with: "''") + "'" }
}

extension SweepSummary.Line {
    /// The value of an axis, without its unit.
    func value(_ axis: Int) -> Double { SweepSummary.number(point.settings[axis].value) ?? 0 }

    /// The image of a studied photo.
    func image(of study: Study) -> ImageResult? {
        images.first { ($0.photo as NSString).lastPathComponent == study.file }
    }
}

extension [SweepSummary.Line] {
    /// What a figure says of the runs behind it.
    var provenance: String {
        let runs = Dictionary(grouping: self, by: \.point.name)
        let invalid = runs.values.filter { $0.contains { $0.valid == false } }.count
        return invalid == 0
            ? "\(runs.count) runs, all of which kept the channel’s time."
            : "\(runs.count) runs, \(invalid) of them marked invalid: the machine did not keep the channel’s "
                + "time within its bound."
    }
}
