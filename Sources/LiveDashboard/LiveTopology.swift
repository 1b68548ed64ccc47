import Topologies

/// What the page and programs need to know of a topology before anything has happened: the answer to `GET /run`.
struct LiveTopology: Encodable {
    struct Link: Encodable {
        var name, from, through, model: String
        var to: [String]
        var snr, loss, bandwidth: Double

        enum CodingKeys: String, CodingKey {
            case name, from, through, model, to
            case snr = "snr_db"
            case loss
            case bandwidth = "bandwidth_hz"
        }
    }

    var name: String
    /// A text: a whole number of 64 bits is more than many readers of JSON keep.
    var seed: String
    /// Milliseconds.
    var budget: Double
    var links: [Link]

    enum CodingKeys: String, CodingKey {
        case name, seed, links
        case budget = "budget_ms"
    }

    init(_ topology: Topology) {
        name = topology.name
        seed = String(topology.seed)
        budget = topology.scheme.budget * 1e3
        links = topology.links.map { link in
            let band = link.band.flatMap { name in topology.bands.first { $0.name == name }?.bandwidth }
            return Link(
                name: link.name, from: link.from, through: link.through, model: link.channel.model.rawValue,
                to: link.to, snr: link.channel.snr,
                loss: link.channel.loss, bandwidth: band ?? link.channel.bandwidth)
        }
    }
}
