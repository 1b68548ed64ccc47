import Declarations
import Foundation
import Topologies

/// The weights that `--backbone` names: a model or a file; where it is absent the usual classifier,
/// or nil for the shipped one.
///
/// - Throws: `UnknownModel`.
func classifierPath(_ text: String?) throws -> String? {
    let library = ModelLibrary.standard
    return try text.map { try library.path($0, kind: .classifier, from: FileManager.default.currentDirectoryPath) }
        ?? library.defaultClassifier
}

/// The weights that `--model` names, for a codec; nil for the shipped one.
///
/// - Throws: `UnknownModel`.
func codecPath(_ text: String?) throws -> String? {
    try text.map { try ModelLibrary.standard.path($0, kind: .codec, from: FileManager.default.currentDirectoryPath) }
}
