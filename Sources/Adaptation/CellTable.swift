/// Everything about one image that bits and GVIF depend on, cell by cell of the latent grid.
public struct CellTable: Sendable {
    /// Importance I of every cell, row by row, in [0, 1].
    public var importance: [Float]
    /// `bits[p-1][cell]`: −log₂ P of the cell's symbols at rate p, summed over channels.
    public var bits: [[Float]]
    /// `information[p-1][cell]`: Σ_c log₂(1 + (g_p θ)²/γ²), the cell's share of GVIF's numerator at rate p.
    public var information: [[Double]]
    /// GVIF's denominator: the information of all cells at the reference rate.
    public var referenceInformation: Double
    /// The same cell by cell, needed by `Objective.weighted`.
    public var referenceCells: [Double]
    /// Header, prompt and ŝ: what is sent whatever the mask.
    public var overheadBits: Int
    /// Header and prompt alone.
    public var promptOnlyBits: Int
    /// Framing that each slice adds (its own header, the coder's last bytes), and the coded bits a slice holds.
    public var sliceOverheadBits = 0
    public var sliceBits = 8800
    /// Mask PSNR in dB that each rate promises; empty where nothing is known.
    public var quality: [Double] = []

    /// - Precondition: one row of `bits` and `information` a rate, each as long as `importance`.
    public init(
        importance: [Float], bits: [[Float]], information: [[Double]], referenceInformation: Double,
        referenceCells: [Double]? = nil, overheadBits: Int, promptOnlyBits: Int
    ) {
        precondition(!importance.isEmpty && !bits.isEmpty && bits.count == information.count, "a row a rate")
        precondition(bits.allSatisfy { $0.count == importance.count }, "a number a cell")
        precondition(information.allSatisfy { $0.count == importance.count }, "a number a cell")
        self.importance = importance
        self.bits = bits
        self.information = information
        self.referenceInformation = referenceInformation
        self.referenceCells = referenceCells ?? information[information.count - 1]
        self.overheadBits = overheadBits
        self.promptOnlyBits = promptOnlyBits
    }
}
