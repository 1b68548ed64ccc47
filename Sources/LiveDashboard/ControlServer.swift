import Datagrams
import Files
import FlyingFox
import FlyingSocks
import Foundation
import Synchronization
import Topologies

/// Where a control server listens: `PORT` of the loopback address, or `HOST:PORT`.
package struct ControlAddress: Sendable {
    package let endpoint: Endpoint

    /// - Throws: ``InputError`` where the text is neither.
    package init(_ text: String) throws {
        if let port = UInt16(text) {
            var loopback = Endpoint.loopback
            loopback.port = port
            endpoint = loopback
            return
        }
        do { endpoint = try Endpoint(text) } catch { throw InputError("'\(text)' is not PORT or HOST:PORT") }
    }
}

/// The HTTP server of the control API: answers in JSON, and a token for whoever changes something.
///
/// On the loopback address looking on needs no token; on any other address everything but the bare page does.
package final class ControlServer: Sendable {
    struct Route: Sendable {
        enum Right: Sendable { case everyone, lookers, changers }
        /// For instance `GET /run`.
        let pattern: String
        let right: Right
        let answer: @Sendable (HTTPRequest) async throws -> HTTPResponse
    }

    package let token: String
    private let server: HTTPServer
    private let address: ControlAddress
    private let tasks = Mutex<[Task<Void, Never>]>([])
    /// Bytes of a request's body at most.
    private static let mostBytes = 65_536

    /// - Parameter address: with port 0 for a free one.
    package init(_ address: ControlAddress) throws {
        self.address = address
        var generator = SystemRandomNumberGenerator()
        token = (0..<4).map { _ in String(format: "%08x", UInt32.random(in: .min ... .max, using: &generator)) }
            .joined()
        let endpoint = address.endpoint
        // A stream lives as long as the run; the timeout is for the making of an answer only.
        server =
            endpoint.host.contains(":")
            ? HTTPServer(address: try sockaddr_in6.inet6(ip6: endpoint.host, port: endpoint.port), logger: .disabled)
            : HTTPServer(address: try sockaddr_in.inet(ip4: endpoint.host, port: endpoint.port), logger: .disabled)
    }

    /// Begins to serve.
    ///
    /// - Parameter option: what named the address, for the error.
    /// - Returns: the server's address, without the token.
    /// - Throws: ``InputError`` where the port is taken or the address is not this host's.
    func start(_ routes: [Route], option: String) throws -> String {
        let opening = Opening()
        let serving = Task { [self] in
            for route in routes { await add(route) }
            await server.appendRoute("*") { request in
                Self.refusal(
                    .notFound,
                    "\(request.method.rawValue) \(request.path): "
                        + "there is \(routes.map(\.pattern).joined(separator: ", "))"
                )
            }
            // It throws when it is cancelled at the run's end, too; nobody listens then.
            do { try await server.run() } catch { opening.conclude(.failure(Self.failure(error))) }
        }
        let looking = Task {
            do {
                try await server.waitUntilListening(timeout: 5)
                switch await server.listeningAddress {
                case .ip4(_, let port)?, .ip6(_, let port)?: opening.conclude(.success(port))
                default: opening.conclude(.failure(InputError("no address")))
                }
            } catch { opening.conclude(.failure(Self.failure(error))) }
        }
        var endpoint = address.endpoint
        switch opening.wait() {
        case .success(let port): endpoint.port = port
        case .failure(let error):
            serving.cancel()
            looking.cancel()
            throw InputError("\(option) \(endpoint): cannot listen there: \(error)")
        }
        tasks.withLock { $0 = [serving, looking] }
        return "http://\(endpoint)"
    }

    /// The system's own words where it has any.
    private static func failure(_ error: any Error) -> InputError {
        guard case SocketError.failed(_, _, let message) = error else { return InputError("\(error)") }
        return InputError(message.prefix(1).lowercased() + message.dropFirst())
    }

    /// Closes the port; open streams have a moment to say their last words.
    package func stop() {
        let ended = DispatchSemaphore(value: 0)
        Task { [self] in
            await server.stop(timeout: 0.3)
            ended.signal()
        }
        _ = ended.wait(timeout: .now() + 2)
        tasks.withLock { for task in $0 { task.cancel() } }
    }

    // MARK: rights

    private func add(_ route: Route) async {
        let isOpen = route.right == .lookers && address.endpoint.isLoopback
        await server.appendRoute(HTTPRoute(route.pattern)) { [self] request in
            guard route.right == .everyone || isOpen && Self.comesFromHere(request) || shows(request) else {
                return Self.refusal(
                    .unauthorized, "the token is missing or wrong; it stands in the address printed at the start")
            }
            do { return try await route.answer(request) } catch let error as InputError {
                return Self.refusal(.badRequest, "\(error)")
            }
        }
    }

    /// In the header, or for an address that a browser opens by itself in the query.
    private func shows(_ request: HTTPRequest) -> Bool {
        Self.equal(request.headers[.authorization] ?? "", "Bearer " + token)
            || request.method == .GET && Self.equal(request.query["token"] ?? "", token)
    }

    /// A web page from elsewhere that lets its own name resolve to this host says that name.
    private static func comesFromHere(_ request: HTTPRequest) -> Bool {
        let host = (request.headers[.host] ?? "").replacing(/:[0-9]*$/, with: "").lowercased()
        return ["localhost", "[::1]"].contains(host)
            || host.hasPrefix("127.") && host.allSatisfy { $0 == "." || $0.isNumber }
    }

    /// Compares in a time that does not tell how much of it was right.
    static func equal(_ a: String, _ b: String) -> Bool {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    // MARK: answers

    static func answer(_ data: Data, _ type: String, _ status: HTTPStatusCode = .ok) -> HTTPResponse {
        HTTPResponse(
            statusCode: status, headers: [.contentType: type, HTTPHeader("Cache-Control"): "no-store"], body: data)
    }

    static func answer(_ value: some Encodable, _ status: HTTPStatusCode = .ok) throws -> HTTPResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return answer(try encoder.encode(value) + Data("\n".utf8), "application/json", status)
    }

    /// One sentence, as `{"error": …}`.
    static func refusal(_ status: HTTPStatusCode, _ sentence: String) -> HTTPResponse {
        (try? answer(["error": sentence], status)) ?? HTTPResponse(statusCode: status)
    }

    /// `POST /change`, which everything that can be controlled has.
    ///
    /// - Parameter apply: refuses by an ``InputError``; false where too much waits already.
    static func change(_ apply: @escaping @Sendable (LiveRequest) throws -> Bool) -> Route {
        Route(pattern: "POST /change", right: .changers) { request in
            let length = request.headers[.contentLength].flatMap { Int($0) }
            guard let length, length <= mostBytes else {
                return refusal(
                    length == nil ? .lengthRequired : .payloadTooLarge,
                    "expected a body of at most \(mostBytes) bytes and its Content-Length")
            }
            guard let asked = try? JSONDecoder().decode(LiveRequest.self, from: try await request.bodyData) else {
                return refusal(.badRequest, "expected {\"key\": TEXT, \"value\": TEXT}")
            }
            guard try apply(asked) else {
                return refusal(.serviceUnavailable, "\(asked.key): too many changes wait already")
            }
            return try answer(asked)
        }
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
