import Foundation
import Synchronization
import Testing

@testable import Neural

/// Loops over a team that stays awake: each index once, whoever asks,
/// however the loops lie within and beside each other.
struct ThreadTeamTests {
    /// How often each index of one loop was reached.
    private func counts(_ count: Int, _ body: @escaping @Sendable (Int) -> Void = { _ in }) -> [Int] {
        let seen = Mutex([Int](repeating: 0, count: count))
        parallelFor(count) { _, index in
            body(index)
            seen.withLock { $0[index] += 1 }
        }
        return seen.withLock { $0 }
    }

    @Test func everyIndexOnce() {
        for round in 0..<3_000 {
            let count = 1 + round % 7
            #expect(counts(count) == [Int](repeating: 1, count: count))
            // Longer than a helper stays awake, now and then.
            if round % 500 == 0 { Thread.sleep(forTimeInterval: 0.001) }
        }
    }

    @Test func loopsWithinLoops() {
        let inner = Mutex(0)
        #expect(
            counts(5) { _ in
                let once = counts(4) == [1, 1, 1, 1]
                inner.withLock { $0 += once ? 1 : 0 }
            } == [1, 1, 1, 1, 1])
        #expect(inner.withLock { $0 } == 5)
    }

    @Test func loopsBesideLoops() async {
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask { (0..<500).allSatisfy { _ in counts(6) == [1, 1, 1, 1, 1, 1] } }
            }
            for await right in group { #expect(right) }
        }
    }

    @Test func nobodyWaitsForHelpersThatSleep() {
        let team = ThreadTeam()
        for workers in [2, 3, 9] {
            let reached = Mutex<Set<Int>>([])
            #expect(team.run(workers: workers) { worker in _ = reached.withLock { $0.insert(worker) } })
            let workersReached = reached.withLock { $0 }
            #expect(workersReached.contains(0) && workersReached.allSatisfy { $0 < workers })
        }
    }
}
