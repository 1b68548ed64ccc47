import Determinism
import Foundation
import Testing

@testable import Channels

/// Rates beyond Shannon's against the published formula and tables, and their errors against what is drawn.
@Suite struct RateLawTests {
    // MARK: the tables, typed a second time: order, rate × 1024, efficiency as printed

    static let first: [(Int, Double, Double)] = [
        (2, 120, 0.2344), (2, 157, 0.3066), (2, 193, 0.3770), (2, 251, 0.4902), (2, 308, 0.6016), (2, 379, 0.7402),
        (2, 449, 0.8770), (2, 526, 1.0273), (2, 602, 1.1758), (2, 679, 1.3262), (4, 340, 1.3281), (4, 378, 1.4766),
        (4, 434, 1.6953), (4, 490, 1.9141), (4, 553, 2.1602), (4, 616, 2.4063), (4, 658, 2.5703), (6, 438, 2.5664),
        (6, 466, 2.7305), (6, 517, 3.0293), (6, 567, 3.3223), (6, 616, 3.6094), (6, 666, 3.9023), (6, 719, 4.2129),
        (6, 772, 4.5234), (6, 822, 4.8164), (6, 873, 5.1152), (6, 910, 5.3320), (6, 948, 5.5547),
    ]
    static let second: [(Int, Double, Double)] = [
        (2, 120, 0.2344), (2, 193, 0.3770), (2, 308, 0.6016), (2, 449, 0.8770), (2, 602, 1.1758), (4, 378, 1.4766),
        (4, 434, 1.6953), (4, 490, 1.9141), (4, 553, 2.1602), (4, 616, 2.4063), (4, 658, 2.5703), (6, 466, 2.7305),
        (6, 517, 3.0293), (6, 567, 3.3223), (6, 616, 3.6094), (6, 666, 3.9023), (6, 719, 4.2129), (6, 772, 4.5234),
        (6, 822, 4.8164), (6, 873, 5.1152), (8, 682.5, 5.3320), (8, 711, 5.5547), (8, 754, 5.8906), (8, 797, 6.2266),
        (8, 841, 6.5703), (8, 885, 6.9141), (8, 916.5, 7.1602), (8, 948, 7.4063),
    ]

    static let cqiFirst: [(Int, Double, Double)] = [
        (2, 78, 0.1523), (2, 120, 0.2344), (2, 193, 0.3770), (2, 308, 0.6016), (2, 449, 0.8770), (2, 602, 1.1758),
        (4, 378, 1.4766), (4, 490, 1.9141), (4, 616, 2.4063), (6, 466, 2.7305), (6, 567, 3.3223), (6, 666, 3.9023),
        (6, 772, 4.5234), (6, 873, 5.1152), (6, 948, 5.5547),
    ]
    static let cqiSecond: [(Int, Double, Double)] = [
        (2, 78, 0.1523), (2, 193, 0.3770), (2, 449, 0.8770), (4, 378, 1.4766), (4, 490, 1.9141), (4, 616, 2.4063),
        (6, 466, 2.7305), (6, 567, 3.3223), (6, 666, 3.9023), (6, 772, 4.5234), (6, 873, 5.1152), (8, 711, 5.5547),
        (8, 797, 6.2266), (8, 885, 6.9141), (8, 948, 7.4063),
    ]

    @Test func theTablesAreThePublishedOnes() {
        for (table, typed) in [
            (ModulationTable.nr1, Self.first), (.nr2, Self.second), (.cqi1, Self.cqiFirst), (.cqi2, Self.cqiSecond),
        ] {
            #expect(table.schemes.count == typed.count)
            for (scheme, row) in zip(table.schemes, typed) {
                #expect(scheme.order == row.0 && scheme.codeRate == row.1)
                #expect(abs(scheme.efficiency - row.2) < 5.1e-5)
            }
        }
    }

    // MARK: the normal approximation

