import Foundation
import Neural

/// The machine a run was made on.
enum Machine {
    /// Cores, memory, processor, the system's kernel, and the level of the inner loops.
    static var description: [String: String] {
        var description = [
            "cores": String(ProcessInfo.processInfo.activeProcessorCount),
            "memory": "\(ProcessInfo.processInfo.physicalMemory / 1_000_000_000) GB",
            "loops": ComputeKernels.name,
        ]
        if let information = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8),
            let line = information.split(separator: "\n").first(where: { $0.hasPrefix("model name") }),
            let colon = line.firstIndex(of: ":")
        {
            description["processor"] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        if let kernel = try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8) {
            description["kernel"] = kernel.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return description
    }
}
