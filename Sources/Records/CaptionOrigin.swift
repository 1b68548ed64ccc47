/// Where a caption came from, as the record and `testbed encode --json` name it.
package enum CaptionOrigin: String, Sendable, Codable, CaseIterable {
    /// Written by hand: on the command line or in the assignment.
    case given
    /// `photo.txt` beside the photo.
    case sidecar
    /// Made from the classifier's labels.
    case label
    /// Printed by the captioner.
    case captioner
    /// Made from the labels since the captioner failed.
    case labelInstead = "label (captioner failed)"
}
