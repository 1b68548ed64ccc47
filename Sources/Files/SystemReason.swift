import Foundation

/// The system's word for why a file could not be written, where there is one beneath Foundation's error.
package func systemReason(_ error: any Error) -> String {
    guard let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError else {
        return (error as NSError).localizedDescription
    }
    return String(cString: strerror(Int32(underlying.code)))
}
