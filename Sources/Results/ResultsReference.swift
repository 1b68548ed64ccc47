extension ResultsDatabase {
    /// Every table and column with unit and meaning, as a page of Markdown: the data dictionary of a run.
    package static func reference() -> String {
        let images = ResultTable(
            name: "images", meaning: "One row an image and receiver, joined from the tables below: where to begin.",
            key: [],
            columns: ImagesView.columns)
        return preface + ([images] + Schema.tables).map(section).joined() + contracts
    }

    /// Which JSON has other names than the tables, and which they are.
    private static var contracts: String {
        func table(_ names: [ContractName]) -> String {
            let rows = names.map { name in
                let text = [name.column.map { "`\($0)`" }, name.meaning.isEmpty ? nil : name.meaning]
                return "| `\(name.key)` | \(text.compactMap(\.self).joined(separator: ", ")) |"
            }
            return (["| key | column of `images` |", "|---|---|"] + rows).joined(separator: "\n")
        }
        return """
            ## JSON with other names

            What a run leaves has the columns' names everywhere: database, CSV, records, `testbed run --json`. What is
            agreed with other programs keeps the names it was agreed in, without units: keys of a topology and of
            `figures` in `testbed run --json` (they are those of `expect:`), the commands on single files, the protocol
            of external policies ([schema with every unit](policy-protocol.schema.json)) and the [control
            API](Control.md). Quantities are the columns' own: SNR and PSNR in dB, spans in seconds, rates in bit/s.

            `testbed encode`, `decode`, `inspect` and `score --json`; those of stages whose picture is not known are
            left out:

            \(table(ContractName.commands))

            Questions and outcomes of an external policy; the schema has those that are no column:

            \(table(ContractName.policies))


            """
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
