import Synchronization
import Topologies

/// Requests on their way from the web server's threads to the launcher's loop.
package final class LiveRequests: Sendable {
    private let waiting = Mutex<[LiveRequest]>([])
    /// Beyond this many unserved requests new ones are refused: the loop is stuck, and more would not help it.
    private static let most = 256

    package init() {}

    /// - Returns: whether there was room.
    package func post(_ request: LiveRequest) -> Bool {
        waiting.withLock { queue in
            guard queue.count < Self.most else { return false }
            queue.append(request)
            return true
        }
    }

    /// Everything posted since the last call, in order.
    package func take() -> [LiveRequest] {
        waiting.withLock { queue in
            defer { queue = [] }
            return queue
        }
    }
}
