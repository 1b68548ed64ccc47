import Datagrams
import Foundation
import Glibc
import Synchronization
import Wire

/// One thread that takes jobs in order, and a descriptor that becomes readable when some have ended.
final class JobThread: Sendable {
    private struct Queues: Sendable {
        var jobs: [(number: Int, work: @Sendable () -> any Sendable)] = []
        var results: [(number: Int, value: any Sendable)] = []
        var reports: [Wire.Progress] = []
    }

    private let queues = Mutex(Queues())
    private let waiting = DispatchSemaphore(value: 0)
    /// Readable when ``finished()`` has something.
    let descriptor: Int32
    private let writeEnd: Int32

    /// - Throws: `POSIXError` when no descriptors are left, `DatagramError` when no thread is to be had.
    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EMFILE) }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        descriptor = ends[0]
        writeEnd = ends[1]
        // Matrix products unroll onto the stack; the default of a second thread is small.
        try SystemThread.start(name: "jobs", stackSize: 16 << 20) { [self] in serve() }
    }

    func submit(_ number: Int, _ work: @escaping @Sendable () -> any Sendable) {
        queues.withLock { $0.jobs.append((number, work)) }
        waiting.signal()
    }

    /// What has ended since the last call, in order.
    func finished() -> [(number: Int, value: any Sendable)] {
        var scratch = [UInt8](repeating: 0, count: 64)
        while read(descriptor, &scratch, scratch.count) > 0 {}
        return queues.withLock { queues in
            defer { queues.results = [] }
            return queues.results
        }
    }

    /// Says how far the running job is; makes the descriptor readable.
    func report(_ progress: Wire.Progress) {
        queues.withLock { $0.reports.append(progress) }
        signal()
    }

    /// What jobs have said since the last call, in order. To be asked before ``finished()``, which empties the descriptor.
    func reports() -> [Wire.Progress] {
        queues.withLock { queues in
            defer { queues.reports = [] }
            return queues.reports
        }
    }

    private func signal() {
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }

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
