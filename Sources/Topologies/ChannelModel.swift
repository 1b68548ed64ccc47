import Channels

/// The models of a link's gain by the names that people write: which keys each takes, and what it makes of them.
///
/// The one place that knows them all: how topologies are read, checked and described, timed events, live requests, the
/// options of a relay and what the controller predicts by follow from it. A new model is a law in `Channels/Models` and
/// a row here; a value that no other has is a property of ``ChannelSettings`` and a row of ``ChannelQuantity``.
package enum ChannelModel: String, Sendable, CaseIterable {
    case awgn, rayleigh, rice, nakagami, jakes, gaussMarkov, tdl, trace

    private var row: Row {
        switch self {
        case .awgn: Row { _ in FadingModel.none }
        case .rayleigh:
            Row(Self.motion) { $0.doppler > 0 ? .jakes(doppler: $0.doppler) : .rayleigh }
        case .rice:
            Row(["riceFactor"] + Self.motion) {
                let factor = Decibels.linear($0.riceFactor)
                return $0.doppler > 0 ? .jakes(doppler: $0.doppler, factor: factor) : .rice(factor: factor)
            }
        case .nakagami: Row(["shape"] + Self.motion) { .nakagami(shape: $0.shape, doppler: $0.doppler) }
        case .jakes: Row(Self.motion) { .jakes(doppler: $0.doppler) }
        case .gaussMarkov: Row(["correlation"]) { .gaussMarkov(correlation: $0.correlation) }
        case .tdl:
            Row(["profile", "delaySpread"] + Self.motion) {
                .tappedDelayLine($0.profile, delaySpread: $0.delaySpread, doppler: $0.doppler)
            }
        case .trace: Row(["trace", "traceFormat"]) { _ in nil }
        }
    }

    private struct Row {
        let keys: [String]
        let fading: (ChannelSettings) -> FadingModel?

        init(_ keys: [String] = [], fading: @escaping (ChannelSettings) -> FadingModel?) {
            (self.keys, self.fading) = (keys, fading)
        }
    }

    /// A Doppler frequency, or what gives one.
    private static let motion = ["speed", "carrier", "doppler"]

    /// Keys of a link that have a meaning with some models only; all others have one with each.
    package var keys: [String] { row.keys }

    /// The models that take a key; empty for one that all take.
    static func taking(_ key: String) -> [ChannelModel] { allCases.filter { $0.keys.contains(key) } }

    /// What the settings make of it; nil where a file has the values.
    package func fading(of settings: ChannelSettings) -> FadingModel? { row.fading(settings) }
}

extension ChannelSettings {
    /// What a block has in common with the one before, as far as the model says.
    var blockCorrelation: Double {
        // Nothing is known of a trace; most change slowly.
        guard case .law(let law) = model.fading(of: self) else { return 0.9 }
        return law.correlation(after: coherence ?? 0)
    }
}
