import Foundation
import Imaging

/// Photos of a folder.
package enum Photo {
    package static let extensions: Set<String> = ["png", "jpg", "jpeg", "ppm"]

    /// The photos of a folder by name.
    package static func list(folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { extensions.contains(($0 as NSString).pathExtension.lowercased()) }
            .sorted().map { "\(folder)/\($0)" }
    }

    /// - Throws: `ImageFailure` naming the file.
    package static func load(_ path: String, longestSide: Int?) throws -> Image {
        let image = try Image(contentsOf: path)
        guard let longestSide, max(image.width, image.height) > longestSide else { return image }
        let factor = Double(longestSide) / Double(max(image.width, image.height))
        return image.resized(
            width: max(1, Int((Double(image.width) * factor).rounded())), height: max(1, Int((Double(image.height) * factor).rounded())), filter: .lanczos)
    }
}
