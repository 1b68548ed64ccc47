/// A caption and where it came from.
public struct CaptionChoice: Sendable, Equatable {
    public var text: String
    public var wording: CaptionOrigin
    /// One line: why the captioner's was not to be had.
    public var failure: String?

    public init(_ text: String, _ wording: CaptionOrigin, failure: String? = nil) {
        self.text = text
        self.wording = wording
        self.failure = failure
    }

    /// The captioner's caption, or the label's where it fails, marked so.
    public static func asking(_ captioner: Captioner, about photo: String, otherwise label: () throws -> String) rethrows -> CaptionChoice {
        do { return CaptionChoice(try captioner.caption(of: photo), .captioner) } catch { return CaptionChoice(try label(), .labelInstead, failure: "\(error)") }
    }
}