    /// Q⁻¹ of tables of the normal distribution.
    @Test func quantilesAreTheTabulatedOnes() {
        for (probability, value) in [
            (0.1, 1.281552), (0.01, 2.326348), (1e-3, 3.090232), (1e-5, 4.264891), (1e-9, 5.997807),
        ] {
            #expect(abs(RateLaw.normalQuantile(probability) - value) < 1e-6)
        }
    }

    /// The real Gaussian channel as Polyanskiy, Poor and Verdú state it, (295)–(296): N real uses at SNR P carry
    /// N·C − √(N·V)·Q⁻¹(ε) + ½·log₂N bits. Their Fig. 6: P = 0 dB, ε = 10⁻³; a complex use is two real ones.
    @Test(arguments: [(0.0, 1e-3, 1000), (20.0, 1e-6, 500), (-5.0, 0.1, 2000)])
    func theComplexChannelIsTwoRealOnes(_ decibels: Double, _ error: Double, _ symbols: Int) {
        let snr = pow(10, decibels / 10)
        let n = Double(2 * symbols)
        let capacity = 0.5 * log2(1 + snr)
        let dispersion = snr / 2 * (snr + 2) / ((snr + 1) * (snr + 1)) * pow(M_LOG2E, 2)
        let quantile = RateLaw.normalQuantile(error)
        let bits = n * capacity - (n * dispersion).squareRoot() * quantile + 0.5 * log2(n)
        let law = RateLaw(.finiteBlocklength(error: error), symbols: symbols)
        #expect(abs(law.efficiency(snr) * Double(symbols) - bits) < 1e-6 * bits)
        // The error of that very rate is the one it was made for.
        #expect(abs(RateLaw.error(of: bits / Double(symbols), at: snr, symbols: symbols) / error - 1) < 1e-6)
    }

    /// Worked by hand: SNR 1, n = 1000, ε = 10⁻³: C = 1, V = ¾·log₂²e = 1.561027, √(V/n) = 0.0395098,
    /// R = 1 − 0.0395098·3.090232 + log₂(2000)/2000 = 0.883388.
    @Test func aValueWorkedByHand() {
        #expect(abs(RateLaw(.finiteBlocklength(error: 1e-3), symbols: 1000).efficiency(1) - 0.8833883) < 1e-6)
    }

    @Test func longCodewordsComeToShannon() {
        for snr in [0.1, 1, 30] {
            let long = RateLaw(.finiteBlocklength(error: 1e-3), symbols: 1_000_000_000).efficiency(snr)
            #expect(abs(long - log2(1 + snr)) < 2e-4)
            #expect(RateLaw(.finiteBlocklength(error: 1e-3), symbols: 200).efficiency(snr) < long)
        }
        #expect(RateLaw(.finiteBlocklength(error: 1e-3)).efficiency(0) == 0)
        #expect(RateLaw.shannon.efficiency(3) == 2 && RateLaw.shannon.loss(ofBits: 9999, at: 3) == 0)
    }

    // MARK: schemes

