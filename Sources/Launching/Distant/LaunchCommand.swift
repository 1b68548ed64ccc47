import Processes
import Topologies

/// The command that starts a node's host: for a person to paste, or for a launcher to run.
struct LaunchCommand {
    let node: NodeSettings
    /// `HOST:PORT` at which the node finds the controller.
    let controller: String

    /// One line for a shell.
    ///
    /// - Parameter secretFile: that the person has, there as here.
    func line(secretFile: String) -> String {
        Self.quoted(words(Program.beside(node.role.executable), secretFile: secretFile))
    }

    /// What a launcher runs here; the secret goes to its standard input.
    var command: [String] {
        guard let launch = node.launch else { return [] }
        let program = node.role.executable
        let there = launch.programs.map { "\($0)/\(program)" }
        let here = there ?? Program.beside(program)
        switch launch.means {
        case .ssh(let words):
            // A host that does not answer is to be known within seconds; nobody is there to type a password. Of an
            // option that comes twice ssh takes the first: the topology's.
            let options = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=2", "-o", "ServerAliveInterval=5"]
            return ["ssh"] + words.dropLast() + options + words.suffix(1)
                + ["exec \(Self.quoted(self.words(there ?? program, secretFile: "-")))"]
        case .srun(let words): return ["srun"] + words + self.words(here, secretFile: "-")
        case .docker(let words):
            return ["docker", "run", "--rm", "-i", "--network", "host"] + words
                + self.words(there ?? program, secretFile: "-")
        case .command(let words): return words + self.words(here, secretFile: "-")
        }
    }

    private func words(_ program: String, secretFile: String) -> [String] {
        let port = node.ports.map { ["--port", String($0.lowerBound)] } ?? []
        return [program, "--controller", controller, "--secret-file", secretFile, "--name", node.name] + port
    }

    /// Why its launcher ended before the node was there, and what to do.
    func advice(_ words: String, exitCode: Int32?) -> String {
        // Before nodes could be started so, they asked for a topology at once.
        if words.contains("--secret-file") || words.contains("'--topology <topology>'") {
            return "; its \(node.role.executable) is an older build: install this one"
        }
        switch (node.launch?.means, exitCode) {
        case (_, 127): return "; say where the programs lie there: launch: {programs: /path}"
        case (.ssh, 255):
            return "; 'ssh \(node.launch?.destination ?? "")' must work without a question: name, network and key"
        default: return ""
        }
    }

    static func quoted(_ words: [String]) -> String {
        words.map { word in
            let isPlain = word.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "-_./:=@+,[]".utf8.contains($0)
            }
            return isPlain && !word.isEmpty ? word : "'\(word.replacing("'", with: #"'\''"#))'"
        }.joined(separator: " ")
    }
}
