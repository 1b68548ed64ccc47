import Adaptation
import EntropyCoding
import Fidelity
import HyperpriorCodec
import Imaging
import Semantics
import SideInformation
import Topologies

/// The one way from an analysed photo to a bitstream under a budget.
///
/// ```
/// analysis, I, prompt ──► source ──► profile ──► choose (α, Φ) ──► code ──► bitstream, bits, GVIF
///                                                    ▲               ▲
///                                                 C·T_max         C·T_max
/// ```
/// Transmitters, virtual runs, `testbed encode` and the experiments all call it. Every step is a function of its
/// arguments; the controller chooses by `Policy.decide` on the same profile, as it travels.
package struct ImageCoding: Sendable {
    package let catalogue: Catalogue
    /// γ² of (28)–(29).
    package var visualNoise = GVIF.visualNoise
    /// α_th, which is a step of every profile.
    package var alphaMax = Constraints().alphaMax
    /// The highest rate that may be chosen; nil: the catalogue's.
    package var highestRate: Int?
    package var objective = Objective.gvif
    /// The most bytes of a slice.
    package var slicePayload = ImageCoding.usualSlicePayload

    /// Bytes that fit a datagram beside its own headers.
    package static let usualSlicePayload = 1100
    /// What ending a slice costs in bits: the coder's last bytes, and its entry in the table.
    package static let sliceOverheadBits = 32
    /// Steps of a profile that is chosen by. At 96 the cells between two neighbours are a hundredth of the picture.
    package static let profileSteps = 96

    package init(_ catalogue: Catalogue) { self.catalogue = catalogue }

    /// As a topology's scheme says.
    package init(_ catalogue: Catalogue, scheme: Scheme) {
        self.catalogue = catalogue
        visualNoise = scheme.visualNoise
        alphaMax = scheme.alphaMax
        highestRate = scheme.highestRate
        objective = scheme.objective
        slicePayload = scheme.slicePayload
    }

    /// Rates that may be chosen, from 1.
    package var rateCount: Int { min(highestRate ?? catalogue.rateCount, catalogue.rateCount) }

    /// Each cell's share of the numerator of (27) at a rate.
    package func information(_ analysis: Analysis, rate: Int) -> [Double] {
        catalogue.information(analysis, rate: rate, visualNoise: visualNoise)
    }

    /// - Parameters:
    ///   - importance: I on the latent's grid; a constant where everything is sent.
    ///   - picture: the photo, where a layout may go along.
    package func source(
        _ analysis: Analysis, importance: Plane, prompt: String, picture: Image? = nil, sendsAll: Bool = false
    ) -> CodingSource {
        CodingSource(
            analysis: analysis, importance: importance, prompt: prompt, picture: picture,
            referenceInformation: information(analysis, rate: catalogue.referenceRate).reduce(0, +), sendsAll: sendsAll)
    }

    /// The table of what each (α, Φ) costs and is worth.
    ///
    /// - Parameters:
    ///   - steps: to thin it to; more than the usual only where many photos are averaged.
    ///   - withWeighted: with the importance-weighted objective, whatever ``objective`` is.
    package func profile(
        _ source: CodingSource, steps: Int = ImageCoding.profileSteps, withWeighted: Bool = false
    ) -> ImageProfile {
        let analysis = source.analysis
        let reference = information(analysis, rate: catalogue.referenceRate)
        let bare = catalogue.sideInformation(analysis, rate: 1, mask: source.nothing, prompt: source.prompt)
        var table = CellTable(
            importance: source.importance.values, bits: (1...rateCount).map { analysis.cellBits(rate: $0) },
            information: (1...rateCount).map { information(analysis, rate: $0) },
            referenceInformation: source.referenceInformation, referenceCells: reference,
            overheadBits: bare.header + bare.prompt, promptOnlyBits: bare.total)
        (table.sliceOverheadBits, table.sliceBits) = (Self.sliceOverheadBits, slicePayload * 8)
        return ImageProfile(
            cells: table, alphaMax: alphaMax, maximumSteps: steps, withWeighted: withWeighted || objective == .weighted
        ) { selected in
            let mask = Mask(width: analysis.columns, height: analysis.rows, values: selected)
            let side = catalogue.sideInformation(analysis, rate: 1, mask: mask, prompt: source.prompt)
            return side.mask + side.hyper
        }
    }

    /// The best (α, Φ) of problem (31) under a budget, as the controller finds it: on the profile as it travels.
    ///
    /// - Throws: `ProfileBytesError` never for a profile of ``profile(_:steps:withWeighted:)``.
    package func choose(_ profile: ImageProfile, _ budget: CodingBudget, _ constraints: Constraints) throws -> Decision
    {
        exactOptimum(
            profile: try ImageProfile(bytes: profile.bytes), budgetBits: budget.choiceBits, constraints: constraints)
    }

    /// Codes for real at (α, Φ), whatever it takes.
    ///
    /// - Parameter count: the bits of a stream as a budget counts them.
    /// - Throws: `CodecFailure`, or what `count` throws.
    package func code(
        _ source: CodingSource, at decision: Decision, layoutBytes: Int = 0,
        count: (Bitstream) throws -> Int = { $0.bits.total }
    ) throws -> CodedImage {
        let stream = try stream(source, decision, layoutBytes)
        return coded(source, stream, decision, bits: try count(stream))
    }

    /// The same within a budget: α rises from the wanted one until the real bits fit, at last the prompt goes alone,
    /// without its layout where that is too much.
    ///
    /// - Returns: more bits than the budget only where the bare prompt takes them.
    package func code(
        _ source: CodingSource, _ profile: ImageProfile, _ wanted: Decision, _ budget: CodingBudget,
        count: (Bitstream) throws -> Int = { $0.bits.total }
    ) throws -> CodedImage {
        guard let most = budget.bits else {
            return try code(source, at: wanted, layoutBytes: budget.layoutBytes, count: count)
        }
        var layoutBits = source.picture == nil ? 0 : budget.layoutBits
        var excess = 0
        while true {
            let decision = profile.realised(wanted, budgetBits: max(0, most - layoutBits), excessBits: excess)
            let stream = try stream(source, decision, layoutBits > 0 ? budget.layoutBytes : 0)
            let bits = try count(stream)
            if bits > most, !decision.isPromptOnly {
                // What the table did not foresee is added to its predictions; each turn drops at least one step.
                excess = max(excess + 1, excess + bits - max(most, decision.predictedBits + layoutBits))
                if excess > 64 * 8 * most { excess = .max / 4 }
            } else if bits > most, stream.layout != nil {
                // Where the prompt alone is too much, the layout goes first.
                layoutBits = 0
            } else {
                return coded(source, stream, decision, bits: bits)
            }
        }
    }

    private func selection(_ source: CodingSource, _ decision: Decision) -> Mask {
        decision.isPromptOnly ? source.nothing : source.importance.selection(threshold: decision.alpha)
    }

    private func stream(_ source: CodingSource, _ decision: Decision, _ layoutBytes: Int) throws -> Bitstream {
        let mask = selection(source, decision)
        return try catalogue.encode(
            source.analysis, rate: decision.rate, mask: mask, importance: source.importance, prompt: source.prompt,
            alpha: min(source.alpha(decision), 1), referenceInformation: Float(source.referenceInformation),
            slicePayload: slicePayload,
            layout: layoutBytes > 0 ? source.picture.flatMap { Layout.fit($0, sent: mask, bytes: layoutBytes) } : nil)
    }

    private func coded(_ source: CodingSource, _ stream: Bitstream, _ decision: Decision, bits: Int) -> CodedImage {
        let information = information(source.analysis, rate: decision.rate)
        let gvif = GVIF.value(
            information: information, mask: stream.mask, reference: source.referenceInformation)
        return CodedImage(
            stream: stream, mask: stream.mask, decision: decision, bits: bits, gvif: gvif, alpha: source.alpha(decision)
        )
    }

    /// Every cell at the finest gain that keeps the budget, below the catalogue's lowest rate if need be: gains that α
    /// cannot replace where every cell must go.
    ///
    /// - Returns: nil where nothing fits.
    package func codeWhole(
        _ source: CodingSource, budgetBits: Int, count: (Bitstream) throws -> Int = { $0.bits.total }
    ) throws -> Bitstream? {
        try catalogue.encodeWhole(
            source.analysis, importance: source.importance, prompt: source.prompt,
            referenceInformation: source.referenceInformation, slicePayload: slicePayload, budgetBits: budgetBits,
            bits: count)
    }

    /// −log₂ P of what is sent under the coder's own tables, in bits.
    package func theoreticalBits(_ analysis: Analysis, _ mask: Mask, rate: Int) -> Double {
        let cells = analysis.cellBits(rate: rate)
        return zip(cells, mask.values).reduce(0) { $0 + ($1.1 ? Double($1.0) : 0) }
            + analysis.hyperBits(rate: rate, mask: mask)
    }
}
