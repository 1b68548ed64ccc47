import Fidelity
import HyperpriorCodec
import Imaging
import Neural

/// What each cell carries of GVIF's numerator (27), at the transmitter from θ and at the receiver from what arrived.
extension Catalogue {
    /// Σ_c log₂(1 + (g_p θ)²/γ²) of every cell at a rate, in bits.
    package func information(
        _ analysis: Analysis, rate: Int, visualNoise: Double = GVIF.visualNoise
    ) -> [Double] {
        GVIF.cellInformation(
            scales: analysis.scales(rate: rate).values, channels: analysis.channels, cells: analysis.cells,
            gain: gain(rate: rate), visualNoise: visualNoise, limit: gain(rate: referenceRate))
    }

    /// Realised GVIF: the numerator from ŝ and the cells whose slices came, the denominator from the header.
    ///
    /// - Parameter reference: Σ log₂(1 + θʳ²/γ²) as the stream's header states it.
    package func gvif(_ decoding: Decoding, reference: Float, visualNoise: Double = GVIF.visualNoise) -> Double {
        let shape = decoding.scales.shape
        let information = GVIF.cellInformation(
            scales: decoding.scales.values, channels: shape[0], cells: shape[1] * shape[2], gain: decoding.gain,
            visualNoise: visualNoise, limit: gain(rate: referenceRate))
        return GVIF.value(information: information, mask: decoding.receivedMask, reference: Double(reference))
    }
}
