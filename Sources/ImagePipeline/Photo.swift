import Files
import Imaging

/// Photos of a folder.
package enum Photo {
    package static let extensions: Set<String> = ["png", "jpg", "jpeg", "webp", "ppm"]
    /// Pictures that are not passed over in silence, for nothing here reads them.
    static let untaken = ["avif": "AVIF", "heic": "HEIC", "heif": "HEIF"]

    /// The photos that can be read, in order of their names.
    package struct Listing {
        package var paths: [String] = []
        /// One line for each that is left out, and each that shows damage.
        package var leftOut: [String] = []
        package var damaged: [String] = []
        /// One line for each link to a folder that was not followed.
        package var links: [String] = []
    }

    /// Opens the photos of a folder one after the other. One that cannot be read is left out and told,
    /// and ends nothing.
    ///
    /// - Parameters:
    ///   - recursive: whether folders inside are gone into.
    ///   - most: how many are needed; those beyond are not opened.
    /// - Throws: `FileFailure` where there is no such folder, or what `look` throws.
    package static func readable(
        in folder: String, recursive: Bool = false, most: Int = .max, look: (String, Image) throws -> Void = { _, _ in }
    ) throws -> Listing {
        let found = try Folder(folder, endings: extensions.union(untaken.keys), recursive: recursive)
        var listing = Listing(leftOut: found.leftOut, links: found.links)
        for path in found.paths where listing.paths.count < most {
            let ending = path.split(separator: ".").last?.lowercased() ?? ""
            if let kind = untaken[ending] {
                listing.leftOut.append("\(path): \(kind) is not supported, convert it to PNG or JPEG; left out")
                continue
            }
            let image: Image
            do {
                let (picture, damage) = try Image.read(path)
                if let damage { listing.damaged.append(damage) }
                image = picture
            } catch {
                listing.leftOut.append("\(error); left out")
                continue
            }
            try look(path, image)
            listing.paths.append(path)
        }
        return listing
    }

    /// - Throws: `ImageFailure` naming the file.
    package static func load(_ path: String, longestSide: Int?) throws -> Image {
        try read(path, longestSide: longestSide).image
    }

    /// The same, with what the decoder noticed of damage.
    package static func read(_ path: String, longestSide: Int?) throws -> (image: Image, damage: String?) {
        let (image, damage) = try Image.read(path)
        return (image.bounded(longestSide: longestSide), damage)
    }
}

extension Image {
    /// The picture scaled down so that its longer side has at most so many pixels.
    package func bounded(longestSide: Int?) -> Image {
        guard let longestSide, max(width, height) > longestSide else { return self }
        let factor = Double(longestSide) / Double(max(width, height))
        return resized(
            width: max(1, Int((Double(width) * factor).rounded())),
            height: max(1, Int((Double(height) * factor).rounded())), filter: .lanczos)
    }
}
