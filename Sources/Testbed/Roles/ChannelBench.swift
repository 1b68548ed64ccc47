import Channels
import Datagrams
import Determinism
import Dispatch
import Foundation
import Glibc
import Synchronization
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
    private let secret = Secret(passphrase: "benchmark")
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
        for (index, socket) in forwarder.sockets.enumerated() { try loop.watch(socket.descriptor, token: UInt64(index)) }
    }

    /// - Parameter due: datagrams to have been sent after so many seconds.
    func run(seconds: Double, datagramBytes: Int, due: @escaping @Sendable (Double) -> Int) throws -> Result {
        let (addresses, names, secret) = (forwarder.sockets.map(\.local), names, secret)
        let sink = Sink()
        for index in addresses.indices { forwarder.destinations[index] = [try sink.start()] }
        let sending = ChannelBenchmark.Flag()
        let began = MonotonicClock.now + .milliseconds(20)
        let counter = Counter()
        let sender = Thread {
            guard let socket = try? UDPSocket(), let slab = try? PacketSlab(slots: 64, stride: 2_048) else { return }
            var sealers = names.map { Sealer(secret, lane: .data(link: $0)) }
            let plain = DataDatagram(image: 0, section: .slice, index: 7, count: 0x8000, bytes: [UInt8](repeating: 5, count: datagramBytes)).serialised()
            var outgoing: [(slot: Int32, destination: Endpoint)] = []
            var count = 0
            while !sending.isRaised {
                let elapsed = (MonotonicClock.now - began).seconds
                if elapsed >= seconds { break }
                let goal = elapsed < 0 ? 0 : due(elapsed)
                while count < goal, !sending.isRaised {
                    // Sealed and sent in batches, from link to link.
                    for offset in 0..<min(64, goal - count) {
                        let link = (count + offset) % sealers.count
                        guard let slot = try? slab.fill({ try sealers[link].seal(plain, into: $0) }) else { break }
                        outgoing.append((slot, addresses[link]))
                    }
                    var sent = 0
                    while sent < outgoing.count, let taken = try? slab.send(outgoing[sent...], on: socket), taken > 0 { sent += taken }
                    for entry in outgoing { slab.release(entry.slot) }
                    outgoing.removeAll(keepingCapacity: true)
                    count += sent
                    counter.value.store(count, ordering: .relaxed)
                    if sent == 0 { break }
                }
                usleep(200)
            }
        }
        sender.start()
        var result = Result()
        let processor = MonotonicClock.ownProcessorTime
        let end = began + .seconds(seconds)
        var ready: [UInt64] = []
        while MonotonicClock.now < end {
            let deadline = min(end, forwarder.role.nextInstant ?? end)
            ready.removeAll(keepingCapacity: true)
            try loop.wait(until: deadline) { ready.append($0) }
            try forwarder.serve(ready, first: 0)
            forwarder.role.actions.removeAll(keepingCapacity: true)
            for note in forwarder.notes {
                guard let released = note.released else { continue }
                result.lateness.add(Instant(nanoseconds: released) - note.leaving.departure.due)
                result.released += 1
            }
            forwarder.notes.removeAll(keepingCapacity: true)
        }
        result.processor = (MonotonicClock.ownProcessorTime - processor).seconds
        sending.raise()
        usleep(50_000)
        result.sent = counter.value.load(ordering: .relaxed)
        result.seconds = seconds
        result.spun = loop.spunTime.seconds
        (result.delivered, result.deliveredSpan) = sink.finish()
        return result
    }

    private final class Counter: Sendable {
        let value = Atomic(0)
    }

    /// Counts what arrives, with the kernel's timestamps of the first and the last.
    private final class Sink: Sendable {
        private struct State: Sendable {
            var count = 0
            var first: Instant?
            var last = Instant(nanoseconds: 0)
            var address: Endpoint?
        }
        private let state = Mutex(State())
        private let stop = ChannelBenchmark.Flag()
        private let opened = DispatchSemaphore(value: 0)
        private let done = DispatchSemaphore(value: 0)

        /// Starts on the first call; returns where it listens.
        func start() throws -> Endpoint {
            if let address = state.withLock({ $0.address }) { return address }
            Thread { [self] in
                if let socket = try? UDPSocket(.loopback, buffer: 32 << 20), let slab = try? PacketSlab(slots: 64, stride: 2048) {
                    state.withLock { $0.address = socket.local }
                    opened.signal()
                    while !stop.isRaised {
                        // The kernel notes when each came: being woken for each would only cost the channel time.
                        usleep(2_000)
                        var (count, first, last) = (0, Instant?.none, Instant(nanoseconds: 0))
                        while let got = try? slab.receive(from: socket, { arrival in
                            if first == nil { first = arrival.instant }
                            last = arrival.instant
                            slab.release(arrival.slot)
                        }), got > 0 { count += got }
                        if count > 0 {
                            let (a, b, c) = (count, first, last)
                            state.withLock {
                                $0.count += a
                                $0.first = $0.first ?? b
                                $0.last = c
                            }
                        }
                    }
                } else {
                    opened.signal()
                }
                done.signal()
            }.start()
            opened.wait()
            guard let address = state.withLock({ $0.address }) else { throw DatagramError.system(call: "sink", code: EMFILE) }
            return address
        }

        func finish() -> (Int, Double) {
            stop.raise()
            done.wait()
            let state = state.withLock { $0 }
            return (state.count, state.first.map { (state.last - $0).seconds } ?? 0)
        }
    }
}
