import Determinism
import Wire

/// When the receiver asks for datagrams of one image again.
///
/// Twice: at a gap, since what was sent after has come already; and after a silence, since nothing more seems to be
/// under way. A silence is longer than a whole datagram takes at the rate at which the image has come so far, and than
/// any pause there was; each that brings nothing doubles the next.
struct LossDetector: Sendable {
    /// What counts as a silence while the rate is not known.
    let unknown: Instant.Span
    private var begun: Instant?
    private var received = 0
    /// Place of the furthest datagram that came, in the order of sending, and up to where gaps were asked for.
    private var furthest = -1
    private var asked = 0
    private var last: Instant?
    private var longestPause = Instant.Span.zero
    private var silences = 0
    /// When the silence counts as one; nil before anything is known of the image.
    private(set) var due: Instant?

    /// - Parameter budget: T_max.
    init(budget: Instant.Span) { unknown = Instant.Span(nanoseconds: budget.nanoseconds / 2) }

    /// The image has left its transmitter.
    mutating func begin(at instant: Instant) {
        begun = instant
        due = (last ?? instant) + patience
    }

    /// - Returns: up to which place the missing ones are to be asked for; nil where there is no new gap.
    mutating func take(_ datagram: DataDatagram, parts: ImageAssembly, at instant: Instant) -> UInt32? {
        if let last { longestPause = max(longestPause, instant - last) }
        last = max(last ?? instant, instant)
        silences = 0
        received = parts.receivedBytes
        due = instant + patience
        // With no fragment of the preamble here there is at least one before the slices.
        let place = Int(datagram.index) + (datagram.section == .slice ? Int(parts.preambleCount ?? 1) : 0)
        furthest = max(furthest, place)
        guard (asked..<max(asked, furthest)).contains(where: { !holds($0, parts) }) else { return nil }
        asked = furthest
        return UInt32(furthest)
    }

    /// Everything that is missing is to be asked for: nothing has come for too long.
    mutating func fire(now: Instant) -> Bool {
        guard let due, due <= now else { return false }
        silences += 1
        self.due = now + patience
        return true
    }

    private var patience: Instant.Span {
        var once = unknown
        if let begun, let last, received > 0 {
            let whole = Double((last - begun).nanoseconds) * Double(DataDatagram.largestContent) / Double(received)
            once = Instant.Span(
                nanoseconds: Int64(saturating: 1.25 * max(whole, Double(longestPause.nanoseconds)) + 1e6))
        }
        return Instant.Span(nanoseconds: once.nanoseconds << min(silences, 8))
    }

    private func holds(_ place: Int, _ parts: ImageAssembly) -> Bool {
        let fragments = Int(parts.preambleCount ?? 1)
        return place < fragments
            ? parts.holds(.preamble, UInt16(place)) : parts.holds(.slice, UInt16(place - fragments))
    }
}
