import Testing

@testable import Wire

@Suite struct SealTests {
    let secret = Secret(wellKnown: "test")
    let lane = KeyContext.data(link: "uplink")

    @Test func aSealedDatagramOpensOnce() throws {
        var sealer = DatagramSealer(secret, lane: lane)
        var opener = DatagramOpener(secret, lane: lane)
        let datagram = try sealer.seal([1, 2, 3])
        #expect(datagram.count == 3 + SealFormat.overhead)
        #expect(SealFormat.lane(of: datagram) == lane.identifier)
        #expect(try opener.open(datagram) == [1, 2, 3])
        #expect(throws: Refusal.replayed) { try opener.open(datagram) }
        #expect(opener.opened == 1)
        #expect(opener.refusals[.replayed] == 1)
    }

    @Test func anEmptyPlaintextAndTheLongestOne() throws {
        var sealer = DatagramSealer(secret, lane: lane)
        var opener = DatagramOpener(secret, lane: lane)
        #expect(try opener.open(try sealer.seal([])) == [])
        let long = [UInt8](repeating: 7, count: SealFormat.largestPlaintext)
        let datagram = try sealer.seal(long)
        #expect(datagram.count == 1200)
        #expect(try opener.open(datagram) == long)
        #expect(throws: SealError.tooLong(long.count + 1)) { try sealer.seal(long + [0]) }
    }

    @Test func everyFlippedBitIsNoticed() throws {
        var sealer = DatagramSealer(secret, lane: lane)
        let datagram = try sealer.seal(Array(0..<20))
        for bit in 0..<datagram.count * 8 {
            var opener = DatagramOpener(secret, lane: lane)
            var broken = datagram
            broken[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: Refusal.self) { try opener.open(broken) }
            #expect(try opener.open(datagram) == Array(0..<20), "a forgery must not move the window")
        }
    }

    @Test func everyTruncationIsRefused() throws {
        var sealer = DatagramSealer(secret, lane: lane)
        let datagram = try sealer.seal(Array(0..<20))
        var opener = DatagramOpener(secret, lane: lane)
        for length in 0..<datagram.count {
            #expect(throws: Refusal.self) { try opener.open(Array(datagram[0..<length])) }
        }
    }

    @Test func keysDifferByLinkDirectionTrafficEpochAndSecret() throws {
        let lanes: [KeyContext] = [
            .data(link: "a"), .data(link: "b"), .toController(from: "a"), .fromController(to: "a"),
            .init(link: "a", direction: .backward, traffic: .data),
        ]
        var keys = Set(lanes.flatMap { [$0.key(secret, epoch: 0), $0.key(secret, epoch: 1)] })
        keys.formUnion(lanes.map { $0.key(Secret(wellKnown: "other"), epoch: 0) })
        #expect(keys.count == 15)
    }

    @Test func aReflectedDatagramDoesNotOpen() throws {
        var sealer = DatagramSealer(secret, lane: .toController(from: "tx"))
        var own = DatagramOpener(secret, lane: .fromController(to: "tx"))
        #expect(throws: Refusal.lane) { try own.open(try sealer.seal([1])) }
    }

    @Test func aHigherEpochTakesOverAndTheOldOneIsRefused() throws {
        var old = DatagramSealer(secret, lane: lane, epoch: 3)
        var new = DatagramSealer(secret, lane: lane, epoch: 4)
        var opener = DatagramOpener(secret, lane: lane, epoch: 3)
        #expect(try opener.open(try old.seal([1])) == [1])
        #expect(try opener.open(try new.seal([2])) == [2])
        #expect(throws: Refusal.epoch) { try opener.open(try old.seal([3])) }
        var forged = try new.seal([4])
        forged[2] = 9
        #expect(throws: Refusal.forged) { try opener.open(forged) }
        #expect(opener.epoch == 4)
    }

    @Test func theCounterDoesNotWrap() throws {
        var sealer = DatagramSealer(secret, lane: lane, firstCounter: .max - 2)
        var opener = DatagramOpener(secret, lane: lane)
        #expect(try opener.open(try sealer.seal([1])) == [1])
        #expect(throws: SealError.exhausted(lane)) { try sealer.seal([2]) }
    }

    @Test func theWindowAcceptsAThousandReorderedAndRefusesAncientOnes() throws {
        var sealer = DatagramSealer(secret, lane: lane)
        var datagrams: [[UInt8]] = []
        for _ in 0..<6000 { datagrams.append(try sealer.seal([0])) }
        var opener = DatagramOpener(secret, lane: lane)
        for start in stride(from: 0, to: 6000, by: 1000) {
            for datagram in datagrams[start..<start + 1000].reversed() {
                #expect(throws: Never.self) { try opener.open(datagram) }
            }
        }
        var late = DatagramOpener(secret, lane: lane)
        _ = try late.open(datagrams[5999])
        #expect(throws: Never.self) { try late.open(datagrams[5999 - 4095]) }
        #expect(throws: Refusal.replayed) { try late.open(datagrams[5999 - 4097]) }
    }

    @Test func theWindowAgreesWithASet() {
        var window = ReplayWindow(width: 128)
        var seen = Set<UInt64>()
        var state: UInt64 = 88_172_645_463_325_252
        var base: UInt64 = 0
        for _ in 0..<20_000 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            if state % 50 == 0 { base += state >> 8 % 400 }
            let counter = base &+ (state >> 20) % 200
            let recent = counter >= window.next || window.next - counter <= 128
            #expect(window.allows(counter) == (recent && !seen.contains(counter)))
            if window.allows(counter) {
                window.record(counter)
                seen.insert(counter)
            }
            if base > 1 << 40 { break }
        }
    }

    @Test func secretsAreReadAndHidden() throws {
        let secret = Secret.generate()
        #expect(try Secret(hexadecimal: secret.hexadecimal) == secret)
        #expect("\(secret)" == "Secret(…)")
        #expect(throws: SecretError.length(3)) { try Secret(hexadecimal: "abc") }
        #expect(throws: SecretError.notHexadecimal) { try Secret(hexadecimal: String(repeating: "g", count: 64)) }
    }
}
