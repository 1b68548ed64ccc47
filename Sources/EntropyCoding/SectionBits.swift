/// Bits of one picture by section of its stream, as they are really sent.
public struct SectionBits: Codable, Equatable, Sendable {
    public var header: Int
    /// Caption and layout.
    public var prompt: Int
    /// The layout's part of the prompt.
    public var layout: Int
    /// Mask and slice table.
    public var mask: Int
    /// ŝ.
    public var hyper: Int
    /// All slices, arrived or not.
    public var features: Int

    public init(header: Int = 0, prompt: Int = 0, layout: Int = 0, mask: Int = 0, hyper: Int = 0, features: Int = 0) {
        self.header = header
        self.prompt = prompt
        self.layout = layout
        self.mask = mask
        self.hyper = hyper
        self.features = features
    }

    /// Saturating: a damaged record may hold any number.
    public var total: Int {
        [prompt, mask, hyper, features].reduce(header) { sum, section in
            let (exact, overflow) = sum.addingReportingOverflow(section)
            return !overflow ? exact : section > 0 ? .max : .min
        }
    }
}
