import Records
import Results

/// Images that never went on the air, since a node they needed was gone or their codec failed:
/// no table of images holds them.
package struct NotSent {
    package let count: Int
    private let reason: String

    package init(_ results: RunResults) {
        let events = results.events.filter { $0.what == EventRecord.notSent }
        count = events.count
        reason = events.first.map { "\($0.node), \($0.detail)" } ?? ""
    }

    /// `not sent: 3 images (camera, image 4: camera was killed; …)`; nil where all were.
    package var words: String? {
        switch count {
        case 0: nil
        case 1: "not sent: one image (\(reason))"
        default: "not sent: \(count) images (\(reason); …)"
        }
    }
}
