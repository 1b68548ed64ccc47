import Foundation
import Imaging

/// Pictures of a run folder, made small and embedded in the page.
package struct Thumbnails {
    package let folder: String
    package var longestSide = 448
    package var quality = 82

    /// - Returns: a JPEG data URI; nil where the file is absent or no picture.
    func embedded(_ file: String?) -> String? {
        image(file).flatMap(embedded)
    }

    func embedded(_ image: Image) -> String? {
        let scale = min(1, Double(longestSide) / Double(max(image.width, image.height)))
        let small =
            scale < 1
            ? image.resized(
                width: max(1, Int((Double(image.width) * scale).rounded())),
                height: max(1, Int((Double(image.height) * scale).rounded())),
                filter: .lanczos) : image
        return (try? small.jpegData(quality: quality)).map {
            "data:image/jpeg;base64," + Data($0).base64EncodedString()
        }
    }

    package func image(_ file: String?) -> Image? {
        guard let file else { return nil }
        return try? Image(contentsOf: file.hasPrefix("/") ? file : folder + "/" + file)
    }

    /// The received picture with what is missing shown as missing: hatched where the mask is black.
    func hatched(_ file: String?, mask: String?) -> Image? {
        guard var picture = image(file) else { return nil }
        guard let mask = image(mask) else { return picture }
        let known =
            mask.width == picture.width && mask.height == picture.height
            ? mask : mask.resized(width: picture.width, height: picture.height)
        let stripe = max(4, max(picture.width, picture.height) / 48)
        for y in 0..<picture.height {
            for x in 0..<picture.width {
                let at = 3 * (y * picture.width + x)
                guard known.pixels[at] < 128 else { continue }
                let shade: UInt8 = (x + y) / stripe % 2 == 0 ? 236 : 216
                for channel in 0..<3 { picture.pixels[at + channel] = shade }
            }
        }
        return picture
    }
}
