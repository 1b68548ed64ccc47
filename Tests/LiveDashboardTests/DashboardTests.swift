import Foundation
import FoundationNetworking
import Processes
import TestSupport
import Testing

@testable import Launching
@testable import LiveDashboard
@testable import Nodes
@testable import Topologies

/// The live view over a real loopback socket.
@Suite(.serialized) struct DashboardTests {
    let topology: Topology
    let folder: String
    let requests: LiveRequests

    init() throws {
        requests = try LiveRequests()
        topology = try Topology(yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml")
        folder = NSTemporaryDirectory() + "dashboard-\(UUID().uuidString)"
        for name in ["records", "images"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        }
        try Data("secret".utf8).write(to: URL(fileURLWithPath: folder + "/run.sqlite"))
        try Data("picture".utf8).write(to: URL(fileURLWithPath: folder + "/images/camera-0.png"))
    }

    private func board(at address: String = "0") throws -> Dashboard {
        try Dashboard(topology: topology, folder: folder, address: ControlAddress(address), requests: requests)
    }

    private func fetch(
        _ base: String, _ path: String, _ body: String? = nil, token: String? = nil
    ) async throws -> (status: Int, text: String) {
        var request = URLRequest(url: URL(string: base + path)!)
        request.timeoutInterval = 300  // the other tests share this process, and may hold its threads for long
        if let body {
            request.httpMethod = "POST"
            request.httpBody = Data(body.utf8)
        }
        if let token { request.setValue("Bearer " + token, forHTTPHeaderField: "Authorization") }
        let (data, response) = try await URLSession.shared.data(for: request)
        return ((response as! HTTPURLResponse).statusCode, String(decoding: data, as: UTF8.self))
    }

    @Test func showsToEveryoneAndObeysWhoHasTheToken() async throws {
        let board = try board()
        let address = try board.start()
        let base = String(address.prefix { $0 != "#" }.dropLast())
        #expect(address.hasSuffix("#" + board.token) && board.token.count == 32)

        #expect(try await fetch(base, "/").text.contains("<title>Live run</title>"))
        let run = try await fetch(base, "/run").text
        #expect(run.contains("\"links\"") && !run.contains(board.token))
        #expect(try await fetch(base, "/images/camera-0.png").text == "picture")
        for path in [
            "/images/../run.sqlite", "/images/%2e%2e/run.sqlite", "/images/..%2frun.sqlite", "/run.sqlite", "/images/",
        ] {
            let answer = try await fetch(base, path)
            #expect(answer.status == 404 && !answer.text.contains("secret"), "\(path)")
        }

        let link = topology.links[0].name
        let change = "{\"key\":\"links.\(link).snr\",\"value\":\"3 dB\"}"
        #expect(try await fetch(base, "/change", change).status == 401)
        #expect(try await fetch(base, "/change", change, token: String(board.token.dropLast()) + "x").status == 401)
        #expect(requests.take().isEmpty)
        #expect(try await fetch(base, "/change", change, token: board.token).status == 200)
        #expect(requests.take() == [LiveRequest(key: "links.\(link).snr", value: "3 dB")])
        let refused = try await fetch(
            base, "/change", "{\"key\":\"links.\(link)x.snr\",\"value\":\"3 dB\"}", token: board.token)
        #expect(
            refused.status == 400 && refused.text.hasPrefix("{\"error\":")
                && refused.text.contains("nearest: '\(link)'"))
        #expect(
            try await fetch(base, "/change", "{\"key\":\"scheme.budget\",\"value\":\"-3 ms\"}", token: board.token)
                .status == 400)
        let senseless = try await fetch(base, "/change", "no JSON", token: board.token)
        #expect(senseless.status == 400 && senseless.text.hasPrefix("{\"error\":\"expected {"))
        #expect(
            try await fetch(base, "/change", String(repeating: "x", count: 70_000), token: board.token).status == 413)
        let lost = try await fetch(base, "/changes", "{}", token: board.token)
        #expect(lost.status == 404 && lost.text.contains("there is GET /, GET /run"))
        #expect(requests.take().isEmpty)
        board.stop()
    }

    @Test func beyondTheLoopbackLookingOnTakesTheToken() async throws {
        let board = try board(at: "0.0.0.0:0")
        let base = String(try board.start().prefix { $0 != "#" }.dropLast()).replacing("0.0.0.0", with: "127.0.0.1")
        #expect(try await fetch(base, "/").status == 200)
        for path in ["/run", "/events", "/images/camera-0.png", "/run?token=wrong"] {
            #expect(try await fetch(base, path).status == 401, "\(path)")
        }
        #expect(try await fetch(base, "/run?token=\(board.token)").status == 200)
        #expect(try await fetch(base, "/run", token: board.token).text.contains("\"budget_ms\":"))
        // A change is never to be had by an address alone.
        #expect(try await fetch(base, "/change?token=\(board.token)", "{}").status == 401)
        board.stop()
    }

    @Test func programsOfTheSameUserFindItInTheRunFolderWhileTheRunGoesOn() throws {
        let board = try board()
        let address = try board.start()
        let path = folder + "/control.json"
        let entry = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: URL(filePath: path)))
        #expect(address == "\(entry["address"] ?? "")/#\(entry["token"] ?? "")")
        let rights = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(rights == 0o600)
        board.stop()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func streamsTheRecordsAndEnds() async throws {
        let board = try board()
        let address = try board.start()
        let base = String(address.prefix { $0 != "#" }.dropLast())
        let path = folder + "/records/air.jsonl"
        try #"{"record":"block","link":"up","number":0}"#.appending(
            "\n" + #"{"record":"packet","link":"up"}"# + "\n" + #"{"record":"blo"#
        ).write(
            toFile: path, atomically: false, encoding: .utf8)
        async let stream = fetch(base, "/events")
        try await Task.sleep(for: .milliseconds(400))
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data((#"ck","link":"up","number":1}"# + "\n").utf8))
        try await Task.sleep(for: .milliseconds(400))
        board.stop()
        let text = try await stream.text
        let data = text.split(separator: "\n").filter { $0.hasPrefix("data: {\"record\"") }
        // The half line came when it was whole; packets are not shown.
        #expect(
            data == [
                #"data: {"record":"block","link":"up","number":0}"#,
                #"data: {"record":"block","link":"up","number":1}"#,
            ])
        #expect(text.contains("event: end"))
    }

    @Test func aTakenPortIsNamed() throws {
        let first = try board()
        let address = try first.start()
        let port = try #require(UInt16(address.split(separator: ":")[2].prefix { $0.isNumber }))
        #expect { try board(at: "\(port)").start() } throws: {
            "\($0)" == "--dashboard 127.0.0.1:\(port): cannot listen there: address already in use"
        }
        first.stop()
    }
}
