/// A section of a bitstream that cannot be what an encoder wrote.
package struct MalformedSection: Error, Equatable, Sendable {
    package let section: String
    /// In words that follow "the bitstream's SECTION is damaged:".
    package let reason: String
}
