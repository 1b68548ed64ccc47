import Determinism
import Foundation
import Testing

@testable import Channels

/// Retransmissions with Chase combining against the curve of errors they are drawn by.
@Suite struct HARQTests {
    static let error = 0.3

    /// One codeword a datagram: 2,000 symbols and fewer bits than they carry.
    private func configuration(_ harq: HARQ?, error: Double = HARQTests.error, bits: Int? = nil) -> LinkConfiguration {
        var configuration = LinkConfiguration(name: "again", bandwidth: 1e6, meanSNR: 3)
        configuration.rate = RateLaw(.finiteBlocklength(error: error), symbols: 1000, harq: harq)
        return configuration
    }

    private func send(
        _ count: Int, _ configuration: LinkConfiguration, bits: Int = 1500, seed: UInt64 = 3
    ) throws
        -> [Departure]
    {
        try run(configuration, (0..<count).map { packet($0, bits: bits, at: 0) }, seed: seed, until: 1e5)
    }

    /// Worked by hand: ε of 2 bits a use at SNR 3 is ½ and nearly zero at 6; the law's own ε₁ is what it was asked for.
    @Test func theCurveIsThatOfTheSummedSNR() throws {
        let law = RateLaw(.finiteBlocklength(error: 0.3), symbols: 1000, harq: .usual)
        let word = try #require(law.codeword(3))
        #expect(abs(law.error(of: word, at: 3) / 0.3 - 1) < 1e-6)
        for attempts in 2...4 {
            let theory = RateLaw.error(of: word.efficiency, at: 3 * Double(attempts), symbols: 1000)
            #expect(law.residualError(3, attempts: attempts) == theory)
        }
        #expect(abs(law.meanAttempts(3) - 1.3) < 1e-3 && RateLaw.shannon.meanAttempts(3) == 1)
        // At a low SNR, where doubling it does not settle the matter.
        let faint = RateLaw(.schemes(.nr1, target: 0.4), symbols: 100, harq: HARQ(attempts: 3, delay: .zero))
        let snr = Decibels.linear(-3.2)
        let (first, second) = (faint.residualError(snr, attempts: 1), faint.residualError(snr, attempts: 2))
        #expect(first > 0.01 && second > 1e-9 && second < first)
        #expect(abs(faint.meanAttempts(snr) - (1 + first + second)) < 1e-12)
    }

    /// Block errors after k attempts and the mean number of attempts, where each attempt finds another channel: a
    /// codeword is left with probability ε(SNR₁ + SNR₂ + …), whatever the attempts' own SNRs are.
    @Test(arguments: [2, 3]) func whatIsLeftFollowsTheCurve(_ attempts: Int) throws {
        let count = 6000
        // A gap of 6 dB below the least that carries the scheme makes second attempts fail visibly, too.
        var configuration = configuration(HARQ(attempts: attempts, delay: .milliseconds(100)), error: 0.45)
        configuration.rate = RateLaw(
            .finiteBlocklength(error: 0.45), symbols: 1000, harq: HARQ(attempts: attempts, delay: .milliseconds(100)))
        // 10 ms each at an SNR of 3, then the rest of the 200 ms nearly nothing is added: ε₂ is not far below ε₁.
        let trace = try ChannelTrace(csv: "time_s,snr_db\n0,4.771\n0.05,-18\n0.3,4.771\n0.35,-18\n0.6,4.771", name: "t")
        configuration.fading = .trace(trace)
        configuration.meanSNR = 1
        let law = configuration.rate
        let (strong, weak) = (Decibels.linear(4.771), Decibels.linear(-18))
        let word = try #require(law.codeword(strong))
        let second = law.error(of: word, at: strong + weak)
        let third = law.error(of: word, at: strong + 2 * weak)
        #expect(second > 0.2 && second < 0.43 && third < second - 0.03)
        var (lost, sent) = (0, 0)
        for number in 0..<count {
            // Each on a link of its own: nothing waits for anything else.
            var own = configuration
            own.name = "again/\(number)"
            let departures = try run(own, [packet(0, bits: 1500, at: 0)], until: 1000)
            #expect(departures.count == 1)
            lost += departures[0].verdict == .lost ? 1 : 0
            sent += try #require(departures[0].attempts)
        }
        let left = attempts == 2 ? second : third
        func isOff(_ share: Double, _ theory: Double) -> Bool {
            abs(share - theory) > 4 * (theory * (1 - theory) / Double(count)).squareRoot()
        }
        #expect(!isOff(Double(lost) / Double(count), left), "\(Double(lost) / Double(count)) for \(left)")
        // Without combining, attempts would fail by themselves: that is seen.
        #expect(isOff(Double(lost) / Double(count), 0.45))
        let mean = 1 + 0.45 + (attempts == 3 ? second : 0)
        #expect(abs(Double(sent) / Double(count) - mean) < 4 / Double(count).squareRoot())
    }

