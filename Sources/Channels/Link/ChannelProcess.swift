import Determinism
import Foundation

/// The sequence of a link's coherence blocks: a function of (seed, link name, block number), whatever the traffic does.
///
/// Blocks may be asked for in any order; models with memory (Gauss–Markov, correlated shadowing) start again from
/// block 0 when asked for an earlier one than the last.
public struct ChannelProcess: Sendable {
    public let seed: UInt64
    public let name: String
    public let model: FadingModel
    public let coherence: Instant.Span?
    public let origin: Instant
    private let bandwidth: Double
    private var shadowing: GaussMarkovSequence?
    private let shadowingDeviation: Double
    private var markov: GaussMarkovSequence?
    private let clarke: ClarkeProcess?
    private let taps: TappedDelayLine?
    private let nakagami: NakagamiProcess?
    private var cached: ChannelBlock?

    /// - Parameters:
    ///   - configuration: the fading model, its mean SNR and block length.
    ///   - seed: the run's; every draw follows from it and the link's name.
    ///   - origin: where block 0 starts. Before it, block 0 holds as well.
    public init(_ configuration: LinkConfiguration, seed: UInt64, origin: Instant) {
        self.seed = seed
        name = configuration.name
        model = configuration.fading
        coherence = configuration.coherence
        bandwidth = configuration.bandwidth
        self.origin = origin
        shadowingDeviation = configuration.shadowing?.deviation ?? 0
        shadowing = configuration.shadowing.map {
            let blocks = $0.decorrelationBlocks
            return GaussMarkovSequence(
                seed: seed, name: "link/\(configuration.name)/shadowing", correlation: blocks > 0 ? exp(-1 / blocks) : 0
            )
        }
        let stream = "link/\(configuration.name)/fading"
        var (clarke, taps, nakagami): (ClarkeProcess?, TappedDelayLine?, NakagamiProcess?) = (nil, nil, nil)
        switch model {
        case .gaussMarkov(let correlation):
            markov = GaussMarkovSequence(seed: seed, name: stream, correlation: correlation)
        case .jakes(let doppler, let factor):
            clarke = ClarkeProcess(seed: seed, name: stream, doppler: doppler, factor: factor)
        case .tappedDelayLine(let profile, let spread, let doppler):
            taps = TappedDelayLine(
                profile, delaySpread: spread, doppler: doppler, bandwidth: configuration.bandwidth, seed: seed,
                name: stream)
        case .nakagami(let shape, let doppler) where doppler > 0:
            nakagami = NakagamiProcess(seed: seed, name: stream, doppler: doppler, shape: shape)
        default: break
        }
        (self.clarke, self.taps, self.nakagami) = (clarke, taps, nakagami)
    }

    /// The number of the block in force at `instant`.
    public func number(at instant: Instant) -> UInt64 {
        guard instant > origin else { return 0 }
        if case .trace(let trace) = model { return trace.number(at: (instant - origin)) }
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
        if case .trace(let trace) = model {
            block = trace.block(number, origin: origin)
        } else {
            let (start, end) = extent(of: number)
            block = ChannelBlock(number: number, start: start, end: end, gain: 1)
            fade(&block)
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

    private mutating func fade(_ block: inout ChannelBlock) {
        switch model {
        case .none, .trace, .opportunities: break
        case .rayleigh:
            var stream = RandomStream(seed: seed, name: "link/\(name)/fading", index: block.number)
            block.gain = stream.exponential()
        case .rice(let factor):
            var stream = RandomStream(seed: seed, name: "link/\(name)/fading", index: block.number)
            let (x, y) = stream.normalPair()
            let direct = (factor / (factor + 1)).squareRoot()
            let scattered = (0.5 / (factor + 1)).squareRoot()
            let (real, imaginary) = (direct + scattered * x, scattered * y)
            block.gain = real * real + imaginary * imaginary
        case .nakagami(let shape, _):
            if let nakagami {
                block.gain = nakagami.power(at: (block.start - origin).seconds)
                return
            }
            var stream = RandomStream(seed: seed, name: "link/\(name)/fading", index: block.number)
            block.gain = stream.gamma(shape: shape) / shape
        case .gaussMarkov:
            let (real, imaginary) = markov!.complex(at: block.number)
            block.gain = (real * real + imaginary * imaginary) / 2
        case .jakes:
            let (real, imaginary) = clarke!.coefficient(at: (block.start - origin).seconds)
            block.gain = real * real + imaginary * imaginary
        case .tappedDelayLine:
            block.gains = taps!.gains(block: block.number, time: (block.start - origin).seconds)
            block.gain = block.gains.reduce(0, +) / Double(block.gains.count)
        }
    }
}
