/// Where a caption came from, as the record and `testbed encode --json` name it.
public enum Wording: String, Sendable, Codable, CaseIterable {
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

/// A caption and where it came from.
public struct CaptionChoice: Sendable, Equatable {
    public var text: String
    public var wording: Wording
    /// One line: why the captioner's was not to be had.
    public var failure: String?

    public init(_ text: String, _ wording: Wording, failure: String? = nil) {
        self.text = text
        self.wording = wording
        self.failure = failure
    }

    /// The captioner's caption, or the label's where it fails, marked so.
    public static func asking(_ captioner: Captioner, about photo: String, otherwise label: () throws -> String) rethrows -> CaptionChoice {
        do { return CaptionChoice(try captioner.caption(of: photo), .captioner) } catch { return CaptionChoice(try label(), .labelInstead, failure: "\(error)") }
    }
}
