/// What is maximised under the budget.
public enum Objective: String, Codable, Sendable, CaseIterable {
    /// GVIF (27): the importance orders the cells but does not weigh them.
    case gvif
    /// Each cell's visual information weighted by its importance, in the numerator and in the denominator of (27):
    /// a cell of importance 0.9 is worth three of importance 0.3 that hold the same information.
    case weighted
}
