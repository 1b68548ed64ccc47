import ImagePipeline
import Topologies

/// `metadata.json` beside `sweep.csv`: what its points came from, as each has it in its own `csv/metadata.json`.
struct SweepMetadata: Codable, Equatable {
    /// Points that were made alike: one entry, unless a sweep was continued by another build or on another machine, or
    /// sweeps over models or photos.
    struct Source: Codable, Equatable {
        var points: [String]
        var origin: Metadata.Origin
    }

    /// The topology's name.
    var topology: String
    /// Repetition r has this plus r.
    var seed: UInt64
    /// The swept keys with their values.
    var axes: [String: [String]]
    var repetitions: Int
    /// Nil where no point says.
    var virtual: Bool?
    /// When the first of the points began, ISO 8601, UTC; nil under the virtual clock.
    var startedOn: String?
    /// In the order of their first points.
    var sources: [Source]

    /// Reads what the points in `folder` say of themselves.
    init(plan: SweepPlan, folder: String) {
        topology = plan.topology.name
        seed = plan.topology.seed
        let sweep = plan.topology.sweep
        axes = Dictionary((sweep?.axes ?? []).map { ($0.key, $0.values) }, uniquingKeysWith: { $1 })
        repetitions = sweep?.repetitions ?? 1
        sources = []
        var places: [Metadata.Origin: Int] = [:]
        for point in plan.points {
            guard let found = Metadata(run: "\(folder)/points/\(point.name)") else { continue }
            virtual = virtual ?? found.virtual
            // Texts of one form and one zone: their order is that of time.
            startedOn = [startedOn, found.startedOn].compactMap(\.self).min()
            if let place = places[found.origin] {
                sources[place].points.append(point.name)
            } else {
                places[found.origin] = sources.count
                sources.append(Source(points: [point.name], origin: found.origin))
            }
        }
    }
}
