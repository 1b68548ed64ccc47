import CKernels
import Dispatch
import Foundation
import Synchronization

/// Threads that help with one loop after the other. A layer takes a tenth of a millisecond and the next one follows at
/// once, so that a helper stays awake for ``patience`` after a loop instead of being woken for each; then it sleeps.
///
/// Who starts a loop waits for those helpers alone that have joined it:
/// one that the system has not woken in time costs nothing.
final class ThreadTeam: Sendable {
    static let shared = ThreadTeam()

    /// How long a thread waits awake, in nanoseconds.
    private static let patience: UInt64 = 50_000

    private struct Loop {
        var workers = 0
        var body: (@Sendable (_ worker: Int) -> Void)?
    }
    /// Written while nobody may join, read by those that have.
    private nonisolated(unsafe) var loop = Loop()
    private let isTaken = Atomic<Bool>(false)
    /// Loops so far.
    private let generation = Atomic<Int>(0)
    /// Helpers in the loop, and two flags: whether others may join, and whether its owner sleeps.
    private let members = Atomic<Int>(0)
    private static let (isOpen, ownerSleeps) = (1 << 40, 1 << 41)
    private let finished = DispatchSemaphore(value: 0)
    private let helpers = Mutex<[Helper]>([])

    private final class Helper: Sendable {
        let isAsleep = Atomic<Bool>(false)
        let alarm = DispatchSemaphore(value: 0)
    }

    /// Runs `body` once for each worker, some of them perhaps on this thread alone, and waits.
    ///
    /// - Returns: false where another loop has the team.
    func run(workers: Int, _ body: @Sendable (_ worker: Int) -> Void) -> Bool {
        guard isTaken.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged else {
            return false
        }
        defer { isTaken.store(false, ordering: .releasing) }
        let team = enrolled(workers - 1)
        withoutActuallyEscaping(body) { body in
            loop = Loop(workers: workers, body: body)
            members.store(Self.isOpen, ordering: .sequentiallyConsistent)
            generation.wrappingAdd(1, ordering: .sequentiallyConsistent)
            for helper in team where helper.isAsleep.exchange(false, ordering: .sequentiallyConsistent) {
                helper.alarm.signal()
            }
            body(0)
            members.bitwiseAnd(~Self.isOpen, ordering: .sequentiallyConsistent)
            waitForMembers()
            loop.body = nil
        }
        return true
    }

    private func waitForMembers() {
        if Self.waitAwake({ members.load(ordering: .acquiring) == 0 }) { return }
        let left = members.bitwiseOr(Self.ownerSleeps, ordering: .sequentiallyConsistent).oldValue
        if left != 0 { finished.wait() }
        members.store(0, ordering: .sequentiallyConsistent)
    }

    /// The first `count` helpers, started where there are too few.
    private func enrolled(_ count: Int) -> [Helper] {
        helpers.withLock { helpers in
            while helpers.count < count {
                let (helper, worker) = (Helper(), helpers.count + 1)
                let thread = Thread { [self] in serve(helper, as: worker) }
                thread.name = "compute \(worker)"
                thread.stackSize = 1 << 20
                thread.start()
                helpers.append(helper)
            }
            return Array(helpers.prefix(count))
        }
    }

    private func serve(_ helper: Helper, as worker: Int) {
        var seen = 0
        while true {
            if !Self.waitAwake({ generation.load(ordering: .acquiring) != seen }) {
                helper.isAsleep.store(true, ordering: .sequentiallyConsistent)
                // Whoever starts a loop either sees that this thread sleeps or has counted it before.
                if generation.load(ordering: .sequentiallyConsistent) == seen
                    || !helper.isAsleep.exchange(false, ordering: .sequentiallyConsistent)
                {
                    helper.alarm.wait()
                }
            }
            seen = generation.load(ordering: .sequentiallyConsistent)
            join(as: worker)
        }
    }

    private func join(as worker: Int) {
        var found = members.load(ordering: .sequentiallyConsistent)
        while true {
            guard found & Self.isOpen != 0 else { return }
            let (exchanged, original) = members.compareExchange(
                expected: found, desired: found + 1, ordering: .sequentiallyConsistent)
            if exchanged { break }
            found = original
        }
        if worker < loop.workers { loop.body?(worker) }
        let left = members.wrappingSubtract(1, ordering: .sequentiallyConsistent).newValue
        if left == Self.ownerSleeps { finished.signal() }
    }

    /// Whether it comes true within the time that a thread waits awake.
    private static func waitAwake(_ isTrue: () -> Bool) -> Bool {
        let start = DispatchTime.now().uptimeNanoseconds
        while true {
            for _ in 0..<16 {
                if isTrue() { return true }
                ckernels_pause()
            }
            if DispatchTime.now().uptimeNanoseconds - start > patience { return false }
        }
    }
}
