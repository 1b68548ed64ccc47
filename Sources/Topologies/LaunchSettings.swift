import Declarations
import Yams

/// Who starts a node's process.
package enum NodeStart: String, Sendable, CaseIterable {
    /// `testbed run`, here or by the node's own `command`, `host` or `launch`.
    case launched
    /// A person, or another scheduler, wherever it is; the run waits for it.
    case external
}

/// How a node is started on another host with nothing but its name, the controller's address and the secret.
package struct LaunchSettings: Sendable, Equatable {
    package enum Means: Sendable, Equatable {
        /// What `ssh` gets before the command: options, and the host.
        case ssh([String])
        case srun([String])
        /// Options of `docker run`, and the image.
        case docker([String])
        /// Words that the node's own command line is appended to.
        case command([String])

        /// The program that is started here.
        package var program: String? {
            switch self {
            case .ssh: "ssh"
            case .srun: "srun"
            case .docker: "docker"
            case .command(let words): words.first
            }
        }
    }

    package var means: Means
    /// Folder of the executables there; nil: on the PATH there, or for srun and command where they lie here.
    package var programs: String?

    /// `user@host` of ssh.
    package var destination: String? { if case .ssh(let words) = means { words.last } else { nil } }

    /// Whether its node is on another host for sure.
    var isElsewhere: Bool {
        guard let destination else { return false }
        let host = destination.split(separator: "@").last.map(String.init) ?? destination
        return !isLoopbackName(host)
    }

    init(ssh destination: String) { (means, programs) = (.ssh([destination]), nil) }

    /// - Returns: nil where the section is absent or at fault, which it has then reported.
    init?(_ s: YAMLSection) {
        let notes = [
            "ssh":
                "Host, as `ssh` takes it, with options before it where need be: it must let one in without a question.",
            "srun": "Options of Slurm's `srun` for one task.",
            "docker": "Options of `docker run` and an image that holds the programs; the host's network is used.",
            "command": "Any other program and its arguments; the node's command line is appended.",
        ]
        let found = ["ssh", "srun", "docker", "command"].compactMap { key -> (key: String, words: [String])? in
            let words = s.words(key, notes[key] ?? "")
            guard s.has(key) else { return nil }
            return (key, words.count == 1 ? words[0].split(separator: " ").map(String.init) : words)
        }
        let programs = s.text("programs", "Folder of the executables there; on the PATH there where absent.")
        s.finish()
        guard let only = found.first else {
            if let key = s.mapping?.first?.key.string {
                s.report(key, "says nothing of who starts the node: expected one of ssh, srun, docker, command")
            }
            return nil
        }
        guard found.count == 1 else {
            s.report(found[1].key, "and '\(only.key)' exclude each other")
            return nil
        }
        guard !only.words.isEmpty || only.key == "srun" else {
            s.report(only.key, "is empty: expected \(only.key == "ssh" ? "a host" : "a program or an image")")
            return nil
        }
        means =
            switch only.key {
            case "ssh": .ssh(only.words)
            case "srun": .srun(only.words)
            case "docker": .docker(only.words)
            default: .command(only.words)
            }
        self.programs = programs
    }
}

/// Whether a name or numeric address leads back to the host that uses it.
func isLoopbackName(_ host: String) -> Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

/// Whether an address stands for all of a host's own, to which nobody can send.
func isAnyAddress(_ host: String) -> Bool { host == "0.0.0.0" || host == "::" || host == "*" }
