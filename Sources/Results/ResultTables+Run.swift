/// The tables about the run itself, its nodes and its channels.
extension ResultTable {
    static let runs = ResultTable(
        name: "runs", meaning: "One row a run: what was run, by what, where.", key: ["run"],
        columns: [
            .run,
            .text("topology", "the topology's name"),
            .text("resolved", "the topology with every default filled in, as YAML"),
            .text("seed", "seed of every random stream; a text, since SQLite's integers end at 2⁶³"),
            .instant("origin_at_ns", "the run's clock when it began"),
            .text("started_on", "the same as wall-clock time, ISO 8601 in UTC"),
            .flag("virtual", "under the virtual clock, not over sockets"),
            .text("accounting", "`payload` or `wire`: which bits are counted against the budget"),
            .number("latency_budget_s", "s", "latency budget T_max of the air"),
            .number("bandwidth_hz", "Hz", "bandwidth B of the first link"),
            .text("rate_law", "what an SNR is worth in bits: Shannon's law, or that of `rate`", optional: true),
            .number("lateness_bound_s", "s", "largest 99th percentile of release lateness of a valid run"),
            .text("versions", "what ran, as a JSON object of names and versions"),
            .text("machine", "on what, as a JSON object: processor, cores, memory, kernel"),
            .text("command", "the command line, as a JSON list"),
            .flag("valid", "whether the lateness kept its bound; NULL where nothing was released", optional: true),
            .number("lateness_p99_s", "s", "99th percentile of release lateness", optional: true),
        ])

    static let nodes = ResultTable(
        name: "nodes", meaning: "One row a process.", key: ["run", "name"],
        columns: [
            .run,
            .text("name", "its name in the topology"),
            .text("role", "`transmitter`, `channel`, `receiver` or `controller`"),
            .integer("process", "", "process identifier on its host"),
            .text("host", "the host it ran on"),
            .instant("ready_at_ns", "when it was ready"),
            .integer("peak_memory_bytes", "byte", "largest resident memory", optional: true),
            .number(
                "clock_offset_s", "s", "added to its host's clock to get the controller's; NULL on the same host",
                optional: true),
            .number(
                "clock_error_s", "s", "± this much its instants may be off; one-way times by the sum of both nodes'",
                optional: true),
        ])

    static let blocks = ResultTable(
        name: "blocks", meaning: "One row a coherence block of a link: constant gain, constant capacity.",
        key: ["run", "link", "number", "start_at_ns"],
        columns: [
            .run,
            .text("link", "the link"),
            .integer("number", "", "the block's number on its link, from 0"),
            .instant("start_at_ns", "when it began"),
            .number("duration_s", "s", "how long it lasts"),
            .number("snr_db", "dB", "receive SNR |h|²/σ²"),
            .number("capacity_bit_per_s", "bit/s", "C = B·log₂(1 + SNR) (8)"),
        ])

    static let packets = ResultTable(
        name: "packets", meaning: "One row a data datagram that came to the channel: what became of it.", key: [],
        columns: [
            .run,
            .text("link", "the link"), .transmitter, .image,
            .text("section", "`preamble` (header, prompt, mask, ŝ) or `slice` (of ŷ)"),
            .integer("index", "", "which fragment or slice, from 0"),
            .integer("bits", "bit", "accounted against the budget"),
            .integer("wire_bits", "bit", "on the wire, with seal and headers down to UDP and IP"),
            .instant("arrived_at_ns", "when it came to the channel"),
            .instant(
                "due_at_ns", "when its last bit has drained at C and propagation is over; NULL where it never leaves",
                optional: true),
            .instant("released_at_ns", "when it was handed to the socket", optional: true),
            .text("verdict", "`delivered`, `late`, `expired`, `lost`, `corrupted` or `queueFull`"),
            .integer("block", "", "the coherence block in which it left, or was dropped"),
            .integer(
                "attempts", "", "how often it was begun to be sent, under HARQ; 0: never; NULL without",
                optional: true),
            .init(
                name: "lateness_s", kind: .number, unit: "s", isOptional: true,
                meaning: "released_at_ns − due_at_ns", expression: "(released_at_ns - due_at_ns) / 1e9"),
        ], isIndexedByImage: true)

    static let events = ResultTable(
        name: "events", meaning: "One row for whatever was out of the ordinary.", key: [],
        columns: [
            .run,
            .instant("at_ns", "when"),
            .text("node", "who tells it"),
            .text("severity", "`note`, `warning` or `failure`"),
            .text("what", "in a word or two: `crash`, `partition`, `rejected datagrams`"),
            .text("detail", "in a line"),
        ])
}
