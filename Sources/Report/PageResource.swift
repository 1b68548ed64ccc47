import Foundation
import Records

/// Templates and the style of all pages.
package enum PageResource {
    /// A file of this module's resources as text.
    ///
    /// - Throws: `ResultsError.noResource` naming it.
    package static func text(_ name: String) throws -> String {
        guard let url = Bundle.module.url(forResource: "Resources/" + name, withExtension: nil),
            let text = try? String(contentsOf: url, encoding: .utf8)
        else { throw ResultsError.noResource(name) }
        return text
    }
}
