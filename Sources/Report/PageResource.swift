import Foundation

/// Templates and the style of all pages.
public enum PageResource {
    /// A file of this module's resources as text.
    ///
    /// - Throws: `ResultsError.noResource` naming it.
    public static func text(_ name: String) throws -> String {
        guard let url = Bundle.module.url(forResource: "Resources/" + name, withExtension: nil),
            let text = try? String(contentsOf: url, encoding: .utf8)
        else { throw ResultsError.noResource(name) }
        return text
    }
}
