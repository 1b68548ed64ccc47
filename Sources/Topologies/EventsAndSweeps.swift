import Declarations
import Foundation
import Yams

extension TimedEvent {
    /// One item of `events:`, for instance `{at: 2 s, set: {links.uplink.snr: 3 dB}}`.
    package static func read(_ s: YAMLSection) -> TimedEvent? {
        let at = s.quantity("at", .duration, default: 0, required: true, least: 0, "Time from the start of the run.")
        let set = s.free("set", "A dotted key and its new value.")
        let flap = s.text("flap", "Link that carries nothing for the duration.")
        let partition = s.text("partition", "Node cut off for the duration.")
        let pause = s.text("pause", "Node stopped for the duration.")
        let kill = s.text(
            "kill",
            "Node killed outright. That is no crash: it stays away until a restart, or comes back by restart: "
                + "onFailure, and the run goes on."
        )
        let restart = s.text("restart", "Node started again; one that is there is killed first.")
        let join = s.text("join", "Node that starts now.")
        let leave = s.text("leave", "Node that ends cleanly.")
        let duration = s.quantity(
            "duration", .duration, default: nil, least: 0, exclusive: true, "How long a flap, partition or pause lasts."
        )
        s.finish()
        var kinds: [Kind] = []
        if let set {
            if let pairs = set.mapping, !pairs.isEmpty {
                for pair in pairs { kinds.append(.set(key: pair.key.string ?? "", value: pair.value.string ?? "")) }
            } else if s.node != nil {
                s.report("set", "expected a dotted key and its value, as in 'set: {links.uplink.snr: 3 dB}'")
            }
        }
        if let flap { kinds.append(.flap(link: flap, duration: duration ?? 0)) }
        if let partition { kinds.append(.partition(node: partition, duration: duration ?? 0)) }
        if let pause { kinds.append(.pause(node: pause, duration: duration ?? 0)) }
        if let kill { kinds.append(.kill(node: kill)) }
        if let restart { kinds.append(.restart(node: restart)) }
        if let join { kinds.append(.join(node: join)) }
        if let leave { kinds.append(.leave(node: leave)) }
        guard s.node != nil else { return nil }
        if flap != nil || partition != nil || pause != nil, duration == nil, !s.has("duration") {
            s.report("duration", "is missing: a flap, partition or pause needs one, a duration such as '500 ms'")
        }
        guard kinds.count == 1 else {
            s.report(
                "at",
                "the event names \(kinds.count) actions, expected one of set, flap, partition, pause, kill, "
                    + "restart, join, leave"
            )
            return nil
        }
        return TimedEvent(at: at, kind: kinds[0])
    }
}

extension Sweep {
    /// `sweep: {links.uplink.snr: [0 dB, 5 dB], scheme.budget: {from: 10 ms, to: 50 ms, step: 10 ms}, repetitions: 3}`.
    package static func read(_ s: YAMLSection) -> Sweep? {
        guard let node = s.free("sweep", "Dotted keys with a list of values, or {from, to, step}; and repetitions.")
        else { return nil }
        guard let pairs = node.mapping else {
            s.report("sweep", "expected dotted keys with their values")
            return nil
        }
        var sweep = Sweep(axes: [], repetitions: 1)
        for pair in pairs {
            let key = pair.key.string ?? ""
            if key == "repetitions" {
                guard let count = pair.value.int, (1...100_000).contains(count) else {
                    s.diagnostics.report("sweep.repetitions", at: pair.value, "expected a whole number of at least 1")
                    continue
                }
                sweep.repetitions = count
            } else if let list = pair.value.sequence {
                let values = list.compactMap { $0.string }
                if values.count != list.count || values.isEmpty {
                    s.diagnostics.report("sweep.\(key)", at: pair.value, "expected a list of single values")
                }
                sweep.axes.append(Axis(key: key, values: values))
            } else if let range = pair.value.mapping {
                if let values = steps(range) {
                    sweep.axes.append(Axis(key: key, values: values))
                } else {
                    s.diagnostics.report(
                        "sweep.\(key)", at: pair.value,
                        "expected {from: …, to: …, step: …} in one unit, with a step that leads from one to the "
                            + "other in less than 100000 steps"
                    )
                }
            } else {
                s.diagnostics.report("sweep.\(key)", at: pair.value, "expected a list, or {from: …, to: …, step: …}")
            }
        }
        return sweep
    }

    private static func steps(_ range: Node.Mapping) -> [String]? {
        guard range.count == 3, let first = range["from"]?.string, let last = range["to"]?.string,
            let width = range["step"]?.string
        else { return nil }
        func split(_ text: String) -> (Double, String)? {
            let number = text.prefix { $0.isNumber || "+-.eE".contains($0) }
            return Double(number).map { ($0, text.dropFirst(number.count).trimmingCharacters(in: .whitespaces)) }
        }
        guard let (a, unitA) = split(first), let (b, unitB) = split(last), let (step, unitStep) = split(width),
            unitA == unitB, unitB == unitStep, step != 0
        else { return nil }
        let count = ((b - a) / step + 1e-9).rounded(.down)
        guard count >= 0, count < 100_000 else { return nil }
        return (0...Int(count)).map {
            "\(Dimension.shortest(a + Double($0) * step))\(unitA.isEmpty ? "" : " " + unitA)"
        }
    }
}
