import Datagrams
import Files
import FlyingFox
import FlyingSocks
import Foundation
import Launching
import Processes
import Report
import Synchronization
import Topologies

/// The live view of a run: a page, a stream of the run's records as server-sent events, and changes, whether sliders or
/// programs ask for them (Documentation/Control.md).
package final class Dashboard: Sendable {
    private let server: ControlServer
    private let feed = LiveFeed()
    private let topology: Topology
    private let folder: String
    private let requests: LiveRequests
    private let tail: Mutex<RecordTail>
    private let reading = Mutex<Task<Void, Never>?>(nil)

    package var token: String { server.token }

    /// - Parameters:
    ///   - address: where to listen; port 0 for a free one.
    ///   - requests: where what is asked is put.
    package init(topology: Topology, folder: String, address: ControlAddress, requests: LiveRequests) throws {
        self.topology = topology
        self.folder = folder
        self.requests = requests
        tail = Mutex(RecordTail(folder: folder))
        server = try ControlServer(address)
    }

    /// Where programs of the same user find address and token while the run goes on.
    private var controlFile: String { "\(folder)/control.json" }

    /// Starts to serve and to read the records.
    ///
    /// - Returns: the page's address, token included.
    /// - Throws: ``InputError`` where the port is taken, `FileFailure` where the folder cannot be written.
    package func start() throws -> String {
        let address = try server.start(routes, option: "--dashboard")
        try? FileManager.default.removeItem(atPath: controlFile)
        let entry = try JSONEncoder().encode(["address": address, "token": token])
        _ = try PrivateFile.create(Array(entry), at: controlFile)
        let task = Task { [self] in
            while !Task.isCancelled {
                await feed.add(tail.withLock { $0.newLines() })
                try? await Task.sleep(for: .milliseconds(150))
            }
        }
        reading.withLock { $0 = task }
        return "\(address)/#\(token)"
    }

    /// Sends what is left, ends the streams and closes the port.
    package func stop() {
        let told = DispatchSemaphore(value: 0)
        Task { [self] in
            await feed.add(tail.withLock { $0.newLines() })
            await feed.close()
            // Time for the last words to reach the browsers.
            try? await Task.sleep(for: .milliseconds(200))
            told.signal()
        }
        _ = told.wait(timeout: .now() + 2)
        server.stop()
        reading.withLock { $0?.cancel() }
        try? FileManager.default.removeItem(atPath: controlFile)
    }

    // MARK: what is served

    private var routes: [ControlServer.Route] {
        let page = Result {
            try TextFile.read(Place.existingResource("dashboard.html")).replacingOccurrences(
                of: "/*style*/", with: try PageResource.text("page.css"))
        }
        return [
            .init(pattern: "GET /", right: .everyone) { _ in
                ControlServer.answer(Data(try page.get().utf8), "text/html; charset=utf-8")
            },
            .init(pattern: "GET /run", right: .lookers) { [topology] _ in
                try ControlServer.answer(LiveTopology(topology))
            },
            .init(pattern: "GET /events", right: .lookers) { [feed] request in
                let start = request.query["from"] == "now" ? await feed.end : 0
                return HTTPResponse(
                    statusCode: .ok,
                    headers: [.contentType: "text/event-stream", HTTPHeader("Cache-Control"): "no-store"],
                    body: HTTPBodySequence(from: LiveEvents(feed: feed, from: start)))
            },
            .init(pattern: "GET /images/*", right: .lookers) { [folder] request in
                await Self.picture(request.path, folder: folder)
            },
            ControlServer.change { [topology, requests] asked in
                try asked.check(against: topology)
                return requests.post(asked)
            },
        ]
    }

    /// A picture of the run folder, and nothing else of the disk.
    ///
    /// A record may name a picture that is still being written: it is waited for until it has stopped growing.
    private static func picture(_ path: String, folder: String) async -> HTTPResponse {
        let name = path.dropFirst("/images/".count)
        let isPlain =
            !name.isEmpty && name.first != "."
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        var data: Data?
        for _ in 0..<20 where isPlain {
            let now = FileManager.default.contents(atPath: "\(folder)/images/\(name)")
            if let now, now.count == data?.count { break }
            data = now
            try? await Task.sleep(for: .milliseconds(100))
        }
        guard let data else { return ControlServer.refusal(.notFound, "\(path): there is no such picture") }
        return ControlServer.answer(
            data,
            name.hasSuffix(".png") ? "image/png" : name.hasSuffix(".jpg") ? "image/jpeg" : "application/octet-stream")
    }
}
