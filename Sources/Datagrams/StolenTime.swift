import Foundation

/// The share of all processors' time that a hypervisor gave to others since the value was made, by /proc/stat.
public struct StolenTime: Sendable {
    private let before = Self.read()

    public init() {}

    /// nil where the system does not say.
    public var share: Double? {
        guard let before, let after = Self.read(), after.total > before.total else { return nil }
        return (after.stolen - before.stolen) / (after.total - before.total)
    }

    private static func read() -> (stolen: Double, total: Double)? {
        guard let line = try? String(contentsOfFile: "/proc/stat", encoding: .utf8).prefix(while: { $0 != "\n" }) else {
            return nil
        }
        // user nice system idle iowait irq softirq steal; what follows is counted in user already.
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
        return ticks.count == 8 ? (ticks[7], ticks.reduce(0, +)) : nil
    }
}
