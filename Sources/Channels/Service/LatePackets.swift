/// What becomes of a datagram whose deadline passes while it is being served.
public enum LatePackets: String, Sendable, CaseIterable {
    /// It is given up at the deadline, and the channel turns to the next.
    case abandon
    /// It drains on and is forwarded, marked late.
    case forward
}