    @Test(arguments: ModulationTable.standard) func theFastestSchemeThatKeepsTheTargetIsUsed(_ table: ModulationTable) {
        let law = RateLaw(.schemes(table, target: 0.1))
        var last = 0.0
        for decibels in stride(from: -12.0, through: 35, by: 0.25) {
            let snr = pow(10, decibels / 10)
            let rate = law.efficiency(snr)
            #expect(rate >= last, "more SNR never carries less")
            last = rate
            // No faster row would do, and this one does.
            for scheme in table.schemes where scheme.efficiency > rate + 1e-12 {
                #expect(RateLaw.error(of: scheme.efficiency, at: snr / law.gap, symbols: law.symbols) > 0.1)
            }
            if rate > 0 { #expect(law.codewordError(snr) <= 0.1 + 1e-9 && rate < log2(1 + snr)) }
        }
        #expect(law.efficiency(0.05) == 0 && law.loss(ofBits: 1000, at: 0.05) == 1)
        #expect(last == table.schemes.last?.efficiency)
    }

    @Test func aDatagramIsLostWithAnyOfItsCodewords() {
        let law = RateLaw(.finiteBlocklength(error: 0.01), symbols: 1000)
        let each = law.efficiency(3) * 1000
        #expect(abs(law.loss(ofBits: Int64(each * 0.5), at: 3) - 0.01) < 1e-12)
        #expect(abs(law.loss(ofBits: Int64(each * 4.5), at: 3) - (1 - pow(0.99, 5))) < 1e-12)
        #expect(law.loss(ofBits: 0, at: 3) == 0)
    }

    // MARK: on a link

    /// Datagrams of 8,000 bits through a link of 1 MHz; those that came, and when the last had drained.
    private func send(_ count: Int, _ law: RateLaw, snr: Double, seed: UInt64 = 1) throws -> (came: Int, end: Double) {
        var configuration = LinkConfiguration(name: "law", bandwidth: 1e6, meanSNR: snr)
        configuration.rate = law
        var link = try Link(configuration, seed: seed, origin: origin)
        var out: [Departure] = []
        for number in 0..<count {
            link.accept(Packet(handle: Int32(number), bytes: 1000, bits: 8000, arrival: origin), into: &out)
        }
        link.advance(to: origin + .seconds(10_000), into: &out)
        #expect(out.count == count)
        return (out.count { $0.verdict == .delivered }, (out.last!.drained - origin).seconds)
    }

    @Test func bitsDrainAtTheLawsRateAndErrorsAreDrawn() throws {
        let count = 4000
        let law = RateLaw(.finiteBlocklength(error: 0.02), symbols: 1000)
        let (came, end) = try send(count, law, snr: 3)
        #expect(abs(end / (Double(count) * 8000 / (1e6 * law.efficiency(3))) - 1) < 1e-6)
        let loss = law.loss(ofBits: 8000, at: 3)
        let deviation = (loss * (1 - loss) * Double(count)).squareRoot()
        #expect(abs(Double(count - came) - loss * Double(count)) < 4 * deviation)
        #expect(abs(Double(count - came) - 1.5 * loss * Double(count)) > 4 * deviation, "a wrong error is seen")
        let schemes = RateLaw(.schemes(.nr1, target: 0.1))
        let other = try send(500, schemes, snr: 3)
        #expect(abs(other.end / (500 * 8000 / (1e6 * schemes.efficiency(3))) - 1) < 1e-6)
        #expect(other.came < 500)
    }

    /// The law's draws are its own: fading, losses and corruption of a link stay where they were.
    @Test func otherFatesStayWhereTheyWere() throws {
        func lost(_ law: RateLaw) throws -> Set<Int32> {
            var configuration = LinkConfiguration(name: "law", bandwidth: 1e6, meanSNR: 3)
            (configuration.rate, configuration.loss) = (law, 0.2)
            var link = try Link(configuration, seed: 5, origin: origin)
            var out: [Departure] = []
            for number in 0..<300 {
                link.accept(Packet(handle: Int32(number), bytes: 1000, bits: 8000, arrival: origin), into: &out)
            }
            link.advance(to: origin + .seconds(1000), into: &out)
            return Set(out.filter { $0.verdict == .lost }.map(\.packet.handle))
        }
        let (shannon, other) = (try lost(.shannon), try lost(RateLaw(.finiteBlocklength(error: 0.01))))
        #expect(shannon.isSubset(of: other) && other.count > shannon.count)
    }

    @Test func whatMakesNoSenseIsNamed() {
        var configuration = LinkConfiguration(name: "law", bandwidth: 1e6, meanSNR: 3)
        for law in [
            RateLaw(.finiteBlocklength(error: 0)), RateLaw(.finiteBlocklength(error: 0.7)),
            RateLaw(.finiteBlocklength(error: 0.1), symbols: 10), RateLaw(.schemes(.nr1, target: 1)),
            RateLaw(.schemes(.nr1, target: 0.1), gap: 0.5),
        ] {
            configuration.rate = law
            #expect(configuration.problem != nil)
        }
    }
}
