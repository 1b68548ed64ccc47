import FlyingSocks
import Foundation

/// What has happened in the run so far, for any number of browsers: each reads from the beginning and then waits.
actor LiveFeed {
    private var messages: [[UInt8]] = []
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var isClosed = false
    /// Number of the first message that is still kept.
    private var first = 0
    /// Long runs are kept by their newest part.
    private static let most = 50_000

    /// One message a line, in the form of server-sent events.
    func add(_ lines: [String]) {
        guard !lines.isEmpty else { return }
        messages += lines.map { Array("data: \($0)\n\n".utf8) }
        if messages.count > Self.most {
            first += messages.count - Self.most
            messages.removeFirst(messages.count - Self.most)
        }
        wake()
    }

    /// No more will come: browsers are told, and their streams end.
    func close() {
        messages.append(Array("event: end\ndata: {}\n\n".utf8))
        isClosed = true
        wake()
    }

    private func wake() {
        for continuation in waiting { continuation.resume() }
        waiting = []
    }

    /// The number of the next message.
    var end: Int { first + messages.count }

    /// The messages from `position` on as one block of bytes, and the position after them; `nil` at the end.
    func next(after position: Int) async -> (bytes: [UInt8], position: Int)? {
        while position >= first + messages.count {
            if isClosed { return nil }
            await withCheckedContinuation { waiting.append($0) }
        }
        let start = max(0, position - first)
        // In parts, so that a browser that joins late paints before it has everything.
        let end = min(messages.count, start + 400)
        return (Array(messages[start..<end].joined()), first + end)
    }
}

/// The feed from a message on as the body of one answer.
struct LiveEvents: AsyncBufferedSequence {
    typealias Element = UInt8
    let feed: LiveFeed
    let from: Int

    func makeAsyncIterator() -> Iterator { Iterator(feed: feed, position: from) }

    struct Iterator: AsyncBufferedIteratorProtocol {
        let feed: LiveFeed
        private var position: Int

        init(feed: LiveFeed, position: Int) {
            self.feed = feed
            self.position = position
        }

        mutating func next() async throws -> UInt8? { try await nextBuffer(count: 1)?.first }

        mutating func nextBuffer(suggested count: Int) async throws -> [UInt8]? {
            guard let (bytes, next) = await feed.next(after: position) else { return nil }
            position = next
            return bytes
        }
    }
}
