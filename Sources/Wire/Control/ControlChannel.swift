import Determinism

/// One end of a reliable, ordered conversation over datagrams that may be lost, doubled and reordered: a state machine
/// without input or output.
///
/// Messages are cut into numbered segments. At most `window` segments are in flight; each is sent again after a timeout
/// that starts from the measured round trip and doubles. Acknowledgements are selective and ride on every frame.
/// Feed arriving frames to `receive`, and after every event send what `poll` returns; `nextInstant` says when to poll
/// again if nothing happens.
public struct ControlChannel: Sendable {
    public struct Configuration: Sendable {
        /// Segments in flight; both ends must hold as many out of order.
        public var window = 32
        public var firstTimeout: Instant.Span = .milliseconds(20)
        public var shortestTimeout: Instant.Span = .milliseconds(5)
        public var longestTimeout: Instant.Span = .milliseconds(500)
        /// A segment that stays unacknowledged this long makes the peer count as unreachable.
        public var patience: Instant.Span = .seconds(10)

        public init() {}
    }

    private struct Outgoing {
        var segment: ControlFrame.Segment
        var firstSent: Instant?
        var due: Instant
        var timeout: Instant.Span
        var attempts = 0
    }

    private let configuration: Configuration
    // Sending.
    private var flight: [Outgoing] = []
    private var waiting: [ControlFrame.Segment] = []
    private var nextNumber: UInt32 = 0
    private var smoothed: Int64?
    private var deviation: Int64 = 0
    // Receiving.
    private var received: UInt32 = 0
    private var early: [UInt32: ControlFrame.Segment] = [:]
    private var partial: [UInt8] = []
    private var owesAcknowledgement = false

    /// Segments sent a second time or more often.
    public private(set) var retries: UInt64 = 0
    /// Why the conversation is over; nil while it goes on. A peer that breaks the protocol or stays silent ends it.
    public private(set) var failure: ControlFailure?

    public init(_ configuration: Configuration = .init()) { self.configuration = configuration }

    /// Nothing of ours waits for an acknowledgement.
    public var isSettled: Bool { flight.isEmpty && waiting.isEmpty }

    /// Smoothed round trip; nil before the first acknowledgement.
    public var roundTrip: Instant.Span? { smoothed.map { .init(nanoseconds: $0) } }

    /// Queues a message; the next `poll` sends it.
    public mutating func send(_ message: ControlMessage) {
        let bytes = message.serialised()
        var start = 0
        repeat {
            let end = min(bytes.count, start + ControlFrame.largestSegment)
            waiting.append(.init(number: nextNumber, endsMessage: end == bytes.count, bytes: Array(bytes[start..<end])))
            nextNumber &+= 1
            start = end
        } while start < bytes.count
    }

    /// Takes in one frame (an opened control datagram).
    /// - Returns: the messages that became complete, in the order they were sent.
    /// - Throws: `WireError`; the conversation survives a frame that cannot be read.
    public mutating func receive(_ frame: [UInt8], now: Instant) throws(WireError) -> [ControlMessage] {
        let frame = try ControlFrame(serialised: frame)
        acknowledge(frame, now: now)
        guard let segment = frame.segment else { return [] }
        owesAcknowledgement = true
        let ahead = segment.number &- received
        // Old segments come again when our acknowledgement was lost; far ones never come from an honest peer.
        guard ahead < UInt32(configuration.window) else { return [] }
        early[segment.number] = segment
        var messages: [ControlMessage] = []
        while let next = early.removeValue(forKey: received) {
            received &+= 1
            guard partial.count + next.bytes.count <= ControlMessage.largest else {
                failure = .broken(
                    .tooLong(field: "message", length: partial.count + next.bytes.count, limit: ControlMessage.largest))
                partial = []
                return messages
            }
            partial += next.bytes
            if next.endsMessage {
                let complete = partial
                partial = []
                do { messages.append(try ControlMessage(serialised: complete)) } catch { failure = .broken(error) }
            }
        }
        return messages
    }

    /// Frames to send now: new segments, those whose time is up, and an acknowledgement that is owed.
    public mutating func poll(now: Instant) -> [[UInt8]] {
        while flight.count < configuration.window, !waiting.isEmpty {
            flight.append(.init(segment: waiting.removeFirst(), due: now, timeout: timeout))
        }
        var frames: [[UInt8]] = []
        for index in flight.indices where flight[index].due <= now {
            if let first = flight[index].firstSent {
                if now - first > configuration.patience { failure = failure ?? .unreachable(after: now - first) }
                retries &+= 1
                flight[index].timeout = min(
                    .init(nanoseconds: flight[index].timeout.nanoseconds * 2), configuration.longestTimeout)
            } else {
                flight[index].firstSent = now
            }
            flight[index].attempts += 1
            flight[index].due = now + flight[index].timeout
            frames.append(frame(with: flight[index].segment))
        }
        if owesAcknowledgement && frames.isEmpty { frames.append(frame(with: nil)) }
        owesAcknowledgement = false
        return frames
    }

    /// When `poll` has something to send if nothing arrives before; nil when there is nothing.
    public var nextInstant: Instant? {
        if owesAcknowledgement || (!waiting.isEmpty && flight.count < configuration.window) {
            return Instant(nanoseconds: .min)
        }
        return flight.lazy.map(\.due).min()
    }

    private var timeout: Instant.Span {
        guard let smoothed else { return configuration.firstTimeout }
        return max(
            configuration.shortestTimeout,
            min(configuration.longestTimeout, .init(nanoseconds: smoothed + 4 * deviation)))
    }

    private func frame(with segment: ControlFrame.Segment?) -> [UInt8] {
        var beyond: UInt64 = 0
        for number in early.keys {
            let offset = number &- received
            if offset >= 1 && offset <= 64 { beyond |= 1 << UInt64(offset - 1) }
        }
        return ControlFrame(received: received, beyond: beyond, segment: segment).serialised()
    }

    private mutating func acknowledge(_ frame: ControlFrame, now: Instant) {
        var trips: [Instant.Span] = []
        flight.removeAll { outgoing in
            // A segment that was never sent cannot have arrived.
            guard let sent = outgoing.firstSent else { return false }
            let offset = Int32(bitPattern: outgoing.segment.number &- frame.received)
            let arrived = offset < 0 || (offset >= 1 && offset <= 64 && frame.beyond >> UInt64(offset - 1) & 1 == 1)
            if arrived && outgoing.attempts == 1 { trips.append(now - sent) }
            return arrived
        }
        for trip in trips { measure(trip) }
    }

    /// Jacobson's estimator; segments sent twice do not count (Karn).
    private mutating func measure(_ trip: Instant.Span) {
        if let old = smoothed {
            deviation += (abs(trip.nanoseconds - old) - deviation) / 4
            smoothed = old + (trip.nanoseconds - old) / 8
        } else {
            smoothed = trip.nanoseconds
            deviation = trip.nanoseconds / 2
        }
    }
}

/// Why a control conversation ended.
public enum ControlFailure: Error, Equatable, Sendable, CustomStringConvertible {
    case unreachable(after: Instant.Span)
    case broken(WireError)

    public var description: String {
        switch self {
        case .unreachable(let span): "no acknowledgement for \((span.seconds * 10).rounded() / 10) s"
        case .broken(let error): "the peer broke the protocol: \(error)"
        }
    }
}
