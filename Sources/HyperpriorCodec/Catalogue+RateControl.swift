import EntropyCoding
import Imaging

extension Catalogue {
    /// The whole photo in at most `budgetBits`: the finest gain that fits, below the catalogue's lowest if need be
    /// (down to 1/64 of it). What the scheme without filtering sends where no rate of the catalogue fits.
    /// What counts of a stream is what `bits` says.
    ///
    /// - Returns: nil where nothing fits.
    public func encodeWhole(
        _ analysis: Analysis, importance: Plane, prompt: String, referenceInformation: Double, slicePayload: Int,
        budgetBits: Int,
        bits: (Bitstream) throws -> Int = { $0.bits.total }
    ) throws -> Bitstream? {
        let mask = Mask(width: analysis.columns, height: analysis.rows, repeating: true)
        func fitting(_ gain: Double) throws -> Bitstream? {
            let stream = try encode(
                analysis, gain: gain, mask: mask, importance: importance, prompt: prompt, alpha: 0,
                referenceInformation: Float(referenceInformation), slicePayload: slicePayload)
            return try bits(stream) <= budgetBits ? stream : nil
        }
        var (low, high) = (gain(rate: 1) / 64, gain(rate: rateCount))
        if let finest = try fitting(high) { return finest }
        guard var best = try fitting(low) else { return nil }
        // Nine halvings of the interval in log g leave 1.4 % of g.
        for _ in 0..<9 {
            let middle = (low * high).squareRoot()
            if let stream = try fitting(middle) { (low, best) = (middle, stream) } else { high = middle }
        }
        return best
    }
}
