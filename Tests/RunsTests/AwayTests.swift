import Determinism
import Foundation
import Records
import Report
import Results
import Roles
import TestSupport
import Testing

@testable import Runs
@testable import Topologies

/// Nodes that an event kills, with and without a return: an event is no crash, nothing waits in vain, and everyone who
/// tells what became of an image tells the same.
@Suite(.serialized) struct AwayTests {
    struct Seen {
        var result: Execution.Result
        /// The verdicts as the console had them, by image and receiver.
        var console: [String: String]
        var csv: [String: String]
        var report: String
        /// When the run was over, in seconds of its own time.
        var end: Double
    }

    func run(_ changes: [String], events: String) throws -> Seen {
        let topology = try Topology(
            yaml: ExampleTopology.yaml + "\nevents: [\(events)]\n", path: ExampleTopology.folder + "/test.yaml",
            overrides: ["images.longestSide=96", "links.up.model=awgn", "links.up.snr=10 dB"] + changes)
        let folder = NSTemporaryDirectory() + "away-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var console: [String: String] = [:]
        let result = try Execution(topology: topology, output: folder, command: ["testbed"]).runVirtually { note in
            if case .image(let image) = note { console["\(image.image) \(image.receiver)"] = image.verdict }
        }
        let rows = try String(contentsOfFile: folder + "/csv/images.csv", encoding: .utf8).split(separator: "\n")
        let names = rows[0].split(separator: ",", omittingEmptySubsequences: false)
        let place = { (name: String) in names.firstIndex(of: name[...])! }
        var csv: [String: String] = [:]
        for row in rows.dropFirst() {
            // Captions may hold commas: columns are counted from where the line has them unquoted.
            let cells = Self.cells(String(row))
            csv["\(cells[place("image")]) \(cells[place("receiver")])"] = cells[place("status")]
        }
        let last = result.results.events.map(\.at).max() ?? 0
        return Seen(
            result: result, console: console, csv: csv,
            report: try String(contentsOfFile: folder + "/report.html", encoding: .utf8),
            end: Double(last - (result.results.run?.originAt ?? 0)) / 1e9)
    }

