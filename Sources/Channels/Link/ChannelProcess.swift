import Determinism
import Foundation

/// The sequence of a link's coherence blocks: a function of (seed, link name, block number), whatever the traffic does.
///
/// Blocks may be asked for in any order; models with memory (Gauss–Markov, correlated shadowing) start again from
/// block 0 when asked for an earlier one than the last.
public struct ChannelProcess: Sendable {
    public let seed: UInt64
    public let origin: Instant
    private let coherence: Instant.Span?
    private let trace: ChannelTrace?
    private var course: (any FadingCourse)?
    private var shadowing: GaussMarkovSequence?
    private let shadowingDeviation: Double
    private var cached: ChannelBlock?

    /// - Parameters:
    ///   - configuration: the fading model, its mean SNR and block length.
    ///   - seed: the run's; every draw follows from it and the link's name.
    ///   - origin: where block 0 starts. Before it, block 0 holds as well.
    public init(_ configuration: LinkConfiguration, seed: UInt64, origin: Instant) {
        self.seed = seed
        coherence = configuration.coherence
        self.origin = origin
        shadowingDeviation = configuration.shadowing?.deviation ?? 0
        shadowing = configuration.shadowing.map {
            let blocks = $0.decorrelationBlocks
            return GaussMarkovSequence(
                seed: seed, name: "link/\(configuration.name)/shadowing", correlation: blocks > 0 ? exp(-1 / blocks) : 0
            )
        }
        let draws = FadingDraws(
            seed: seed, stream: "link/\(configuration.name)/fading", bandwidth: configuration.bandwidth)
        switch configuration.fading {
        case .law(let law): (course, trace) = (law.course(draws), nil)
        case .trace(let values): trace = values
        // The drain takes each by itself.
        case .opportunities: trace = nil
        }
    }

    /// The number of the block in force at `instant`.
    public func number(at instant: Instant) -> UInt64 {
        guard instant > origin else { return 0 }
        if let trace { return trace.number(at: instant - origin) }
        guard let coherence else { return 0 }
        return UInt64((instant - origin).nanoseconds / coherence.nanoseconds)
    }

    /// The block in force at `instant`.
    public mutating func block(at instant: Instant) -> ChannelBlock {
        if let cached, instant >= cached.start, instant < cached.end { return cached }
        return block(number(at: instant))
    }

    /// Block `number`.
    public mutating func block(_ number: UInt64) -> ChannelBlock {
        if let cached, cached.number == number { return cached }
        var block: ChannelBlock
        if let trace {
            block = trace.block(number, origin: origin)
        } else {
            let (start, end) = extent(of: number)
            block = ChannelBlock(number: number, start: start, end: end, gain: 1)
            let time = (start - origin).seconds
            course?.fade(&block, at: time)
        }
        if shadowing != nil {
            let factor = Decibels.linear(shadowingDeviation * shadowing!.real(at: number))
            block.gain *= factor
            for index in block.gains.indices { block.gains[index] *= factor }
        }
        cached = block
        return block
    }

    private func extent(of number: UInt64) -> (Instant, Instant) {
        guard let coherence else { return (origin, ChannelBlock.never) }
        let (elapsed, overflow) = Int64(clamping: number).multipliedReportingOverflow(by: coherence.nanoseconds)
        let start = origin + .init(nanoseconds: overflow ? .max : elapsed)
        return (start, start + coherence)
    }
}
