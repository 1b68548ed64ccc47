/// One entry of the format, noted down as it is read: the JSON schema for editors is written from these.
package struct Field {
    package enum Shape {
        case quantity(Dimension)
        case number(ClosedRange<Double>)
        case integer(ClosedRange<Int>)
        case flag
        case text
        case words
        case choice([String])
        case section(YAMLSection)
        /// Named entries, all of one form.
        case entries(of: YAMLSection)
        /// A list of mappings, all of one form.
        case list(of: YAMLSection)
        /// Keys of the section of that name at the top, or a word in their place.
        case part(of: YAMLSection, named: String, words: [String])
        /// One of a few words, or a section.
        case wordOrSection([String], YAMLSection)
        /// A grammar of its own, in the reference's words and as a JSON schema.
        case described(words: String, schema: [String: Any])
        /// Any scalar, list or mapping; checked elsewhere.
        case free
    }

    package let key: String
    package let shape: Shape
    let required: Bool
    package let note: String
    /// What stands where the key is absent, as one would write it; nil: nothing, or what the note says.
    var fallback: String?
    /// Least and most of a quantity, in words.
    var bounds: String?
    /// What the key has a meaning for, where that is not everything: `model: rice`.
    var condition: String?
}
