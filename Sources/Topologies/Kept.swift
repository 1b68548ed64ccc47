/// What stays of a run's folder once it has ended.
package enum Kept: String, Sendable, CaseIterable {
    /// All of it.
    case pictures
    /// All but `images/`; the report has no pictures then.
    case records
    /// The report without pictures, `run.sqlite`, and of `csv/` the images, measures of one's own and metadata.
    case figures
}
