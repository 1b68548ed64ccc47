import Datagrams
import Dispatch
import Processes
import Synchronization
import Wire

/// One thread that takes jobs in order, and a descriptor that becomes readable when some have ended.
package final class JobThread: Sendable {
    private struct Queues: Sendable {
        var jobs: [(number: Int, work: @Sendable () -> any Sendable)] = []
        var results: [(number: Int, value: any Sendable)] = []
        var reports: [Wire.Progress] = []
    }

    private let queues = Mutex(Queues())
    private let waiting = DispatchSemaphore(value: 0)
    /// Readable when ``finished()`` has something.
    package var descriptor: Int32 { wake.read.number }
    private let wake: (read: Descriptor, write: Descriptor)

    /// - Throws: `StartFailure` when no descriptors are left, `DatagramError` when no thread is to be had.
    package init() throws {
        wake = try Descriptor.pipe()
        wake.read.neverWait()
        wake.write.neverWait()
        // Matrix products unroll onto the stack; the default of a second thread is small.
        try SystemThread.start(name: "jobs", stackSize: 16 << 20) { [self] in serve() }
    }

    package func submit(_ number: Int, _ work: @escaping @Sendable () -> any Sendable) {
        queues.withLock { $0.jobs.append((number, work)) }
        waiting.signal()
    }

    /// What has ended since the last call, in order.
    package func finished() -> [(number: Int, value: any Sendable)] {
        _ = wake.read.drain { _ in }
        return queues.withLock { queues in
            defer { queues.results = [] }
            return queues.results
        }
    }

    /// Says how far the running job is; makes the descriptor readable.
    package func report(_ progress: Wire.Progress) {
        queues.withLock { $0.reports.append(progress) }
        signal()
    }

    /// What jobs have said since the last call, in order. To be asked before ``finished()``,
    /// which empties the descriptor.
    package func reports() -> [Wire.Progress] {
        queues.withLock { queues in
            defer { queues.reports = [] }
            return queues.reports
        }
    }

    private func signal() { _ = wake.write.write([1]) }

    private func serve() {
        while true {
            waiting.wait()
            guard let job = queues.withLock({ $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }) else { continue }
            let value = job.work()
            queues.withLock { $0.results.append((job.number, value)) }
            signal()
        }
    }
}
