import EntropyCoding

/// ``SectionBits`` and their sum, as `--json` shows them.
struct BitFigures: Encodable {
    /// The layout's are part of the prompt's.
    let prompt, layout, mask, hyper, features, header, total: Int

    init(_ bits: SectionBits) {
        (prompt, layout, mask) = (bits.prompt, bits.layout, bits.mask)
        (hyper, features, header, total) = (bits.hyper, bits.features, bits.header, bits.total)
    }
}
