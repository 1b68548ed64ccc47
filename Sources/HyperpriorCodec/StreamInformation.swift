import Imaging
import SideInformation

/// What a stream's symbols would take under the model itself, beside the bits they did take.
extension Catalogue {
    /// −log₂ of the likelihood (Eqs. 4, 6) of the symbols that arrived, in bits: ŷ of the received cells, as one slice,
    /// and the part of ẑ that was sent (by its integer tables).
    ///
    /// - Throws: ``CodecFailure``, as ``decode(_:)``.
    public func theoreticalBits(_ stream: Bitstream) throws -> (features: Double, hyper: Double) {
        let symbols = try decodeSymbols(stream)
        let gain = symbols.entry.gain
        let backbone = backbones[symbols.entry.backbone]
        let channels = backbone.m
        let unit = Double(gain) / Double(1 << HyperSynthesis.outputFractionBits)
        var features = 0.0
        for cell in symbols.received.values.indices where symbols.received.values[cell] {
            for i in cell * channels..<(cell + 1) * channels {
                features += GaussianScales.information(
                    symbol: symbols.values[i], scale: Double(symbols.scales[i]) * unit)
            }
        }
        if let prediction = backbone.prediction {
            let (rows, columns) = (symbols.received.height, symbols.received.width)
            let order = ScanOrder(rows: rows, columns: columns).cells.filter { symbols.received.values[Int($0)] }
            let predicted = PredictedSymbols(
                prediction, scan: ScanNeighbours(order: order, rows: rows, columns: columns), channels: channels,
                scales: symbols.scales, symbol: { symbols.values[Int(order[$0]) * channels + $1] })
            for (_, saved) in predicted.savings({
                GaussianScales.information(symbol: $0, scale: Double($1) * unit)
            }) {
                features -= saved
            }
        }
        let cells = HyperRegion.cells(for: stream.mask)
        guard let hyper = backbone.decodeHyper(stream.sections.hyper, cells: cells, gain: gain) else {
            throw CodecFailure.malformed(section: "hyper section", reason: "its bytes are no coded ŝ of this size")
        }
        let costs = backbone.hyperCosts(hyper, gain: gain)
        return (features, zip(costs, cells).reduce(0) { $0 + ($1.1 ? Double($1.0) : 0) })
    }
}
