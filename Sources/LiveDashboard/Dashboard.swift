import Files
import FlyingFox
import FlyingSocks
import Foundation
import Launching
import Report
import Synchronization
import Topologies

/// The live view of a run: a page, a stream of the run's records as server-sent events, and the sliders' requests.
///
/// On loopback only. Whoever changes something must show the token that was printed when the run began; looking on
/// needs none.
package final class Dashboard: Sendable {
    private let server: HTTPServer
    private let feed = LiveFeed()
    private let topology: Topology
    private let folder: String
    private let requests: LiveRequests
    package let token: String
    private let tail: Mutex<RecordTail>
    private let tasks = Mutex<[Task<Void, Never>]>([])

    /// - Parameters:
    ///   - port: 0 for a free one.
    ///   - requests: where what is asked is put.
    package init(topology: Topology, folder: String, port: UInt16, requests: LiveRequests) throws {
        self.topology = topology
        self.folder = folder
        self.requests = requests
        var generator = SystemRandomNumberGenerator()
        token = (0..<4).map { _ in String(format: "%08x", UInt32.random(in: .min ... .max, using: &generator)) }
            .joined()
        tail = Mutex(RecordTail(folder: folder))
        // A stream lives as long as the run; the timeout is for the making of an answer only.
        server = HTTPServer(address: try sockaddr_in.inet(ip4: "127.0.0.1", port: port), logger: .disabled)
    }

    /// Starts to serve and to read the records.
    ///
    /// - Returns: the page's address, token included.
    /// - Throws: ``InputError`` where the port is taken.
    package func start(port: UInt16) throws -> String {
        let server = self.server
        let opening = Opening()
        let serving = Task { [self] in
            await route()
            // It throws when it is cancelled at the run's end, too; nobody listens then.
            do { try await server.run() } catch { opening.conclude(.failure(InputError("\(error)"))) }
        }
        let looking = Task {
            do {
                try await server.waitUntilListening(timeout: 5)
                guard case .ip4(_, let port)? = await server.listeningAddress else {
                    return opening.conclude(.failure(InputError("no address")))
                }
                opening.conclude(.success(port))
            } catch { opening.conclude(.failure(InputError("\(error)"))) }
        }
        let bound: UInt16
        switch opening.wait() {
        case .success(let port): bound = port
        case .failure(let error):
            serving.cancel()
            looking.cancel()
            throw InputError("--dashboard \(port): cannot listen on 127.0.0.1 (\(error))")
        }
        let reading = Task { [self] in
            while !Task.isCancelled {
                await feed.add(tail.withLock { $0.newLines() })
                try? await Task.sleep(for: .milliseconds(150))
            }
        }
        tasks.withLock { $0 = [serving, looking, reading] }
        return "http://127.0.0.1:\(bound)/#\(token)"
    }

    /// Sends what is left, ends the streams and closes the port.
    package func stop() {
        let ended = DispatchSemaphore(value: 0)
        Task { [self] in
            await feed.add(tail.withLock { $0.newLines() })
            await feed.close()
            // Time for the last words to reach the browsers.
            try? await Task.sleep(for: .milliseconds(200))
            await server.stop(timeout: 0.3)
            ended.signal()
        }
        _ = ended.wait(timeout: .now() + 2)
        tasks.withLock { for task in $0 { task.cancel() } }
    }

    // MARK: what is served

    private func route() async {
        let page = Result {
            try TextFile.read(Place.existingResource("dashboard.html")).replacingOccurrences(
                of: "/*style*/", with: try PageResource.text("page.css"))
        }
        await server.appendRoute("GET /") { _ in Self.answer(Data(try page.get().utf8), "text/html; charset=utf-8") }
        await server.appendRoute("GET /run") { [topology] _ in
            Self.answer(try JSONEncoder().encode(LiveTopology(topology)), "application/json")
        }
        await server.appendRoute("GET /events") { [feed] _ in
            HTTPResponse(
                statusCode: .ok, headers: [.contentType: "text/event-stream", HTTPHeader("Cache-Control"): "no-store"],
                body: HTTPBodySequence(from: LiveEvents(feed: feed)))
        }
        await server.appendRoute("GET /images/*") { [folder] request in await Self.picture(request.path, folder: folder)
        }
        await server.appendRoute("POST /change") { [self] request in await change(request) }
    }

    private static func answer(_ data: Data, _ type: String, _ status: HTTPStatusCode = .ok) -> HTTPResponse {
        HTTPResponse(
            statusCode: status, headers: [.contentType: type, HTTPHeader("Cache-Control"): "no-store"], body: data)
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
        guard let data else {
            return answer(Data("no such picture\n".utf8), "text/plain", .notFound)
        }
        return answer(
            data,
            name.hasSuffix(".png") ? "image/png" : name.hasSuffix(".jpg") ? "image/jpeg" : "application/octet-stream")
    }

    private func change(_ request: HTTPRequest) async -> HTTPResponse {
        guard Self.equal(request.headers[.authorization] ?? "", "Bearer " + token) else {
            return Self.answer(
                Data("the token is missing or wrong; it stands in the address printed at the start\n".utf8),
                "text/plain", .unauthorized)
        }
        do {
            let asked = try JSONDecoder().decode(LiveRequest.self, from: try await request.bodyData)
            try asked.check(against: topology)
            guard requests.post(asked) else {
                return Self.answer(Data("too many requests wait\n".utf8), "text/plain", .serviceUnavailable)
            }
            return Self.answer(Data("{}".utf8), "application/json")
        } catch let error as InputError {
            return Self.answer(Data("\(error)\n".utf8), "text/plain", .badRequest)
        } catch {
            return Self.answer(Data("expected {\"key\": …, \"value\": …}\n".utf8), "text/plain", .badRequest)
        }
    }

    /// Compares in a time that does not tell how much of it was right.
    static func equal(_ a: String, _ b: String) -> Bool {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// How the opening of the port went: the first word counts.
private final class Opening: Sendable {
    private let outcome = Mutex<Result<UInt16, InputError>?>(nil)
    private let spoken = DispatchSemaphore(value: 0)

    func conclude(_ result: Result<UInt16, InputError>) {
        outcome.withLock { if $0 == nil { $0 = result } }
        spoken.signal()
    }

    func wait() -> Result<UInt16, InputError> {
        spoken.wait()
        return outcome.withLock { $0 } ?? .failure(InputError("no answer"))
    }
}

/// What the page needs to know of a topology before anything has happened.
struct LiveTopology: Encodable {
    struct Link: Encodable {
        var name, from, through, model: String
        var to: [String]
        /// dB, share, Hz.
        var snr, loss, bandwidth: Double
    }

    var name: String
    var seed: String
    /// Seconds.
    var budget: Double
    var links: [Link]

    init(_ topology: Topology) {
        name = topology.name
        seed = String(topology.seed)
        budget = topology.scheme.budget
        links = topology.links.map { link in
            let band = link.band.flatMap { name in topology.bands.first { $0.name == name }?.bandwidth }
            return Link(
                name: link.name, from: link.from, through: link.through, model: link.channel.model.rawValue,
                to: link.to, snr: link.channel.snr,
                loss: link.channel.loss, bandwidth: band ?? link.channel.bandwidth)
        }
    }
}
