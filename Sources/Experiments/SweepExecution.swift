import Foundation
import Processes

/// Runs the points of a sweep, several at a time, each as a `testbed run` of its own.
///
/// A point runs in `points/NAME.partial-HOST-PID` and gets its name when it has ended: what stands under its name is
/// whole, so that a sweep killed at any instant goes on where it stopped, and several hosts may share a folder. All
/// records end in one `sweep.sqlite`.
package final class SweepExecution {
    package struct Outcome: Sendable {
        package var done: Int
        package var found: Int
        /// Points that left no record, with the exit code.
        package var failed: [(point: String, code: Int32)]
    }

    private let plan: SweepPlan
    private let folder: String
    private let command: [String]
    private let arguments: [String]
    private let jobs: Int
    private let share: SweepShare
    private let options: [String]

    /// - Parameters:
    ///   - command: what starts a run: this program, or an engine's command before it (`srun -n1 testbed`).
    ///   - arguments: topology and options that all points share.
    ///   - jobs: runs at a time.
    ///   - share: the points that are this call's.
    ///   - options: of `testbed run` that are no part of the plan: another session may have others.
    package init(
        plan: SweepPlan, folder: String, command: [String], arguments: [String], jobs: Int, share: SweepShare = .whole,
        options: [String] = []
    ) {
        self.plan = plan
        self.folder = folder
        self.command = command
        self.arguments = arguments
        self.jobs = max(1, jobs)
        self.share = share
        self.options = options
    }

    /// How many points this call runs or finds.
    package var count: Int { share.points(of: plan.points).count }

    private func path(_ point: SweepPlan.Point) -> String { "\(folder)/points/\(point.name)" }

    /// - Parameter progress: points ended (found ones included), running, and all.
    /// - Throws: `ExperimentError` for a folder that belongs to another sweep or cannot be written.
    package func run(progress: (_ ended: Int, _ running: Int, _ all: Int) -> Void) throws -> Outcome {
        try claimFolder()
        var outcome = Outcome(done: 0, found: 0, failed: [])
        let points = share.points(of: plan.points)
        var waiting = points.filter { point in
            let isThere = FileManager.default.fileExists(atPath: path(point))
            if isThere { outcome.found += 1 }
            return !isThere
        }[...]
        var running: [(point: SweepPlan.Point, process: ChildProcess, partial: String)] = []
        // Where this ends before its time, its runs end too, and in order.
        defer { for (_, process, _) in running { process.endGroup(grace: 5) } }
        while !waiting.isEmpty || !running.isEmpty {
            while running.count < jobs, let point = waiting.popFirst() {
                let partial = "\(path(point)).\(Self.partial)\(ChildProcess.ownIdentifier)"
                try? FileManager.default.removeItem(atPath: partial)
                running.append((point, try start(point, in: partial), partial))
            }
            progress(outcome.done + outcome.found + outcome.failed.count, running.count, points.count)
            Thread.sleep(forTimeInterval: 0.05)
            for index in running.indices.reversed() {
                guard let end = running[index].process.end() else { continue }
                let (point, _, partial) = running.remove(at: index)
                let code = end.shellCode
                // Exit code 1 is a run whose expectations failed: its record stands.
                if code <= 1, FileManager.default.fileExists(atPath: partial + "/run.sqlite") {
                    do { try FileManager.default.moveItem(atPath: partial, toPath: path(point)) } catch {
                        // A launcher that was believed dead may have ended the same point meanwhile.
                        guard FileManager.default.fileExists(atPath: path(point)) else {
                            throw ExperimentError.cannotWrite(path(point))
                        }
                        try? FileManager.default.removeItem(atPath: partial)
                    }
                    outcome.done += 1
                } else {
                    outcome.failed.append((point.description, code))
                }
            }
        }
        progress(outcome.done + outcome.found + outcome.failed.count, 0, points.count)
        return outcome
    }

    /// Of this host's own, up to the process: what other hosts have begun in the same folder says nothing here.
    private static let partial = "partial-\(ProcessInfo.processInfo.hostName)-"

    private func start(_ point: SweepPlan.Point, in partial: String) throws -> ChildProcess {
        let settings =
            point.settings.flatMap { ["--set", "\($0.key)=\($0.value)"] }
            + options
        do {
            return try ChildProcess(
                command + ["run"] + arguments + settings + ["--seed", String(point.seed), "-o", partial])
        } catch { throw ExperimentError.unsuitable("\(error)") }
    }

    /// The folder holds the plan it was begun with; another plan must not go on in it.
    private func claimFolder() throws {
        let manager = FileManager.default
        let file = folder + "/plan.txt"
        let text =
            ([arguments.joined(separator: " ")] + plan.points.map { "\($0.name)\t\($0.seed)\t\($0.description)" })
            .joined(separator: "\n") + "\n"
        if let known = try? String(contentsOfFile: file, encoding: .utf8) {
            guard known == text else {
                throw ExperimentError.unsuitable(
                    "\(folder): holds another sweep (see plan.txt); give a folder of its own")
            }
        } else {
            do {
                try manager.createDirectory(atPath: folder + "/points", withIntermediateDirectories: true)
                try text.write(toFile: file, atomically: true, encoding: .utf8)
            } catch { throw ExperimentError.cannotWrite(folder) }
        }
        // Leftovers of a launcher that is gone.
        for name in (try? manager.contentsOfDirectory(atPath: folder + "/points")) ?? [] {
            guard let range = name.range(of: "." + Self.partial), let process = Int32(name[range.upperBound...]) else {
                continue
            }
            if process == ChildProcess.ownIdentifier || !ChildProcess.isRunning(process) {
                try? manager.removeItem(atPath: "\(folder)/points/\(name)")
            }
        }
    }
}