    static func cells(_ line: String) -> [String] {
        var (cells, cell, isQuoted) = ([String](), "", false)
        for character in line {
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted:
                cells.append(cell)
                cell = ""
            default: cell.append(character)
            }
        }
        return cells + [cell]
    }

    @Test func aReceiverIsKilledAndStartedAgainUnderTheDefaultPolicy() throws {
        let seen = try run(
            ["images.count=6", "images.interval=1 s"],
            events: "{at: 1.5 s, kill: b}, {at: 3.5 s, restart: b}")
        let values = seen.result.figures.values
        #expect(seen.result.exitCode == 0, "\(seen.result.end.reason)")
        #expect(values["crashes"] == 0 && values["restarts"] == 1 && values["delivered"] == 4)
        let told = ["complete", "complete", "away", "away", "complete", "complete"]
        #expect((0..<6).map { seen.console["\($0) b"] } == told)
        #expect((0..<6).map { seen.csv["\($0) b"] } == told)
        #expect(seen.result.results.images.map { $0.status?.rawValue } == told)
        #expect(seen.report.components(separatedBy: "away: no receiver").count - 1 >= 2)
        #expect(ClosingTable(seen.result.results).description.components(separatedBy: "away").count - 1 == 2)
        // The budget and the grace, and no minute.
        for image in seen.result.results.images where image.status == .away {
            let waited = Double(image.finishedAt! - image.deadlineAt!) / 1e9
            #expect(abs(waited - 0.1) < 0.005 && image.gvif == 0)
        }
    }

    @Test func aReceiverThatStaysAwayHoldsNobodyUp() throws {
        let seen = try run(["images.count=3", "images.interval=1 s"], events: "{at: 500 ms, kill: b}")
        #expect(seen.result.end.exitCode == 0 && seen.end < 3)
        #expect((0..<3).map { seen.console["\($0) b"] } == ["complete", "away", "away"])
        #expect(seen.result.figures.values["failed"] == 2)
    }

    @Test func whatIsOnItsWayToADyingReceiverIsAway() throws {
        // Slow enough that the photo is on the air when the receiver dies.
        let seen = try run(
            [
                "images.count=1", "scheme.budget=900 ms", "links.up.bandwidth=30 kHz", "scheme.policy=fixed",
                "scheme.alpha=0", "scheme.rate=19",
            ],
            events: "{at: 400 ms, kill: b}, {at: 450 ms, restart: b}")
        #expect(seen.console == ["0 b": "away"] && seen.csv == ["0 b": "away"])
        // What came of it after the return is no second verdict.
        #expect(seen.result.results.images.count == 1 && seen.result.results.images[0].receivedFile == nil)
    }

    @Test func aTransmitterIsWaitedForWhoseRestartIsInStore() throws {
        let seen = try run(
            ["images.count=5", "images.interval=500 ms"],
            events: "{at: 520 ms, kill: a}, {at: 5 s, restart: a}")
        #expect(seen.result.end.exitCode == 0 && seen.end >= 5)
        // The photo in hand was never sent; the rest follows after the return.
        #expect(seen.console["1 "]?.hasPrefix("not sent") == true && seen.csv["1 b"] == nil)
        #expect(seen.result.figures.values["delivered"] == 4 && seen.result.figures.values["crashes"] == 0)
        #expect(NotSent(seen.result.results).count == 1 && seen.report.contains("Not sent: one image"))
    }

    @Test func aTransmitterThatStaysAwayEndsItsPart() throws {
        let seen = try run(["images.count=5", "images.interval=500 ms"], events: "{at: 800 ms, kill: a}")
        #expect(seen.result.end.exitCode == 0 && seen.end < 3 && seen.result.figures.values["delivered"] == 2)
    }

    @Test func aChannelThatStaysAwayLeavesNothingToSend() throws {
        let seen = try run(["images.count=4", "images.interval=500 ms"], events: "{at: 700 ms, kill: air}")
        #expect(seen.result.end.exitCode == 0 && seen.end < 5)
        #expect(seen.result.figures.values["delivered"] == 2 && NotSent(seen.result.results).count == 2)
        #expect(seen.console["3 "]?.contains("air, which carries it, is gone") == true)
    }

    @Test func oneOfSeveralReceiversIsAway() throws {
        let seen = try run(
            ["images.count=3", "images.interval=1 s", "nodes.c.role=receiver", "links.up.to=[b, c]"],
            events: "{at: 500 ms, leave: c}")
        #expect(seen.result.end.exitCode == 0 && seen.end < 4)
        #expect((0..<3).map { seen.console["\($0) b"] } == ["complete", "complete", "complete"])
        #expect((0..<3).map { seen.csv["\($0) c"] } == ["complete", "away", "away"])
    }

    @Test func aDeathThatNobodyAskedForStillEndsTheRun() throws {
        // The virtual clock knows no crash: the role alone is asked.
        let topology = try Topology(yaml: ExampleTopology.yaml, path: ExampleTopology.folder + "/test.yaml")
        var role = ControllerRole(topology: topology, policies: [:], photos: ["a": ["x.png"]])
        let now = Instant(nanoseconds: 0)
        _ = role.begin(now: now)
        _ = role.handle(.exited(node: "b", ExitReport(exitCode: 3)), now: now)
        #expect(role.failure?.exitCode == 1 && role.crashes == 1)
    }

    @Test(arguments: [
        ("{at: 1 s, restart: b}", "'b' was not killed before"),
        ("{at: 1 s, kill: b}, {at: 2 s, kill: b}", "killed before and not started again"),
        ("{at: 1 s, leave: b}, {at: 2 s, pause: b, duration: 1 s}", "has left before"),
        ("{at: 1 s, join: b}", "is there already"),
        ("{at: 1 s, kill: late}, {at: 2 s, join: late}", "has not joined yet"),
        ("{at: 100 s, flap: up, duration: 1 s}", "the run may have ended"),
        ("{at: 20 s, kill: b}", "timing.limit"),
        ("{at: 1 s, kill: c}, {at: 2 s, restart: c}", "comes back by itself"),
        ("{at: 1 s, set: {scheme.budget: 9 ms}}", "every transmitter states 'budget' itself"),
        ("{at: 1 s, flap: up, duration: 1 s}", "no join event starts it"),
    ])
    func contradictionsAreTold(_ events: String, _ words: String) throws {
        let changes = [
            "images.interval=1 s", "nodes.a.budget=10 ms", "nodes.late.role=receiver", "nodes.late.joinsLater=yes",
            "nodes.c.role=receiver", "nodes.c.restart=onFailure", "links.up.to=[b, c, late]",
        ]
        let topology = try Topology(
            yaml: ExampleTopology.yaml + "\nevents: [\(events)]\n", path: ExampleTopology.folder + "/test.yaml",
            overrides: changes + (words == "timing.limit" ? ["timing.limit=20 s"] : []))
        let lines = EventDoubts(topology, photos: ["a": ["x.png", "y.png"]]).lines
        #expect(lines.contains { $0.contains(words) }, "\(lines)")
    }

    @Test func whatIsMeantIsNotDoubted() throws {
        let topology = try Topology(
            yaml: ExampleTopology.yaml
                + """
                \n\
                events: [{at: 1 s, kill: b}, {at: 2 s, restart: b}, {at: 3 s, kill: b}, {at: 3 s, \
                set: {scheme.budget: 9 ms}}]\n
                """,
            path: ExampleTopology.folder + "/test.yaml", overrides: ["images.interval=1 s"])
        #expect(EventDoubts(topology, photos: ["a": ["x.png", "y.png", "z.png"]]).lines == [])
        for name in ["crash-and-recovery", "two-cameras", "quickstart"] {
            let topology = try Topology(contentsOf: "\(ExampleTopology.folder)/\(name).yaml")
            let photos = Dictionary(
                uniqueKeysWithValues: topology.transmitters.map { ($0.name, Array(repeating: "x", count: 10)) })
            #expect(EventDoubts(topology, photos: photos).lines == [])
        }
    }
}
