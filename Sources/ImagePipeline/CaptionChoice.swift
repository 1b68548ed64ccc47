import Records

/// A caption and where it came from.
package struct CaptionChoice: Sendable, Equatable {
    package var text: String
    package var wording: CaptionOrigin
    /// One line: why the captioner's was not to be had.
    package var failure: String?

    package init(_ text: String, _ wording: CaptionOrigin, failure: String? = nil) {
        self.text = text
        self.wording = wording
        self.failure = failure
    }

    /// The captioner's caption, or the label's where it fails, marked so.
    package static func asking(
        _ captioner: Captioner, about photo: String, otherwise label: () throws -> String
    ) rethrows -> CaptionChoice {
        do { return CaptionChoice(try captioner.caption(of: photo), .captioner) } catch {
            return CaptionChoice(try label(), .labelInstead, failure: "\(error)")
        }
    }
}
