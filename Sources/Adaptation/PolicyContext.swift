/// What an external policy hears of an image and its link beside the table of (α, Φ); each is left out where it is not
/// known.
public struct PolicyContext: Codable, Sendable, Equatable {
    public var transmitter: String
    /// The image's number at its transmitter, from 0.
    public var image: Int
    /// The photo's path.
    public var photo: String
    /// The link whose state is believed: the narrowest of the route.
    public var link: String
    /// Seconds since the start of the run, on the controller's clock.
    public var time: Double
    /// Seconds since the beginning of the block whose report the belief rests on.
    public var stateAge: Double
    /// Lowest rate that may be chosen, from 1.
    public var lowestRate: Int
    /// D₀ of (31c): least mask PSNR in dB; nil where none is asked for.
    public var minimumMaskPSNR: Double?
    /// The class whose map made the importance, the caption that would be sent, and the picture's size in pixels.
    public var label = ""
    public var caption = ""
    public var width = 0
    public var height = 0
    /// Bytes that the layout takes of the budget, already taken off `budgetBits`; nil where none goes along.
    public var layoutBytes: Int?

    public init(
        transmitter: String, image: Int, photo: String, link: String = "", time: Double = 0, stateAge: Double = 0,
        lowestRate: Int
    ) {
        self.transmitter = transmitter
        self.image = image
        self.photo = photo
        self.link = link
        self.time = time
        self.stateAge = stateAge
        self.lowestRate = lowestRate
    }
}

/// How the importance of an image's cells is spread, as far as the steps of its profile tell.
public struct ImportanceSummary: Codable, Sendable, Equatable {
    /// Latent cells of the image.
    public var cells: Int
    /// Mean importance, each cell at the threshold that first selects it.
    public var mean: Double
    /// Thresholds at which a quarter, half and three quarters of the cells are selected.
    public var quartiles: [Float]

    public init(_ profile: ImageProfile) {
        cells = profile.cellCount
        var (sum, before) = (0.0, 0)
        for (alpha, selected) in zip(profile.alphas, profile.selected) {
            sum += Double(alpha) * Double(selected - before)
            before = selected
        }
        mean = sum / Double(max(1, profile.cellCount))
        quartiles = [1, 2, 3].map { quarter in
            let index = profile.selected.firstIndex { 4 * $0 >= quarter * profile.cellCount }
            return index.map { profile.alphas[$0] } ?? 0
        }
    }
}
