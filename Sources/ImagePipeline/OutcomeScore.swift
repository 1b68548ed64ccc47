import Fidelity
import Imaging

/// What a received picture is worth beside its photo, while the run goes on.
package enum OutcomeScore {
    /// PSNR of the whole picture in dB.
    ///
    /// - Parameters:
    ///   - photo: path of the photo that was sent.
    ///   - picture: path of what was received.
    ///   - longestSide: how photos are scaled before they are sent.
    /// - Returns: nil where either cannot be read, their sizes differ, or the two are equal.
    package static func psnr(photo: String, picture: String, longestSide: Int?) -> Double? {
        guard let original = try? Photo.load(photo, longestSide: longestSide),
            let received = try? Image(contentsOf: picture),
            original.width == received.width, original.height == received.height
        else { return nil }
        return peakSignalToNoiseRatio(original, received)
    }
}
