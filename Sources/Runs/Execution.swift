import Adaptation
import Channels
import Datagrams
import Declarations
import Determinism
import Files
import Foundation
import ImagePipeline
import Launching
import Neural
import Records
import Results
import Roles
import Topologies
import VirtualTime
import Wire

/// One run from a checked topology to its folder: photos opened, nodes started, records imported, pictures scored,
/// report written.
package struct Execution {
    package let topology: Topology
    package let folder: RunFolder
    package let photos: [String: [String]]
    package let policies: [String: Policy]
    /// One line for each photo that is left out or shows damage.
    package let warnings: [String]
    /// One line for each event that contradicts another or comes too late.
    package let doubts: [String]
    package let command: [String]
    /// The program and the models.
    private let provenance: Provenance

    /// Checks all that can be checked before anything is started.
    ///
    /// - Throws: ``InputError`` and the files' own errors; nothing is left behind but, at most, an empty folder.
    package init(topology: Topology, output: String?, command: [String]) throws {
        self.topology = topology
        // A sweep's point runs in a folder of this process's own until it is whole;
        // the record names the folder it will lie in.
        self.command = command.map {
            $0.replacingOccurrences(of: #"\.partial-[^/]+-[0-9]+$"#, with: "", options: .regularExpression)
        }
        let preflight = try Preflight(topology)
        (photos, policies) = (preflight.photos, preflight.policies)
        (warnings, doubts) = (preflight.warnings, preflight.doubts)
        folder = try RunFolder(creating: output, topology: topology)
        provenance = Provenance(topology)
    }

    /// Images that are to arrive: one with several receivers counts at each.
    package var planned: Int {
        let routes = topology.routes
        return photos.reduce(0) { $0 + $1.value.count * (routes[$1.key]?.receivers.count ?? 1) }
    }

    /// What a run leaves to its caller.
    package struct Result: Sendable {
        package var end: RunEnd
        package var results: RunResults
        package var figures: RunFigures
        /// Expectations that do not hold.
        package var failures: [String]

        /// 0 where the run and all it promises went well.
        package var exitCode: Int32 { end.exitCode != 0 ? end.exitCode : failures.isEmpty ? 0 : 1 }
    }

    /// Runs with processes and sockets.
    ///
    /// - Parameters:
    ///   - secretFile: of nodes that others start; made where it is not there.
    ///   - requests: where a dashboard puts what a person asks.
    /// - Throws: ``InputError`` where a person is to start a node and has no secret for it.
    package func runForReal(
        secretFile: String? = nil, requests: LiveRequests? = nil, progress: @escaping (ProgressNote) -> Void
    ) throws -> Result {
        let door = try door(secretFile)
        let role = ControllerRole(topology: topology, policies: policies, photos: photos)
        let launcher = try Launcher(
            topology: topology, topologyFile: folder.topologyFile, folder: folder.path, role: role, door: door,
            requests: requests, progress: progress)
        let startedOn = Date.now.ISO8601Format()
        try describe(startedOn: startedOn)
        launcher.append(.run(runRecord(originAt: MonotonicClock.now, startedOn: startedOn)))
        for event in warningEvents(at: MonotonicClock.now) { launcher.append(event) }
        // Whatever ended it, what was measured is written below.
        let end: RunEnd
        do { end = try launcher.run() } catch {
            end = RunEnd(exitCode: error is InputError ? 2 : 1, reason: "the controller failed: \(error)")
        }
        // Once more with the origin of the run's time, which is known since; the last record of a run counts.
        if let origin = launcher.origin { launcher.append(.run(runRecord(originAt: origin, startedOn: startedOn))) }
        do {
            try launcher.flush()
            return try finish(end, crashes: launcher.crashes, restarts: launcher.restarts)
        } catch {
            // What ended the run is usually also why its record cannot be closed.
            throw failure(end, error)
        }
    }

    /// The secret that nodes which others start must hold; nil where there are none.
    private func door(_ file: String?) throws -> (secret: Secret, file: String?)? {
        let distant = topology.nodes.filter(\.isDistant)
        guard !distant.isEmpty else { return nil }
        if let file {
            let path = try absolutePath(file)
            return (try SecretFile.readOrCreate(path).value, path)
        }
        if let name = distant.first(where: { $0.start == .external })?.name {
            throw InputError(
                "'\(name)' is started by hand: --secret-file FILE says by what it is known (the file is made "
                    + "where it is not there)"
            )
        }
        return (.generate(), nil)
    }

    /// Runs under the virtual clock.
    package func runVirtually(progress: @escaping (ProgressNote) -> Void) throws -> Result {
        // One thread: what a matrix product rounds must not depend on how many share it.
        setComputeThreads(1)
        try describe(startedOn: nil)
        let role = ControllerRole(topology: topology, policies: policies, photos: photos)
        var policyProgram = PolicyConsultation(topology, folder: folder.path)
        let run = try VirtualRun(
            topology: topology, folder: folder.path, controller: role, photos: photos,
            consult: { policyProgram.reply(to: $0) }, inform: { policyProgram.tell($0, picture: $1) },
            progress: progress)
        let end: RunEnd
        do { end = try run.run() } catch {
            end = RunEnd(exitCode: error is InputError ? 2 : 1, reason: "\(error)")
        }
        policyProgram.finish()
        run.append(.run(runRecord(originAt: run.origin, startedOn: nil)))
        for event in warningEvents(at: run.origin) { run.append(event) }
        if let record = policyProgram.strayRecord(at: run.origin.nanoseconds) { run.append(record) }
        do {
            try run.flush()
            return try finish(end, crashes: run.crashes, restarts: run.restarts)
        } catch {
            throw failure(end, error)
        }
    }

    /// A run whose folder could not be closed, with the way on: the nodes' records are all there is to know.
    private func failure(_ end: RunEnd, _ error: any Error) -> RunFailure {
        let way =
            "what was measured is in \(folder.path)/records; 'testbed report --import \(folder.path)' goes on "
            + "from there"
        return RunFailure(
            description: ([end.reason, "\(error)"].filter { !$0.isEmpty } + [way]).joined(separator: "; "))
    }

    private func warningEvents(at instant: Instant) -> [Record] {
        warnings.map {
            .event(
                EventRecord(at: instant.nanoseconds, node: "controller", severity: .warning, what: "photo", detail: $0))
        }
    }

    /// Writes `csv/metadata.json`, before anything is sent: it stands even where the run breaks off.
    private func describe(startedOn: String?) throws {
        let metadata = Metadata(
            topology, provenance: provenance, photos: photos, startedOn: startedOn,
            machine: startedOn == nil ? nil : Machine.description)
        _ = try makeFolder("\(folder.path)/csv")
        try Metadata.write(metadata, to: "\(folder.path)/csv/\(Metadata.fileName)")
    }

    /// - Parameter startedOn: the time of day; nil under the virtual clock.
    private func runRecord(originAt: Instant, startedOn: String?) -> RunRecord {
        RunRecord(
            topology: topology.name, resolved: topology.resolvedYAML, seed: topology.seed,
            originAt: originAt.nanoseconds,
            // A virtual run is the same on every day.
            startedOn: startedOn ?? "", virtual: startedOn == nil,
            accounting: topology.scheme.accounting.rawValue,
            latencyBudget: topology.scheme.budget,
            bandwidth: topology.links.first.map { link in
                link.band.flatMap { name in topology.bands.first { $0.name == name }?.bandwidth }
                    ?? link.channel.bandwidth
            } ?? 0,
            rateLaw: Set(topology.links.map { $0.channel.rate.words }).sorted().joined(separator: "; "),
            latenessBound: topology.timing.latenessBound, versions: versions,
            machine: startedOn == nil ? [:] : Machine.description, command: command)
    }

    /// One line where the run has to do with another classifier than the usual one, since that is not installed.
    package var notice: String? { topology.models.classifier == nil ? ModelLibrary.standard.notice : nil }

    /// The program, the commit it was built in, and the models by name and digest.
    private var versions: [String: String] {
        var versions = provenance.versions
        if notice != nil, let words = versions["classifier"] {
            versions["classifier"] = words + "; \(ModelLibrary.usualClassifier) is not installed"
        }
        return versions
    }

    /// Scores, imports, exports and reports what is in the folder, however the run ended.
    package func finish(_ end: RunEnd, crashes: Int, restarts: Int) throws -> Result {
        let scores = try RecordFile(path: "\(folder.path)/records/scores.jsonl")
        for score in try Scoring.scores(folder: folder.path, regionAlpha: topology.scheme.regionAlpha) {
            scores.append(score)
        }
        try scores.flush()
        let results = try RunClosing.close(folder: folder.path, keeping: topology.keep).results
        let figures = RunFigures(results, planned: planned, crashes: crashes, restarts: restarts)
        return Result(
            end: end, results: results, figures: figures,
            failures: end.exitCode == 0 ? figures.failures(of: topology.expectations) : [])
    }
}

/// A run that ended badly, and whose record could not be closed.
package struct RunFailure: Error, CustomStringConvertible, Sendable {
    package var description: String

    package init(description: String) { self.description = description }
}
