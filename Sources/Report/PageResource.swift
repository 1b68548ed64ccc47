import Foundation
import Records

/// Templates and the style of all pages.
package enum PageResource {
    /// - Throws: `ResultsError.noResource` naming it.
    package static func text(_ name: String) throws -> String { try resourceText(name, in: .module) }
}

/// A file of a module's `Resources` as text.
///
/// - Throws: `ResultsError.noResource` naming it.
package func resourceText(_ name: String, in bundle: Bundle) throws -> String {
    guard let url = bundle.url(forResource: "Resources/" + name, withExtension: nil),
        let text = try? String(contentsOf: url, encoding: .utf8)
    else { throw ResultsError.noResource(name) }
    return text
}
