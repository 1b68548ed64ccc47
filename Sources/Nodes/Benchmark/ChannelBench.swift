import Channels
import Datagrams
import Determinism
import Dispatch
import Foundation
import Roles
import Synchronization
import Topologies
import Wire

/// A sender, a channel's data path and a sink.
final class ChannelBench {
    struct Result {
        var lateness = LatenessHistogram()
        var sent = 0
        var released = 0
        var delivered = 0
        /// Seconds between the sink's first and last datagram.
        var deliveredSpan = 0.0
        var seconds = 0.0
        var spun = 0.0
        /// Processor time of the channel's thread, spinning included.
        var processor = 0.0
    }

    private let forwarder: ChannelForwarder
    private let loop: EventLoop
    private let secret = Secret(wellKnown: "benchmark")
    private let names: [String]

    init(links count: Int, capacity: Double, spin: Double) throws {
        names = (0..<count).map { "link \($0)" }
        let routes = names.map { ChannelRole.Route(name: $0, transmitter: "tx") }
        let configurations = names.map { name in
            var configuration = LinkConfiguration(name: name, bandwidth: capacity, meanSNR: 1)
            configuration.accounting = .wire
            return configuration
        }
        var role = ChannelRole(name: "channel", routes: routes, configurations: configurations, budget: .seconds(1000))
        try role.start(origin: MonotonicClock.now, seed: 1)
        forwarder = try ChannelForwarder(role, secret: secret, address: "127.0.0.1", port: 0)
        loop = try EventLoop(spin: .seconds(spin), keepsTime: true)
        for (index, socket) in forwarder.sockets.enumerated() {
            try loop.watch(socket.descriptor, token: UInt64(index))
        }
    }

    /// - Parameter due: datagrams to have been sent after so many seconds.
    func run(seconds: Double, datagramBytes: Int, due: @escaping @Sendable (Double) -> Int) throws -> Result {
        let sink = try Sink()
        for index in forwarder.sockets.indices { forwarder.destinations[index] = [sink.address] }
        let stopped = ChannelBenchmark.Flag()
        let began = MonotonicClock.now + .milliseconds(20)
        let counter = Counter()
        let flow = Flow(
            addresses: forwarder.sockets.map(\.local), names: names, secret: secret, datagramBytes: datagramBytes)
        let sender = ChannelBenchmark.Worker {
            try flow.send(from: began, for: seconds, due: due, until: stopped, counter: counter)
        }
        var result = Result()
        try forward(until: began + .seconds(seconds), into: &result)
        stopped.raise()
        MonotonicClock.sleep(.milliseconds(50))
        try sender.check()
        result.sent = counter.value.load(ordering: .relaxed)
        result.seconds = seconds
        result.spun = loop.spunTime.seconds
        (result.delivered, result.deliveredSpan) = try sink.finish()
        return result
    }

    /// The channel node's own loop, on this thread.
    private func forward(until end: Instant, into result: inout Result) throws {
        let processor = MonotonicClock.ownProcessorTime
        var ready: [Int] = []
        while MonotonicClock.now < end {
            let deadline = min(end, forwarder.role.nextInstant ?? end)
            ready.removeAll(keepingCapacity: true)
            try loop.wait(until: deadline) { ready.append(Int($0)) }
            try forwarder.serve(ready)
            forwarder.role.actions.removeAll(keepingCapacity: true)
            for note in forwarder.notes {
                guard let released = note.released else { continue }
                result.lateness.add(Instant(nanoseconds: released) - note.leaving.departure.due)
                result.released += 1
            }
            forwarder.notes.removeAll(keepingCapacity: true)
        }
        result.processor = (MonotonicClock.ownProcessorTime - processor).seconds
    }

    /// Sealed datagrams to all links, in turn.
    private struct Flow: Sendable {
        let addresses: [Endpoint]
        let names: [String]
        let secret: Secret
        let datagramBytes: Int

