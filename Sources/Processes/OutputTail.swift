import Foundation

/// The end of what a program has written, whatever the length.
package struct OutputTail: Sendable {
    private var bytes: [UInt8] = []
    /// The most bytes that are kept.
    package static let length = 4096

    package init() {}

    package mutating func append(_ more: ArraySlice<UInt8>) {
        bytes += more
        if bytes.count > Self.length { bytes.removeFirst(bytes.count - Self.length) }
    }

    /// Its lines that say something, without the white space around them.
    package var lines: [String] {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map {
            $0.trimmingCharacters(in: .whitespaces)
        }.filter { !$0.isEmpty }
    }
}
