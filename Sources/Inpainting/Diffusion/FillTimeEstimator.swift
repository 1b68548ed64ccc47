import Synchronization

/// How long the parts of a filling took last time, by the latent's area: what a budget is planned with.
final class FillTimeEstimator: Sendable {
    /// How many times longer than before what is still to be done may take: others may want the processors meanwhile.
    static let caution = 1.15

    struct Times: Sendable {
        var encode, call, decode: Double
    }

    private let times = Mutex<[Int: (encode: Double?, call: Double?, decode: Double?)]>([:])

    /// The slower of old and new counts for half, so that one hiccup is forgotten and load is not.
    private static func blend(_ old: Double?, _ new: Double) -> Double { old.map { 0.5 * $0 + 0.5 * new } ?? new }

    func note(area: Int, encode: Double, call: Double) {
        times.withLock { times in
            let old = times[area]
            times[area] = (Self.blend(old?.encode, encode), Self.blend(old?.call, call), old?.decode)
        }
    }

    func note(area: Int, decode: Double) {
        times.withLock { times in
            let old = times[area]
            times[area] = (old?.encode, old?.call, Self.blend(old?.decode, decode))
        }
    }

    /// Nil until a picture has been through; other sizes are scaled by their area.
    func estimate(area: Int) -> Times? {
        times.withLock { times in
            let complete = times.compactMap { entry in
                if let encode = entry.value.encode, let call = entry.value.call, let decode = entry.value.decode {
                    return (area: entry.key, times: Times(encode: encode, call: call, decode: decode))
                }
                return nil
            }
            guard let nearest = complete.min(by: { abs($0.area - area) < abs($1.area - area) }) else { return nil }
            let ratio = Double(area) / Double(nearest.area)
            return Times(
                encode: nearest.times.encode * ratio, call: nearest.times.call * ratio,
                decode: nearest.times.decode * ratio)
        }
    }
}
