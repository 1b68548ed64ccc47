/// The view `images`: one row an image and receiver, joined from what each node knew of it;
/// `images.csv` is its content.
enum ImagesView {
    /// A column that stands in a table, under its own name or another.
    private enum Source {
        case stored(alias: String, name: String, shownAs: String?)
        case computed(String, ResultTable.Column)
    }

    private static let tables: [String: ResultTable] = [
        "t": .transmissions, "d": .decisions, "r": .receptions, "s": .scores,
    ]

    private static func take(_ alias: String, _ names: String) -> [Source] {
        names.split(separator: " ").map { .stored(alias: alias, name: String($0), shownAs: nil) }
    }

    private static let scores: [Source] = ResultTable.scoreFigures.map { figure in
        .stored(alias: "s", name: figure.column.name, shownAs: nil)
    }

    private static let sources: [Source] =
        take("t", "run transmitter image photo scheme width_px height_px label label_probability prompt wording")
        + take("d", "policy link block snr_db capacity_bit_per_s latency_budget_s")
        + take("t", "budget_bits alpha rate")
        + take("d", "feasible")
        + [.stored(alias: "d", name: "alpha", shownAs: "decided_alpha")]
        + take("d", "predicted_bits predicted_gvif concession state_age_s")
        + take("t", "header_bits prompt_bits layout_bits mask_bits hyper_bits feature_bits total_bits theoretical_bits")
        + [
            .computed(
                """
                COALESCE((SELECT CAST(TOTAL(p.bits) AS INTEGER) FROM repetitions p
                    WHERE p.run = t.run AND p.transmitter = t.transmitter AND p.image = t.image), 0)
                """, .integer("repeated_bits", "bit", "accounted bits of all repetitions"))
        ] + take("t", "wire_bits")
        + [
            .computed(
                "t.total_bits * 1.0 / MAX(1, t.width_px * t.height_px)",
                .number("bits_per_pixel", "bit/pixel", "total_bits over the pixels")),
            .computed(
                "(r.air_time_s * u.bandwidth_hz) / (3.0 * t.width_px * t.height_px)",
                .number("bandwidth_ratio", "", "channel uses T·B over the 3·W·H samples of the picture", optional: true)
            ),
        ]
        + take(
            "r",
            "status air_time_s gvif requested_share received_share slices_expected slices_received "
                + "received_bits inpainting"
        )
        + scores
        + take("t", "first_sent_at_ns last_sent_at_ns")
        + take("r", "first_arrived_at_ns last_arrived_at_ns deadline_at_ns finished_at_ns receiver")
        + take("t", "original_file importance_file stream_file") + take("r", "decoded_file received_file mask_file")

    /// The columns as the data dictionary tells them. What does not come from the transmission may be absent.
    static let columns: [ResultTable.Column] = sources.map { source in
        switch source {
        case .computed(_, let column): return column
        case .stored(let alias, let name, let shown):
            guard var column = tables[alias]?.column(name) else { preconditionFailure("no column \(alias).\(name)") }
            column.isOptional = column.isOptional || alias != "t"
            if let shown {
                column.name = shown
                column.meaning = "as decided: " + column.meaning
            }
            return column
        }
    }

    static var definition: String {
        let list = sources.map { source in
            switch source {
            case .computed(let expression, let column): "\(expression) AS \(column.name)"
            case .stored(let alias, let name, let shown): "\(alias).\(name)" + (shown.map { " AS \($0)" } ?? "")
            }
        }
        return """
            CREATE VIEW images AS
                SELECT \(list.joined(separator: ", "))
                FROM transmissions t
                LEFT JOIN decisions d USING (run, transmitter, image)
                LEFT JOIN receptions r USING (run, transmitter, image)
                LEFT JOIN scores s
                    ON s.run = t.run AND s.transmitter = t.transmitter AND s.image = t.image AND s.receiver = r.receiver
                LEFT JOIN runs u ON u.run = t.run;
            """
    }
}
