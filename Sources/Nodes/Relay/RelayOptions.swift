import Determinism
import Processes

/// What relays have in common, whatever they carry.
package struct RelayOptions: Sendable {
    package var seed: UInt64 = 1
    /// How long before a release sleep may give way to spinning.
    package var spin: Instant.Span = .milliseconds(1)
    /// A folder for the record of channel and packets.
    package var record: String?
    /// What is asked of the links while they run.
    package var changes: Postbox<RelayChange>?

    package init() {}
}
