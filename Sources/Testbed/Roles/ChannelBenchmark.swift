import Channels
import Datagrams
import Determinism
import Dispatch
import Foundation
import Glibc
import Synchronization
import Wire

/// Measures the channel node against its bounds: lateness of releases, delivered against programmed rate, and the relay
/// against a bare forwarder. Sender, channel and sink are threads of one process; all traffic goes through the kernel.
public enum ChannelBenchmark {
    /// What can be measured.
    public enum Part: String, CaseIterable, Sendable { case lateness, throughput, forwarding }

    /// Runs the parts and hands each result to `report` as one line of JSON. All take about 50 s.
    ///
    /// `stolen` in a result is the share of processor time that a hypervisor gave to others meanwhile: above a few
    /// thousandths the machine was not idle, whatever ran in it.
    public static func run(_ parts: [Part] = Part.allCases, seconds: Double = 3, spin: Double = 1e-3, _ report: (String) -> Void) throws {
        for part in parts {
            switch part {
            case .lateness: for links in [1, 100, 1000] { report(try lateness(links: links, rate: 50_000, seconds: seconds, spin: spin)) }
            case .throughput: for rate in [1e4, 1e5, 1e6, 1e7, 1e8, 1e9] { report(try throughput(rate: rate, seconds: seconds, spin: spin)) }
            case .forwarding: report(try forwarding(seconds: seconds))
            }
        }
    }

    /// Release lateness with `links` links that carry `rate` datagrams a second in all.
    public static func lateness(links count: Int, rate: Int, seconds: Double, spin: Double) throws -> String {
        let bytes = 1_100
        // Each link at half of its capacity.
        let capacity = Double(rate) / Double(count) * Double(bytes + 42) * 8 * 2
        let bench = try ChannelBench(links: count, capacity: capacity, spin: spin)
        let processor = MonotonicClock.processorTime
        let stolen = StolenTime()
        let result = try bench.run(seconds: seconds, datagramBytes: bytes) { elapsed in Int(elapsed * Double(rate)) }
        let used = (MonotonicClock.processorTime - processor).seconds / result.seconds
        return line([
            ("benchmark", "\"lateness\""), ("links", "\(count)"), ("datagramsPerSecond", "\(Int(Double(result.released) / result.seconds))"),
            ("p50_us", number(result.lateness.quantile(0.5) * 1e6)), ("p99_us", number(result.lateness.quantile(0.99) * 1e6)),
            ("p999_us", number(result.lateness.quantile(0.999) * 1e6)), ("largest_us", number(result.lateness.largest * 1e6)),
            ("sent", "\(result.sent)"), ("released", "\(result.released)"), ("processorsAllThreads", number(used)),
            ("spunShare", number(result.spun / result.seconds)), ("spin_us", number(spin * 1e6)), ("stolen", number(stolen.share)),
        ])
    }

    /// Delivered rate of one saturated link, by the sink's kernel timestamps.
    public static func throughput(rate: Double, seconds: Double, spin: Double) throws -> String {
        let bytes = rate < 1e6 ? 60 : 1_100
        let sealed = Double(bytes + 42) * 8
        let bench = try ChannelBench(links: 1, capacity: rate, spin: spin)
        let stolen = StolenTime()
        // Ten per cent more than the link carries, after a first handful that fills it.
        let result = try bench.run(seconds: max(seconds, 20 * sealed / rate), datagramBytes: bytes) { elapsed in 8 + Int(elapsed * rate * 1.1 / sealed) }
        let delivered = result.deliveredSpan > 0 ? Double(result.delivered - 1) * sealed / result.deliveredSpan : 0
        return line([
            ("benchmark", "\"throughput\""), ("programmed", number(rate)), ("delivered", number(delivered)),
            ("error", number(delivered / rate - 1)), ("datagrams", "\(result.delivered)"), ("p99_us", number(result.lateness.quantile(0.99) * 1e6)),
            ("stolen", number(stolen.share)),
        ])
    }

