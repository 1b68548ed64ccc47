import COpenBLAS
import Dispatch
import Foundation
import Synchronization

/// How this process shares its layers among processor cores.
///
/// Every parallel loop of this room splits the *output* of a layer, and each piece is computed by one thread with
/// single-threaded BLAS. So results do not depend on the thread count, and small products pay for no barriers.
package enum ComputeThreads {
    private static let chosen = Atomic<Int>(0)

    /// BLAS keeps one thread for itself from its first use on.
    static let singleThreadedBLAS: Void = openblas_set_num_threads(1)

    package static var count: Int {
        guard canBeStarted else { return 1 }
        let count = chosen.load(ordering: .relaxed)
        return count > 0 ? count : available
    }

    /// False where the system lets this process start no thread: Dispatch would wait for one for ever.
    static let canBeStarted: Bool = {
        var thread = pthread_t()
        guard pthread_create(&thread, nil, { _ in nil }, nil) == 0 else { return false }
        return pthread_join(thread, nil) == 0
    }()

    static func set(_ count: Int) { chosen.store(max(1, count), ordering: .relaxed) }

    /// The environment's wish, as OpenBLAS would read it, else the number of processors.
    private static let available: Int = {
        let processors = Int(openblas_get_num_procs())
        guard let wish = ProcessInfo.processInfo.environment["OPENBLAS_NUM_THREADS"].flatMap(Int.init), wish > 0 else {
            return max(1, processors)
        }
        return wish
    }()
}

/// How many threads the layers of this process may use. Nodes that share a machine set it, or they oversubscribe it.
public func setComputeThreads(_ count: Int) { ComputeThreads.set(count) }

/// False where the system lets this process start no thread (a limit on processes):
/// nothing that waits for one can work.
public var threadsCanBeStarted: Bool { ComputeThreads.canBeStarted }

/// Runs `body(worker, index)` for every index below `count`, on up to ``ComputeThreads/count`` threads; indices are
/// handed out in order, and `worker` tells threads apart, so that each can own scratch memory.
package func parallelFor(_ count: Int, _ body: @Sendable (_ worker: Int, _ index: Int) -> Void) {
    _ = ComputeThreads.singleThreadedBLAS
    let workers = min(count, ComputeThreads.count)
    if workers <= 1 {
        for index in 0..<count { body(0, index) }
        return
    }
    let next = Atomic<Int>(0)
    // A loop within another, and one beside another's, has Dispatch's threads.
    if !ThreadTeam.shared.run(workers: workers, { drain(next, below: count, worker: $0, body) }) {
        DispatchQueue.concurrentPerform(iterations: workers) { drain(next, below: count, worker: $0, body) }
    }
}

private func drain(
    _ next: borrowing Atomic<Int>, below count: Int, worker: Int, _ body: (_ worker: Int, _ index: Int) -> Void
) {
    while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if index >= count { return }
        body(worker, index)
    }
}

/// Runs `body` for every index below `count`, on as many threads as layers use, and waits.
/// Each index writes its own results.
public func forEachConcurrently(_ count: Int, _ body: @Sendable (Int) -> Void) { parallelFor(count) { body($1) } }
