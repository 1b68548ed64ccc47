import Channels
import Datagrams
import Determinism
import Dispatch
import Foundation
import Synchronization
import Wire

/// Measures the channel node against its bounds: lateness of releases, delivered against programmed rate, and the relay
/// against a bare forwarder. Sender, channel and sink are threads of one process; all traffic goes through the kernel.
package enum ChannelBenchmark {
    /// What can be measured.
    package enum Part: String, CaseIterable, Sendable { case lateness, throughput, forwarding }

    /// Runs the parts and hands each result to `report` as one line of JSON. All take about 50 s.
    ///
    /// `stolen` in a result is the share of processor time that a hypervisor gave to others meanwhile: above a few
    /// thousandths the machine was not idle, whatever ran in it.
    package static func run(
        _ parts: [Part] = Part.allCases, seconds: Double = 3, spin: Double = 1e-3, _ report: (String) -> Void
    ) throws {
        for part in parts {
            switch part {
            case .lateness:
                for links in [1, 100, 1000] {
                    report(try lateness(links: links, rate: 50_000, seconds: seconds, spin: spin))
                }
            case .throughput:
                for rate in [1e4, 1e5, 1e6, 1e7, 1e8, 1e9] {
                    report(try throughput(rate: rate, seconds: seconds, spin: spin))
                }
            case .forwarding: report(try forwarding(seconds: seconds))
            }
        }
    }

    /// What heading and seal add to a datagram's contents, in bytes.
    private static let overhead = DataDatagram.headerLength + SealFormat.overhead

    /// Release lateness with `links` links that carry `rate` datagrams a second in all.
    package static func lateness(links count: Int, rate: Int, seconds: Double, spin: Double) throws -> String {
        let bytes = 1_100
        // Each link at half of its capacity.
        let capacity = Double(rate) / Double(count) * Double(bytes + overhead) * 8 * 2
        let bench = try ChannelBench(links: count, capacity: capacity, spin: spin)
        let processor = MonotonicClock.processorTime
        let stolen = StolenTime()
        let result = try bench.run(seconds: seconds, datagramBytes: bytes) { elapsed in Int(elapsed * Double(rate)) }
        let used = (MonotonicClock.processorTime - processor).seconds / result.seconds
        return line([
            ("benchmark", "\"lateness\""), ("links", "\(count)"),
            ("datagramsPerSecond", "\(Int(Double(result.released) / result.seconds))"),
            ("p50_us", number(result.lateness.quantile(0.5) * 1e6)),
            ("p99_us", number(result.lateness.quantile(0.99) * 1e6)),
            ("p999_us", number(result.lateness.quantile(0.999) * 1e6)),
            ("largest_us", number(result.lateness.largest * 1e6)),
            ("sent", "\(result.sent)"), ("released", "\(result.released)"), ("processorsAllThreads", number(used)),
            ("channelBusyShare", number((result.processor - result.spun) / result.seconds)),
            ("spunShare", number(result.spun / result.seconds)), ("spin_us", number(spin * 1e6)),
            ("stolen", stolen.share.map(number) ?? "null"),
        ])
    }

    /// Delivered rate of one saturated link, by the sink's kernel timestamps.
    package static func throughput(rate: Double, seconds: Double, spin: Double) throws -> String {
        let bytes = rate < 1e6 ? 60 : 1_100
        let sealed = Double(bytes + overhead) * 8
        let bench = try ChannelBench(links: 1, capacity: rate, spin: spin)
        let stolen = StolenTime()
        // Ten per cent more than the link carries, after a first handful that fills it.
        let result = try bench.run(seconds: max(seconds, 20 * sealed / rate), datagramBytes: bytes) { elapsed in
            8 + Int(elapsed * rate * 1.1 / sealed)
        }
        let delivered = result.deliveredSpan > 0 ? Double(result.delivered - 1) * sealed / result.deliveredSpan : 0
        return line([
            ("benchmark", "\"throughput\""), ("programmed", number(rate)), ("delivered", number(delivered)),
            ("error", number(delivered / rate - 1)), ("datagrams", "\(result.delivered)"), ("sent", "\(result.sent)"),
            ("channelBusyShare", number((result.processor - result.spun) / result.seconds)),
            ("p99_us", number(result.lateness.quantile(0.99) * 1e6)),
            ("stolen", stolen.share.map(number) ?? "null"),
        ])
    }

    /// Datagrams of 1,200 bytes a second through the relay, and through a bare forwarder, one after the other.
    package static func forwarding(seconds: Double) throws -> String {
        let sink = try UDPSocket(.loopback, buffer: 65_536)
        let bareIn = try UDPSocket(), bareOut = try UDPSocket()
        let stolen = StolenTime()
        let stopBare = Flag()
        let bareSender = blast(to: bareIn.local, until: stopBare)
        MonotonicClock.sleep(.milliseconds(100))
        let bare =
            Double(BareForwarder.run(from: bareIn, to: bareOut, destination: sink.local, for: .seconds(seconds)))
            / seconds
        try bareSender.check()
        stopBare.raise()
        MonotonicClock.sleep(.milliseconds(100))

        var link = LinkConfiguration(name: "benchmark", bandwidth: 1e12, meanSNR: 1)
        link.accounting = .wire
        var options = UDPRelay.Options(listen: "127.0.0.1:0", forward: sink.local.description, link: link)
        options.passesTCP = false
        let relay = try UDPRelay(options)
        let stopRelay = Flag()
        let relaySender = blast(to: relay.local, until: stopRelay)
        let before = ProcessLife.peakMemory
        let summary = try relay.run(for: seconds)
        try relaySender.check()
        stopRelay.raise()
        let rate = Double(summary.forward.sent) / summary.seconds
        return line([
            ("benchmark", "\"forwarding\""), ("bare", number(bare)), ("relay", number(rate)),
            ("ratio", number(rate / bare)),
            ("memoryGrowthBytes", "\(ProcessLife.peakMemory - before)"), ("stolen", stolen.share.map(number) ?? "null"),
        ])
    }

    // MARK: the pieces

    package final class Flag: Sendable {
        private let value = Atomic(false)
        func raise() { value.store(true, ordering: .relaxed) }
        var isRaised: Bool { value.load(ordering: .relaxed) }
    }

    /// A thread of its own, which keeps what it threw.
    final class Worker: Sendable {
        private let failure = Mutex<(any Error)?>(nil)

        init(_ body: @escaping @Sendable () throws -> Void) {
            do {
                try SystemThread.start(name: "worker") { [self] in
                    do { try body() } catch { failure.withLock { $0 = error } }
                }
            } catch { failure.withLock { $0 = error } }
        }

        /// - Throws: what ended the thread.
        func check() throws { if let error = failure.withLock({ $0 }) { throw error } }
    }

    /// Sends as fast as it can.
    private static func blast(to destination: Endpoint, until stop: Flag) -> Worker {
        Worker {
            let socket = try UDPSocket()
            let batch = [[UInt8]](repeating: [UInt8](repeating: 7, count: 1_200), count: 64)
            while !stop.isRaised { _ = try socket.send(batch, to: destination) }
        }
    }

    private static func number(_ value: Double) -> String { String(format: "%.6g", value) }
    private static func line(_ fields: [(String, String)]) -> String {
        "{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }
}
