import Channels
import Declarations
import Determinism
import Records
import Topologies
import Wire

/// What timed events and live requests change.
extension ChannelRole {
    /// Applies a timed event of the topology.
    /// - Throws: `ChannelError.unknownQuantity` for what a running channel cannot change.
    package mutating func adjust(_ adjustment: Adjustment, now: Instant) throws {
        guard hasStarted else { return }
        if adjustment.quantity == "budget" {
            guard let value = Dimension.duration.value(of: adjustment.value), value > 0 else { return }
            for index in concerned(adjustment) {
                stations[index].budget = .seconds(value)
            }
            return
        }
        for index in concerned(adjustment) {
            // First everything that happened before.
            let band = stations[index].band
            if let band {
                bands[band].advance(to: now, links: &links, into: &buffer)
                collectFromBands()
            } else {
                links[index].advance(to: now, into: &buffer)
                collect(from: index)
            }
            let isReshaped = try alter(index, adjustment, now: now)
            if let band {
                bands[band].reconsider(at: now, links: &links)
                scheduleBand(band)
            }
            if isReshaped {
                // The blocks may be others: the one in force is told below.
                let block = links[index].block(links[index].blockNumber(at: now))
                (stations[index].nextBlock, stations[index].nextEdge) = (block.number + 1, block.end)
            } else if stations[index].nextEdge <= now {
                crossEdges(index, now: now)
            }
            schedule(index)
            // The rest of the block has another capacity: say so at once.
            let block = links[index].block(links[index].blockNumber(at: now))
            stations[index].reportedAt = Instant(nanoseconds: .min)
            note(
                block, of: index, start: now,
                duration: block.end == ChannelBlock.never ? BlockRecord.endless : block.end - now, isTold: true)
        }
    }

    /// The link that is named, or all.
    private func concerned(_ adjustment: Adjustment) -> [Int] {
        adjustment.link.isEmpty ? Array(links.indices) : numbers[adjustment.link].map { [$0] } ?? []
    }

    /// - Returns: whether the course of the channel is another one now.
    private mutating func alter(_ index: Int, _ adjustment: Adjustment, now: Instant) throws -> Bool {
        let problem = ChannelError.unknownQuantity(
            link: stations[index].name, quantity: "\(adjustment.quantity) = \(adjustment.value)")
        if let change = Self.change(adjustment) {
            links[index].apply(change, at: now)
            if !settings.isEmpty { _ = settings[index].set(adjustment.quantity, adjustment.value) }
            return false
        }
        guard !settings.isEmpty else { throw problem }
        let before = settings[index]
        var after = before
        guard after.set(adjustment.quantity, adjustment.value) == nil else { throw problem }
        var configuration = links[index].configuration
        try configuration.shape(after, before: before, trace: traces.isEmpty ? nil : traces[index])
        try links[index].reconfigure(configuration, at: now)
        settings[index] = after
        return true
    }

    /// What a link takes in its stride, without another course of its channel.
    private static func change(_ adjustment: Adjustment) -> Link.Change? {
        if adjustment.quantity == "down" {
            return ["yes": .down(true), "true": .down(true), "no": .down(false), "false": .down(false)][
                adjustment.value]
        }
        guard let value = try? ChannelQuantity.named(adjustment.quantity)?.read(adjustment.value).get() else {
            return nil
        }
        return switch adjustment.quantity {
        case "snr": .meanSNR(Decibels.linear(value))
        case "bandwidth": .bandwidth(value)
        case "loss": .loss(value)
        case "corruption": .corruption(value)
        case "duplication": .duplication(value)
        case "delay": .propagation(.seconds(value))
        case "jitter": .jitter(.seconds(value))
        default: nil
        }
    }
}