        func send(
            from began: Instant, for seconds: Double, due: (Double) -> Int, until stopped: ChannelBenchmark.Flag,
            counter: Counter
        ) throws {
            let (socket, slab) = (try UDPSocket(), try PacketSlab(slots: 64, stride: 2_048))
            var sealers = names.map { DatagramSealer(secret, lane: .data(link: $0)) }
            let plain = DataDatagram(
                image: 0, section: .slice, index: 7, count: 0x8000, bytes: [UInt8](repeating: 5, count: datagramBytes)
            ).serialised()
            var outgoing: [PacketSlab.Outgoing] = []
            var count = 0
            while !stopped.isRaised {
                let elapsed = (MonotonicClock.now - began).seconds
                if elapsed >= seconds { break }
                let goal = elapsed < 0 ? 0 : due(elapsed)
                while count < goal, !stopped.isRaised {
                    // Sealed and sent in batches, from link to link.
                    for offset in 0..<min(64, goal - count) {
                        let link = (count + offset) % sealers.count
                        guard let slot = try slab.fill({ try sealers[link].seal(plain, into: $0) }) else { break }
                        outgoing.append(.init(slot: slot, destination: addresses[link]))
                    }
                    var sent = 0
                    while sent < outgoing.count {
                        let taken = try slab.send(outgoing[sent...], on: socket).settled
                        if taken == 0 { break }
                        sent += taken
                    }
                    for entry in outgoing { slab.release(entry.slot) }
                    outgoing.removeAll(keepingCapacity: true)
                    count += sent
                    counter.value.store(count, ordering: .relaxed)
                    if sent == 0 { break }
                }
                MonotonicClock.sleep(.milliseconds(0.2))
            }
        }
    }

    private final class Counter: Sendable {
        let value = Atomic(0)
    }

    /// Counts what arrives, with the kernel's timestamps of the first and the last.
    private final class Sink: Sendable {
        private struct State: Sendable {
            var address: Endpoint?
            var count = 0
            var first: Instant?
            var last = Instant(nanoseconds: 0)
        }
        private final class Tally: Sendable {
            let state = Mutex(State())
            let stop = ChannelBenchmark.Flag()
            let opened = DispatchSemaphore(value: 0)
            let done = DispatchSemaphore(value: 0)
        }
        private let tally = Tally()
        private let worker: ChannelBenchmark.Worker
        /// Where it listens.
        let address: Endpoint

        /// - Throws: `DatagramError` where no socket can be had.
        init() throws {
            worker = ChannelBenchmark.Worker { [tally] in
                defer {
                    tally.opened.signal()
                    tally.done.signal()
                }
                let (socket, slab) = (
                    try UDPSocket(.loopback, buffer: 32 << 20), try PacketSlab(slots: 64, stride: 2048)
                )
                tally.state.withLock { $0.address = socket.local }
                tally.opened.signal()
                while !tally.stop.isRaised {
                    // The kernel notes when each came: being woken for each would only cost the channel time.
                    MonotonicClock.sleep(.milliseconds(2))
                    var (count, first, last) = (0, Instant?.none, Instant(nanoseconds: 0))
                    while case let got = try slab.receive(
                        from: socket,
                        { arrival in
                            if first == nil { first = arrival.instant }
                            last = arrival.instant
                            slab.release(arrival.slot)
                        }), got > 0
                    { count += got }
                    guard count > 0 else { continue }
                    let (a, b, c) = (count, first, last)
                    tally.state.withLock {
                        $0.count += a
                        $0.first = $0.first ?? b
                        $0.last = c
                    }
                }
            }
            tally.opened.wait()
            guard let address = tally.state.withLock({ $0.address }) else {
                tally.done.wait()
                try worker.check()
                throw DatagramError.broken("sink")
            }
            self.address = address
        }

        /// - Returns: how many came, and the seconds between the first and the last.
        func finish() throws -> (Int, Double) {
            tally.stop.raise()
            tally.done.wait()
            try worker.check()
            let state = tally.state.withLock { $0 }
            return (state.count, state.first.map { (state.last - $0).seconds } ?? 0)
        }
    }
}
