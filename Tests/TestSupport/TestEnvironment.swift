import Foundation

/// Whether the long checks are to be run.
package func environmentSaysAll() -> Bool { ProcessInfo.processInfo.environment["GENSEMCOM_ALL"] == "1" }