    /// Datagrams of 1,200 bytes a second through the relay, and through a bare forwarder, one after the other.
    public static func forwarding(seconds: Double) throws -> String {
        let sink = try UDPSocket(.loopback, buffer: 65_536)
        let bareIn = try UDPSocket(), bareOut = try UDPSocket()
        let stolen = StolenTime()
        let stopBare = Flag()
        blast(to: bareIn.local, until: stopBare)
        usleep(100_000)
        let bare = Double(BareForwarder.run(from: bareIn, to: bareOut, destination: sink.local, for: .seconds(seconds))) / seconds
        stopBare.raise()
        usleep(100_000)

        var link = LinkConfiguration(name: "benchmark", bandwidth: 1e12, meanSNR: 1)
        link.accounting = .wire
        var options = ForeignRelay.Options(listen: "127.0.0.1:0", forward: sink.local.description, link: link)
        options.passesTCP = false
        let relay = try ForeignRelay(options)
        let stopRelay = Flag()
        blast(to: relay.local, until: stopRelay)
        let before = NodeRuntime.peakMemory
        let summary = try relay.run(for: seconds)
        stopRelay.raise()
        let rate = Double(summary.forward.sent) / summary.seconds
        return line([
            ("benchmark", "\"forwarding\""), ("bare", number(bare)), ("relay", number(rate)), ("ratio", number(rate / bare)),
            ("memoryGrowthBytes", "\(NodeRuntime.peakMemory - before)"), ("stolen", number(stolen.share)),
        ])
    }

    // MARK: the pieces

    final class Flag: Sendable {
        private let value = Atomic(false)
        func raise() { value.store(true, ordering: .relaxed) }
        var isRaised: Bool { value.load(ordering: .relaxed) }
    }

    /// Sends as fast as it can, from a thread of its own.
    private static func blast(to destination: Endpoint, until stop: Flag) {
        let thread = Thread {
            guard let socket = try? UDPSocket() else { return }
            let batch = [[UInt8]](repeating: [UInt8](repeating: 7, count: 1_200), count: 64)
            while !stop.isRaised { _ = try? socket.send(batch, to: destination) }
        }
        thread.start()
    }

    private static func number(_ value: Double) -> String { String(format: "%.6g", value) }
    private static func line(_ fields: [(String, String)]) -> String { "{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}" }
}

/// The share of all processors' time that the hypervisor gave to others since the value was made.
private struct StolenTime {
    private let before = Self.read()

    var share: Double {
        let after = Self.read()
        return after.total > before.total ? (after.stolen - before.stolen) / (after.total - before.total) : 0
    }

    private static func read() -> (stolen: Double, total: Double) {
        let line = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8))?.prefix { $0 != "\n" } ?? ""
        // user nice system idle iowait irq softirq steal; what follows is counted in user already.
        let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
        return ticks.count == 8 ? (ticks[7], ticks.reduce(0, +)) : (0, 0)
    }
}

/// A sender, a channel's data path and a sink.
private final class ChannelBench {
    struct Result {
        var lateness = LatenessHistogram()
        var sent = 0
        var released = 0
        var delivered = 0
        /// Seconds between the sink's first and last datagram.
        var deliveredSpan = 0.0
        var seconds = 0.0
        var spun = 0.0
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
            guard let socket = try? UDPSocket() else { return }
            var sealers = names.map { Sealer(secret, lane: .data(link: $0)) }
            let plain = DataDatagram(image: 0, section: .slice, index: 7, count: 0x8000, bytes: [UInt8](repeating: 5, count: datagramBytes)).serialised()
            var count = 0
            while !sending.isRaised {
                let elapsed = (MonotonicClock.now - began).seconds
                if elapsed >= seconds { break }
                let goal = elapsed < 0 ? 0 : due(elapsed)
                while count < goal, !sending.isRaised {
                    // One system call for as many as go to the same link.
                    let link = count % sealers.count
                    let batch = sealers.count > 1 ? 1 : min(64, goal - count)
                    guard let sealed = try? (0..<batch).map({ _ in try sealers[link].seal(plain) }), let sent = try? socket.send(sealed, to: addresses[link]), sent > 0
                    else { break }
                    count += sent
                    counter.value.store(count, ordering: .relaxed)
                }
                usleep(200)
            }
        }
        sender.start()
        var result = Result()
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
                if let socket = try? UDPSocket(.loopback, buffer: 32 << 20), let slab = try? PacketSlab(slots: 64, stride: 2048), let loop = try? EventLoop(),
                    (try? loop.watch(socket.descriptor, token: 0)) != nil
                {
                    state.withLock { $0.address = socket.local }
                    opened.signal()
                    while !stop.isRaised {
                        try? loop.wait(until: MonotonicClock.now + .milliseconds(20))
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