    /// Each attempt takes its airtime, and other datagrams use the wait.
    @Test func attemptsTakeTime() throws {
        let (count, bits) = (4000, 1500)
        let plain = configuration(HARQ(attempts: 4, delay: .milliseconds(5)))
        let out = try send(count, plain, bits: bits)
        #expect(out.count == count && out.allSatisfy { $0.verdict == .delivered })
        let law = plain.rate
        let attempts = out.compactMap(\.attempts).reduce(0, +)
        // 1 MHz carries `efficiency` bits a µs; the link never stands idle but for the last.
        let airtime = Double(attempts * bits) / (1e6 * law.efficiency(3))
        #expect(abs((out.map(\.drained).max()! - origin).seconds - airtime) < 0.011)
        let mean = Double(attempts) / Double(count)
        #expect(abs(mean - law.meanAttempts(3)) < 4 * (0.3 * 0.7 / Double(count)).squareRoot())
        // A single datagram that fails once is there after two airtimes and the delay.
        let one = bits * 1_000_000_000 / Int(1e6 * law.efficiency(3))
        let twice = try #require(
            try (0..<50).lazy.map { try self.send(1, plain, bits: bits, seed: $0)[0] }.first { $0.attempts == 2 })
        #expect(abs((twice.due - origin).nanoseconds - Int64(2 * one + 5_000_000)) < 1000)
    }

    /// Of several codewords only those that failed are sent again.
    @Test func onlyWhatFailedIsSentAgain() throws {
        let harq = HARQ(attempts: 8, delay: .zero)
        let (count, bits) = (1000, 15_000)
        let out = try send(count, configuration(harq), bits: bits)
        let law = configuration(harq).rate
        let word = try #require(law.codeword(3))
        let words = law.codewords(ofBits: Int64(bits), word)
        #expect(words == 8)
        let airtime = (out.map(\.drained).max()! - origin).seconds
        let theory = Double(count * bits) / (1e6 * law.efficiency(3)) * law.meanAttempts(3)
        #expect(abs(airtime / theory - 1) < 0.02)
        // A datagram's attempts are those of its worst codeword: 1 + (1 − (1 − ε)^N) + …
        let mean = Double(out.compactMap(\.attempts).reduce(0, +)) / Double(count)
        #expect(abs(mean - (2 - pow(0.7, 8))) < 0.05)
    }

    @Test func whatComesTooLateIsLate() throws {
        var slow = configuration(HARQ(attempts: 4, delay: .milliseconds(20)))
        let packets = (0..<300).map { packet($0, bits: 1500, at: Double($0) * 0.1, deadline: Double($0) * 0.1 + 0.015) }
        let out = try run(slow, packets)
        let late = out.filter { $0.verdict == .late }
        #expect(out.count == 300 && late.count > 50 && out.count { $0.verdict == .delivered } == 300 - late.count)
        // The deadline is when that is known; the second attempt never began.
        #expect(late.allSatisfy { $0.attempts == 1 && $0.due == $0.packet.deadline && !$0.isForwarded })
        slow.latePackets = .forward
        slow.rate = RateLaw(
            .finiteBlocklength(error: 0.3), symbols: 1000, harq: HARQ(attempts: 4, delay: .milliseconds(14)))
        let forwarded = try run(slow, packets)
        #expect(forwarded.contains { $0.verdict == .late && $0.isForwarded && $0.attempts == 2 })
    }

    /// Draws depend on seed and link alone, and leave those of other fates where they were.
    @Test func drawsAreTheSeeds() throws {
        var lossy = configuration(HARQ(attempts: 3, delay: .milliseconds(2)))
        lossy.loss = 0.1
        let (a, b) = (try send(500, lossy), try send(500, lossy))
        #expect(a == b)
        #expect(try send(500, lossy, seed: 4).map(\.attempts) != a.map(\.attempts))
        #expect(try send(500, configuration(nil)).allSatisfy { $0.attempts == nil })
        // Called at other times, it ends the same.
        var link = try Link(lossy, seed: 3, origin: origin)
        var out: [Departure] = []
        for number in 0..<500 { link.accept(packet(number, bits: 1500, at: 0), into: &out) }
        for step in 1...20_000 { link.advance(to: at(Double(step) * 1e-3), into: &out) }
        #expect(out == a && link.nextInstant == nil)
    }

    /// In a shared band an attempt waits for the link's slot, and others use the time until then.
    @Test func aSharedBandServesAttempts() throws {
        var links = try ["one", "two"].map { name -> Link in
            var own = configuration(HARQ(attempts: 6, delay: .milliseconds(3)))
            own.name = name
            return try Link(own, seed: 1, origin: origin)
        }
        var band = SharedBand(scheduler: .roundRobin, members: [0, 1], origin: origin, links: &links)
        var out: [Departure] = []
        for number in 0..<200 {
            for link in 0...1 { band.accept(packet(number, bits: 1500, at: 0), link: link, links: &links, into: &out) }
        }
        while let next = band.nextInstant(links), next < at(60) { band.advance(to: next, links: &links, into: &out) }
        #expect(out.count == 400 && out.allSatisfy { $0.verdict == .delivered })
        #expect(links.allSatisfy { $0.nextInstant == nil } && out.contains { $0.attempts ?? 0 > 1 })
        let airtime =
            Double(out.compactMap(\.attempts).reduce(0, +) * 1500) / (1e6 * links[0].configuration.rate.efficiency(3))
        #expect(abs((out.map(\.drained).max()! - origin).seconds - airtime) < 0.012)
    }

    @Test func whatMakesNoSenseIsNamed() {
        for harq in [
            HARQ(attempts: 1, delay: .zero), HARQ(attempts: 17, delay: .zero),
            HARQ(attempts: 2, delay: .milliseconds(-1)),
        ] {
            #expect(configuration(harq).problem != nil)
        }
        #expect(configuration(.usual).problem == nil)
    }

    @Test func reportsSayWhich() throws {
        let half = RateLaw(
            .schemes(.nr1, target: 0.1), gap: Decibels.linear(1.5), harq: HARQ(attempts: 3, delay: .milliseconds(2.5)))
        #expect(half.words.contains("3GPP TS 38.214, nr-table-1: block errors of at most 0.1"))
        #expect(half.words.contains("1.5 dB from the normal approximation; HARQ"))
        #expect(half.words.hasSuffix("up to 3 attempts, the next 2.5 ms after one that failed"))
        let table = try ModulationTable(csv: "order,code_rate,snr_db\n2,0.5,1", name: "t.csv")
        let own = RateLaw(.schemes(table, target: 0.1)).words
        #expect(own.hasPrefix("table of schemes t.csv (1 row): ") && own.hasSuffix("where the table states no SNR"))
    }

    // MARK: tables of files

    @Test func aTableIsReadInAnyOrderOfColumns() throws {
        let table = try ModulationTable(
            csv: "# of a data sheet\nsnr_db,order,code_rate_x1024\n\n-2.5 , 2,120\r\n,4, 340.5\n", name: "t.csv")
        #expect(table.schemes.map(\.order) == [2, 4] && table.schemes.map(\.codeRate) == [120, 340.5])
        #expect(table.schemes[0].threshold == Decibels.linear(-2.5) && table.schemes[1].threshold == nil)
        #expect(table.isOfAFile && !ModulationTable.nr1.isOfAFile)
        #expect(try ModulationTable(csv: "code_rate,order\n0.5,1", name: "t").schemes[0].efficiency == 0.5)
        // A stated SNR is where block errors are the target.
        let law = RateLaw(.schemes(table, target: 0.2))
        #expect(abs(law.codewordError(Decibels.linear(-2.5)) - 0.2) < 1e-6)
        #expect(law.efficiency(Decibels.linear(-2.51)) == 0)
    }

    @Test(arguments: [
        ("", "table “t.csv”: it is empty"),
        ("order,code_rate", "there are no schemes"),
        (
            "order,rate\n2,0.5",
            "line 1: column 2 is named “rate”, expected one of order, code_rate, code_rate_x1024, snr_db"
        ),
        ("order,order\n2,2", "line 1: column order is there twice"),
        ("code_rate\n0.5", "line 1: column order is missing"),
        ("order,snr_db\n2,1", "line 1: expected one of the columns code_rate and code_rate_x1024"),
        ("order,code_rate,code_rate_x1024\n2,0.5,512", "line 1: expected one of the columns"),
        ("order,code_rate\n2,0.5\n2", "line 3: 2 columns are expected, there are 1"),
        ("order,code_rate\n2.5,0.5", "line 2: column 1, order, is “2.5”, expected 1 to 12 bits a symbol"),
        ("order,code_rate\n0,0.5", "column 1, order"),
        ("order,code_rate\n2,nan", "column 2, code_rate, is “nan”"),
        ("order,code_rate\n2,0", "column 2, code_rate, is “0”"),
        ("order,code_rate_x1024\n2,1025", "expected above 0, at most 1024"),
        ("order,code_rate,snr_db\n2,0.5,inf", "column 3, snr_db, is “inf”"),
        ("order,code_rate" + String(repeating: "\n2,0.5", count: 257), "line 258: more than 256 schemes"),
    ])
    func namesLineAndColumn(_ text: String, _ words: String) {
        do {
            _ = try ModulationTable(csv: text, name: "t.csv")
            Issue.record("'\(text)' was accepted")
        } catch {
            #expect("\(error)".contains(words), "\(error)")
        }
    }
}
