/// What a file is that should have been something else, by its first bytes:
/// the things that come where weights were meant.
package enum FileKind: String, Sendable, CaseIterable {
    case gitLFSPointer = "a git-lfs pointer, not the file itself ('git lfs pull' fetches it)"
    case webPage = "a web page (HTML), not the file itself: the download failed"
    case torchArchive = "a zip archive, as PyTorch's .pth and .pt files are; convert it to safetensors"
    case pickle = "a Python pickle, as old .pth files are; convert it to safetensors"
    case gzip = "compressed by gzip; unpack it first"
    case hdf5 = "an HDF5 file, as Keras writes them; convert it to safetensors"
    case picture = "a picture"
    case text = "a text"
    case empty = "empty"

    /// - Parameter bytes: the first few hundred.
    package init?(_ bytes: some Collection<UInt8>) {
        let head = Array(bytes.prefix(512))
        func begins(_ text: String) -> Bool { head.starts(with: text.utf8) }
        if head.isEmpty {
            self = .empty
            return
        }
        // A safetensors file: the length of its header, whose upper bytes are zero, and an object.
        if head.count > 8, head[8] == UInt8(ascii: "{"), head[5...7].allSatisfy({ $0 == 0 }) { return nil }
        if begins("version https://git-lfs") {
            self = .gitLFSPointer
            return
        }
        if head.starts(with: [0x50, 0x4b, 3, 4]) {
            self = .torchArchive
            return
        }
        if head.starts(with: [0x1f, 0x8b]) {
            self = .gzip
            return
        }
        if head.starts(with: [0x89, 0x48, 0x44, 0x46]) {
            self = .hdf5
            return
        }
        if head.starts(with: [0x89, 0x50, 0x4e, 0x47]) || head.starts(with: [0xff, 0xd8, 0xff]) {
            self = .picture
            return
        }
        if head[0] == 0x80, head.count > 1, (1...5).contains(head[1]) {
            self = .pickle
            return
        }
        guard !head.contains(0), let text = String(validating: head, as: UTF8.self) else { return nil }
        let word = text.drop { $0.isWhitespace || $0 == "\u{feff}" }.prefix(15).lowercased()
        self = word.hasPrefix("<!doctype html") || word.hasPrefix("<html") || word.hasPrefix("<?xml") ? .webPage : .text
    }
}
