import Synchronization

/// Messages on their way from any thread to an event loop, which a descriptor wakes.
package final class Postbox<Message: Sendable>: Sendable {
    private let waiting = Mutex<[Message]>([])
    private let bell: (read: Descriptor, write: Descriptor)
    private let room: Int

    /// - Parameter room: messages that may wait; beyond, the loop is stuck, and more would not help it.
    /// - Throws: ``StartFailure`` where no descriptors are left.
    package init(room: Int = 256) throws(StartFailure) {
        self.room = room
        bell = try Descriptor.pipe()
        bell.read.neverWait()
        bell.write.neverWait()
    }

    /// Readable once something was posted, until ``take()``.
    package var descriptor: Int32 { bell.read.number }

    /// - Returns: whether there was room.
    package func post(_ message: Message) -> Bool {
        let fits = waiting.withLock { queue in
            guard queue.count < room else { return false }
            queue.append(message)
            return true
        }
        if fits { _ = bell.write.write([1]) }
        return fits
    }

    /// Everything posted since the last call, in order.
    package func take() -> [Message] {
        _ = bell.read.drain { _ in }
        return waiting.withLock { queue in
            defer { queue = [] }
            return queue
        }
    }
}
