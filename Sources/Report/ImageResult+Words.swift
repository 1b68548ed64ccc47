import Results

extension ImageResult {
    /// Φ as tables show it.
    package var sourceCoderInWords: String { sourceCoder.map { $0 == 0 ? "< 1" : "\($0)" } ?? NumberFormat.absent }
}
