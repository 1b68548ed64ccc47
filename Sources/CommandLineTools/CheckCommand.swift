import ArgumentParser
import Declarations
import Experiments
import Files
import Foundation
import Results
import Runs
import Topologies

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Find every mistake in a topology file, and in all that its run would read; start nothing.",
        discussion: "Prints FILE:LINE: KEY: what is wrong and what was expected, one mistake a line.")

    @OptionGroup var input: TopologyArguments

    @Flag(help: "Print the topology with every default filled in, and what nodes with keys of their own make of it.")
    var resolved = false

    func run() throws {
        do {
            let topology = try input.read()
            let preflight = try Preflight(topology)
            for warning in preflight.warnings + preflight.doubts { complain("warning: \(warning)") }
            if resolved { return print(topology.outcomeYAML, terminator: "") }
            let images = preflight.photos.values.reduce(0) { $0 + $1.count }
            print(
                "\(input.topology): in order: \(topology.nodes.count) nodes, \(topology.links.count) "
                    + "link\(topology.links.count == 1 ? "" : "s"), \(images) image\(images == 1 ? "" : "s") to send"
            )
            for line in Self.ports(topology) { print(line) }
        } catch let error as TopologyError {
            for problem in error.problems { complain(problem) }
            throw ExitCode(2)
        }
    }
}

extension CheckCommand {
    /// What a firewall has to let through, where nodes are on other hosts or state their ports.
    fileprivate static func ports(_ topology: Topology) -> [String] {
        let nodes = topology.nodes.filter { $0.copyNumber == 1 && ($0.isDistant || $0.ports != nil) }
        guard !nodes.isEmpty else { return [] }
        func text(_ port: Int) -> String { port == 0 ? "chosen by the system (state controller.port)" : String(port) }
        return ["controller: 1 UDP port, \(text(topology.controller.port))"]
            + nodes.map { node in
                let needed = node.portsNeeded(links: topology.linkSockets(of: node))
                let place = node.ports.map { "of \($0.lowerBound)-\($0.upperBound)" } ?? "chosen by the system"
                return "\(node.name): \(needed) UDP ports, \(place)"
            }
    }
}

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON schema of topology files, for editors; or a reference of topologies or results.")

    enum Page: EnumerableFlag {
        case markdown, results

        static func help(for page: Page) -> ArgumentHelp? {
            switch page {
            case .markdown: "Print the reference of topology files as Markdown (Documentation/Topology.md)."
            case .results: "Print the tables and columns of a run's results as Markdown (Documentation/Results.md)."
            }
        }
    }

    @Flag(exclusivity: .exclusive) var page: Page?

    func run() throws {
        switch page {
        case nil: print(Topology.schema())
        case .markdown: print(Topology.reference(), terminator: "")
        case .results: print(ResultsDatabase.reference() + SweepSummary.reference(), terminator: "")
        }
    }
}
