import Foundation

/// The path of a reference file made by `Scripts/golden/fidelity`.
func golden(_ name: String) -> String {
    Bundle.module.path(forResource: "Golden/" + name, ofType: nil) ?? "Golden/" + name
}

/// The scalar references: a section, then a name.
func referenceValues() throws -> [String: [String: Double]] {
    try JSONDecoder().decode(
        [String: [String: Double]].self, from: Data(contentsOf: URL(fileURLWithPath: golden("values.json"))))
}
