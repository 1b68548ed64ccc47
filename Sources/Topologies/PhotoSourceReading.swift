import Declarations
import Foundation

extension PhotoSource {
    /// Keys that hold for all transmitters alike.
    static let common: Set<String> = ["preencoded", "together"]

    /// - Parameter needsFolder: false where every transmitter has one of its own.
    init(_ s: YAMLSection, folder home: String, needsFolder: Bool = true) {
        let path = s.path(
            "folder", required: true, from: home,
            "Folder of PNG, JPEG, WebP or PPM files, sent in the order of their names; relative to this file.")
        if path == nil, needsFolder { s.report("folder", "is missing: expected a folder of photos") }
        folder = path ?? home
        recursive = s.flag(
            "recursive", default: false,
            "Whether photos in folders inside it are taken, too, in the order of their paths; "
                + "links to folders are not followed."
        )
        onBadImage = s.choice(
            "onBadImage", default: BadImage.skip,
            "What becomes of the run with a photo that cannot be read, or is of a kind that is not taken (AVIF, "
                + "HEIC). skip: a warning names it, and it is left out; end: the run does not begin, with exit code 2."
        )
        count = s.integer(
            "count", default: nil, in: 1...1_000_000,
            "How many each transmitter sends; the folder is gone through again as needed.")
        first = s.integer(
            "first", default: nil, in: 1...1_000_000,
            """
            Photo of the folder to begin with, counted from 1 and round again at its end. Where a node does not say so \
            itself, the second transmitter of a folder begins one later, the third two, and so on; \
            with together all begin with this one.
            """
        )
        longestSide = s.integer(
            "longestSide", default: nil, in: 16...16384, "Longer photos are scaled down to this many pixels.")
        interval = s.quantity(
            "interval", .duration, default: 0, least: 0, "Time between the starts of two images at one transmitter.")
        preencoded = s.flag(
            "preencoded", default: false,
            "Virtual runs: each photo is encoded once for each setting and measured without being drawn; "
                + "no pictures are kept."
        )
        ahead = s.integer(
            "ahead", default: 0, in: 0...1000, "Images a transmitter may begin before the one before is through.")
        together = s.flag(
            "together", default: false,
            "Every transmitter's image k waits for the others' and goes with them, on the same coherence block.")
        if preencoded && together { s.report("together", "compares pictures, which a preencoded run does not keep") }
        s.finish()
        var isFolder: ObjCBool = false
        if let path, !FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) || !isFolder.boolValue {
            s.report("folder", "'\(path)' is no folder")
        }
    }
}
