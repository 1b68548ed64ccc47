import Datagrams
import Nodes
import Wire

/// How a node's host comes to the files that are not there, and what long reading yields.
extension NodeAgent {
    func take(_ briefing: Briefing) throws {
        guard briefing.program == options.program else {
            throw AgentFailure.otherProgram(options.name, expected: briefing.program, found: options.program)
        }
        self.briefing = briefing
        folder = try store.folder(run: briefing.run, node: options.name)
        manifest = nil
        stream = RecordStream(
            "\(folder)/\(ReturnedFiles.record(of: options.name))", after: briefing.kept, now: MonotonicClock.now)
        fetch = try FileFetch(briefing.manifest)
        try goOn()
    }

    /// The manifest first, then the files in it, then everything under its name.
    func goOn() throws {
        guard var fetch else { return }
        guard fetch.isDone else {
            for request in fetch.requests() { link?.send(.fileRequest(request)) }
            self.fetch = fetch
            return
        }
        self.fetch = nil
        if let manifest {
            compute { [store, folder] in
                try store.place(manifest, in: folder)
                return .placed
            }
        } else {
            let listed = try FileManifest(serialised: fetch.memory)
            compute { [store] in .missing(try store.missing(listed), of: listed) }
        }
    }

    func compute(_ work: @escaping @Sendable () throws -> Found) {
        job += 1
        worker.submit(job) {
            do { return try work() } catch { return Found.failed(error) }
        }
    }

    func take(_ found: Found) throws {
        switch found {
        case .missing(let missing, let listed):
            manifest = listed
            fetch = try FileFetch(missing)
            let files =
                missing.isEmpty
                ? "every file it needs is here" : "\(missing.count) file\(missing.count == 1 ? "" : "s") to fetch"
            say("in the run as \(briefing?.program ?? "?"); \(files)")
            try goOn()
        case .placed: tell(.prepared)
        case .results(let files):
            let results = FileService(files)
            self.results = results
            tell(.offer(results.offer))
        case .failed(let error): throw error
        }
    }
}
