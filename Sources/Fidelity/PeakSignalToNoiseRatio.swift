import Foundation
import Imaging

/// 10·log₁₀(255²/mean squared error) over all samples, in decibels; infinite for equal pictures.
public func peakSignalToNoiseRatio(_ original: Image, _ received: Image) -> Double {
    precondition(original.width == received.width && original.height == received.height, "pictures of different sizes")
    var sum = 0
    for i in original.pixels.indices {
        let difference = Int(original.pixels[i]) - Int(received.pixels[i])
        sum += difference * difference
    }
    return ratio(sum, samples: original.pixels.count)
}

/// The peak signal-to-noise ratio over the pixels where the mask is true, in decibels.
///
/// The paper's (40) divides 255² by the *sum* of squared errors, so that a larger region or picture scores worse for
/// the same error; printed values near 30 dB can only come from the mean. Here the sum is divided by the number of
/// samples under the mask, 3·|M|, which makes an all-true mask the ordinary PSNR.
///
/// - Parameter mask: in pixels, of the pictures' size.
/// - Returns: nil for an empty mask, infinity where nothing differs.
public func maskPeakSignalToNoiseRatio(_ original: Image, _ received: Image, mask: Mask) -> Double? {
    precondition(original.width == received.width && original.height == received.height, "pictures of different sizes")
    precondition(
        mask.width == original.width && mask.height == original.height, "the mask has another size than the pictures")
    var (sum, count) = (0, 0)
    for i in mask.values.indices where mask.values[i] {
        count += 3
        for c in 3 * i..<3 * i + 3 {
            let difference = Int(original.pixels[c]) - Int(received.pixels[c])
            sum += difference * difference
        }
    }
    return count == 0 ? nil : ratio(sum, samples: count)
}

private func ratio(_ squaredErrors: Int, samples: Int) -> Double {
    squaredErrors == 0 ? .infinity : 10 * log10(255 * 255 * Double(samples) / Double(squaredErrors))
}
