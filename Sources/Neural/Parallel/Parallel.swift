/// Runs `body` on slices of 0..<count, one slice a compute thread (``setComputeThreads(_:)``), and waits.
///
/// - Parameter grain: the least worth a thread of its own.
package func inParallel(_ count: Int, grain: Int = 1, _ body: @Sendable (Range<Int>) -> Void) {
    let threads = min(ComputeThreads.count, count / max(1, grain))
    guard threads > 1 else {
        if count > 0 { body(0..<count) }
        return
    }
    parallelFor(threads) { _, thread in
        let range = count * thread / threads..<count * (thread + 1) / threads
        if !range.isEmpty { body(range) }
    }
}

/// A pointer that crosses into ``inParallel(_:grain:_:)``; its slices never overlap, which the compiler cannot see.
package struct Shared<Pointee>: @unchecked Sendable {
    package let pointer: UnsafeMutablePointer<Pointee>
    package init(_ pointer: UnsafeMutablePointer<Pointee>) { self.pointer = pointer }
    package init(_ pointer: UnsafePointer<Pointee>) { self.pointer = UnsafeMutablePointer(mutating: pointer) }
}
