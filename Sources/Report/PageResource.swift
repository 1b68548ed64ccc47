import Files

/// Templates and the style of all pages.
package enum PageResource {
    /// - Throws: `FileFailure` naming the file that is missing.
    package static func text(_ name: String) throws -> String { try TextFile.read(Place.existingResource(name)) }
}
