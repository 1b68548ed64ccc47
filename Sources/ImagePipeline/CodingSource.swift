import Adaptation
import HyperpriorCodec
import Imaging

/// A photo as the coder takes it: what may be sent of it, in which order, and the words that go along.
package struct CodingSource: Sendable {
    package let analysis: Analysis
    /// What α selects by and slices are ordered by, on the latent's grid.
    package let importance: Plane
    package let prompt: String
    /// The photo, where a layout is to be drawn from it.
    package let picture: Image?
    /// Denominator of (27): the information of all cells at the reference rate, in bits.
    package let referenceInformation: Double

    /// Every cell is sent, whatever α says: no threshold is at work.
    package var sendsAll = false

    var nothing: Mask { Mask(width: importance.width, height: importance.height, repeating: false) }

    /// α for the record.
    func alpha(_ decision: Decision) -> Float { sendsAll && !decision.isPromptOnly ? 0 : decision.alpha }
}

/// What a stream may take.
package struct CodingBudget: Sendable, Equatable {
    /// C·T_max, or the share of it that the first transmission has; nil: no bound.
    package var bits: Int?
    package var layout: LayoutSize

    package init(bits: Int? = nil, layout: LayoutSize = .none) {
        self.bits = bits
        self.layout = layout
    }

    /// What the layout takes of it, with the length it is told by: set aside before (α, Φ) is chosen.
    package var layoutBits: Int { layout.bits(budgetBits: bits ?? 0) }
    package var layoutBytes: Int { layout.bytes(budgetBits: bits ?? 0) }
    /// What is left to choose (α, Φ) by.
    package var choiceBits: Int { max(0, (bits ?? .max) - layoutBits) }
}

/// A photo as it was coded.
package struct CodedImage: Sendable {
    package let stream: Bitstream
    /// The cells that were sent.
    package let mask: Mask
    /// (α, Φ) as realised: α at least the decided one.
    package let decision: Decision
    /// Bits as the budget counts them.
    package let bits: Int
    package let gvif: Double

    /// α for the record: 0 where no threshold was at work.
    package let alpha: Float
}
