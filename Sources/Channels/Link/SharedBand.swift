import Determinism
import Foundation

/// One band that several links share in time: in each slot one link has it alone, at its own SNR.
///
/// Slots lie on a grid from the origin. A link that runs empty inside a slot yields the rest of it to the next. The
/// band must be advanced in the place of its links; it advances them.
public struct SharedBand: Sendable {
    public enum Scheduler: String, Sendable, CaseIterable {
        /// One slot each, in turn, to those with something to send.
        case roundRobin
        /// To the link whose capacity is largest against what it has had over the last hundred slots.
        case proportionalFair
        /// To the highest `LinkConfiguration.priority`; equals in turn.
        case priority
    }

    public let scheduler: Scheduler
    public let slot: Instant.Span
    /// Indices into the array of links that is passed to every call.
    public let members: [Int]
    private let origin: Instant
    private var holder: Int?
    private var heldSince = Instant(nanoseconds: .min)
    private var slotEnd = Instant(nanoseconds: .min)
    private var last = 0
    /// Bits per second each member has had, smoothed over `memory` slots.
    private var average: [Double]
    private var credited: [Double]
    private var averagedUntil: Int64 = 0
    private static let memory = 100.0

    public init(
        scheduler: Scheduler, slot: Instant.Span = .milliseconds(1), members: [Int], origin: Instant,
        links: inout [Link]
    ) {
        self.scheduler = scheduler
        self.slot = slot
        self.members = members
        self.origin = origin
        average = Array(repeating: 0, count: members.count)
        credited = average
        for member in members { links[member].grant(false, at: Instant(nanoseconds: .min)) }
    }

    public mutating func accept(_ packet: Packet, link: Int, links: inout [Link], into out: inout [Departure]) {
        advance(to: packet.arrival, links: &links, into: &out)
        links[link].accept(packet, into: &out)
        if holder == nil && links[link].wantsBand { assign(at: max(packet.arrival, heldSince), links: &links) }
    }

    public func nextInstant(_ links: [Link]) -> Instant? {
        var next: Instant?
        for member in members { if let instant = links[member].nextInstant { next = min(next ?? instant, instant) } }
        if holder != nil { next = min(next ?? slotEnd, slotEnd) }
        return next
    }

    public mutating func advance(to now: Instant, links: inout [Link], into out: inout [Departure]) {
        while let next = nextInstant(links), next <= now {
            for member in members { links[member].advance(to: next, into: &out) }
            let isOver =
                holder.map { next >= slotEnd || !links[members[$0]].wantsBand }
                ?? members.contains { links[$0].wantsBand }
            if isOver { assign(at: next, links: &links) }
        }
    }

    /// To be called after a member was changed from outside (`Link.apply`).
    public mutating func reconsider(at instant: Instant, links: inout [Link]) {
        assign(at: max(instant, heldSince), links: &links)
    }

    private mutating func assign(at instant: Instant, links: inout [Link]) {
        let number = max(0, (instant - origin).nanoseconds) / slot.nanoseconds
        if let holder {
            credited[holder] += links[members[holder]].momentaryCapacity(at: heldSince) * (instant - heldSince).seconds
        }
        // A slot that is not over stays with its holder as long as that one can use it.
        let isNewSlot = instant >= slotEnd
        if isNewSlot { average(upTo: number) }
        if !isNewSlot, let holder, links[members[holder]].wantsBand {
            heldSince = instant
            return
        }
        let previous = holder
        holder = choose(at: instant, links: &links)
        heldSince = instant
        slotEnd = origin + .init(nanoseconds: (number + 1) * slot.nanoseconds)
        if previous != holder {
            if let previous { links[members[previous]].grant(false, at: instant) }
            if let holder { links[members[holder]].grant(true, at: instant) }
        }
        if let holder { last = holder }
    }

    private mutating func average(upTo number: Int64) {
        let elapsed = number - averagedUntil
        guard elapsed > 0 else { return }
        let weight = 1 / Self.memory
        for index in average.indices {
            average[index] = average[index] * (1 - weight) + credited[index] / slot.seconds * weight
            if elapsed > 1 { average[index] *= pow(1 - weight, Double(elapsed - 1)) }
            credited[index] = 0
        }
        averagedUntil = number
    }

    private func choose(at instant: Instant, links: inout [Link]) -> Int? {
        var best: Int?
        var bestValue = -Double.infinity
        // In turn, from the one after the last: ties go to whom has waited longest.
        for step in 1...members.count {
            let index = (last + step) % members.count
            guard links[members[index]].wantsBand else { continue }
            let value: Double
            switch scheduler {
            case .roundRobin: value = 0
            case .priority: value = Double(links[members[index]].configuration.priority)
            case .proportionalFair:
                value = links[members[index]].momentaryCapacity(at: instant) / max(1, average[index])
            }
            if value > bestValue { (best, bestValue) = (index, value) }
        }
        return best
    }
}
