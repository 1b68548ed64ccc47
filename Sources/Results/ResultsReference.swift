extension ResultsDatabase {
    /// Every table and column with unit and meaning, as a page of Markdown: the data dictionary of a run.
    package static func reference() -> String {
        let images = ResultTable(
            name: "images", meaning: "One row an image and receiver, joined from the tables below: where to begin.",
            key: [],
            columns: ImagesView.columns)
        return preface + ([images] + Schema.tables).map(section).joined()
    }

    private static let preface = """
        # Results

        <!-- Written by 'testbed schema --results'; a test holds it against the sources. Do not edit. -->

        What a run knows stands in `run.sqlite` (a sweep's in `sweep.sqlite`), and once more in `csv/`, a file a table.
        The nodes' own lines in `records/NAME.jsonl` and `testbed run --json` have the same names; `bits` of a
        transmission's line holds the five sections' bits. A name ends with its unit in ASCII (`snr_db`, `air_time_s`,
        `capacity_bit_per_s`, `start_at_ns`) where it has one that the name does not say already (`budget_bits`).

        - An *instant* (`_at_ns`) is whole nanoseconds of the run's clock, the host's monotonic clock or the virtual
          one; subtract `runs.origin_at_ns` to count from the start. A *span* is in seconds.
        - SNR is the receive SNR |h|²/σ² with unit symbol power, in dB. Bits are *payload* bits (header, prompt, mask,
          ŝ, features) unless a name says `wire`.
        - What is not known, or has no meaning, is NULL (empty in CSV), never 0. Columns that may be are marked ○.
        - An image is named by its transmitter and its number there. One that went to several receivers has a row for
          each in `receptions`, `scores` and `images`.


        """

    private static func section(_ table: ResultTable) -> String {
        let rows = table.columns.map { column in
            let kind =
                switch column.kind {
                case .text: "text"
                case .integer: "whole number"
                case .number: "number"
                case .flag: "0 or 1"
                }
            let meaning = column.meaning.replacing("|", with: "\\|")
            return "| `\(column.name)`\(column.isOptional ? " ○" : "") | \(kind) | \(column.unit) | \(meaning) |"
        }
        let key = table.key.isEmpty ? "" : " Key: \(table.key.map { "`\($0)`" }.joined(separator: ", "))."
        return """
            ## `\(table.name)`

            \(table.meaning)\(key)

            | column | type | unit | meaning |
            |---|---|---|---|
            \(rows.joined(separator: "\n"))


            """
    }
}
