import Channels
import Determinism
import Records
import Topologies
import Wire

/// The channel's decisions: when each datagram of each link leaves, or why it does not. No I/O.
///
/// ```
/// datagram (link, heading, arrival) ─► deadline of its image ─► Link or SharedBand ─► departures
///                                                        block edges ─► reports, records
/// ```
/// The driver feeds `receive` in order of arrival, calls `advance(to:)` when `nextInstant` has come, and then takes
/// `departures` and `actions`. Per datagram nothing is allocated once the buffers have grown to size.
package struct ChannelRole: Sendable {
    package enum Action: Sendable {
        case tell(ControlMessage)
        case record(Record)
    }

    /// A datagram that leaves: forwarded or dropped.
    package struct Leaving: Sendable {
        package var link: Int
        package var departure: Departure
        package var image: UInt32 { UInt32(truncatingIfNeeded: departure.packet.tag) }
        package var section: DataDatagram.Section { departure.packet.tag >> 48 & 1 == 0 ? .preamble : .slice }
        package var index: UInt16 { UInt16(truncatingIfNeeded: departure.packet.tag >> 32) }
    }

    /// The channel that a topology puts at a node.
    ///
    /// - Parameter trace: the text of a link's trace file (``ChannelSettings/readTrace()``): the role opens no files.
    /// - Throws: `ChannelError` naming the link, or what `trace` throws.
    package init(node name: String, in topology: Topology, trace: (ChannelSettings) throws -> String?) throws {
        let links = topology.links(through: name)
        let traces = try links.map { try trace($0.channel) }
        let (transmitters, schemes) = (topology.transmitterOfLink, topology.schemeByTransmitter)
        self.init(
            name: name,
            routes: links.map { link in
                Route(link, budget: transmitters[link.name].flatMap { schemes[$0] }.map { .seconds($0.budget) })
            },
            configurations: try zip(links, traces).map { try LinkConfiguration($0, in: topology, trace: $1) },
            settings: links.map(\.channel), traces: traces, bands: topology.bands,
            budget: .seconds(topology.scheme.budget))
    }

    /// Whose datagrams a link carries, and in which shared band.
    package struct Route: Sendable {
        package var name: String
        package var transmitter: String
        package var band: String?
        /// T_max of what it carries; nil: as the node's.
        package var budget: Instant.Span?

        package init(name: String, transmitter: String, band: String? = nil, budget: Instant.Span? = nil) {
            self.name = name
            self.transmitter = transmitter
            self.band = band
            self.budget = budget
        }

        package init(_ settings: LinkSettings, budget: Instant.Span? = nil) {
            self.init(name: settings.name, transmitter: settings.from, band: settings.band, budget: budget)
        }
    }

    /// What a link is, beside its state.
    struct LinkState: Sendable {
        var name: String
        var transmitter: String
        var band: Int?
        var budget: Instant.Span
        /// The images whose first datagram came last, with the end of their latency budget.
        var deadlines: [(image: UInt32, begun: Instant, instant: Instant)] = []
        var nextBlock: UInt64 = 0
        var nextEdge = ChannelBlock.never
        var reportedAt = Instant(nanoseconds: .min)
    }

    package let name: String
    package let configurations: [LinkConfiguration]
    private let budget: Instant.Span
    /// What left during the last calls, in order of time per link; the driver empties it.
    package var departures: [Leaving] = []
    /// What is to be said and written; the driver empties it.
    package var actions: [Action] = []
    package private(set) var hasStarted = false
    /// Datagrams that came before the run began.
    package private(set) var early: UInt64 = 0

    package let linkNames: [String]
    let numbers: [String: Int]
    private let routes: [Route]
    private let bandSettings: [Band]
    /// The links as the topology and later events state them; empty where values other than numbers cannot change.
    var settings: [ChannelSettings]
    /// The text of each link's trace file, beside `settings`.
    let traces: [String?]
    var links: [Link] = []
    var stations: [LinkState] = []
    var bands: [SharedBand] = []
    private var agenda = IndexedHeap(count: 0)
    var buffer: [Departure] = []
    /// Reports are not sent more often than this on one link; records are complete.
    private static let reportInterval = Instant.Span.milliseconds(2)

    /// - Parameters:
    ///   - routes: the links that go through this node, in the order of the indices used everywhere else.
    ///   - configurations: one for each.
    ///   - settings: what the configurations were made from, so that any of their values can change; may be empty.
    ///   - traces: the text of each link's trace file, for a link that begins to follow it; may be empty.
    ///   - budget: T_max of links that state none, counted from the arrival of an image's first datagram here.
    package init(
        name: String, routes: [Route], configurations: [LinkConfiguration], settings: [ChannelSettings] = [],
        traces: [String?] = [],
        bands: [Band] = [], budget: Instant.Span
    ) {
        self.name = name
        self.routes = routes
        linkNames = routes.map(\.name)
        numbers = Dictionary(routes.enumerated().map { ($1.name, $0) }) { first, _ in first }
        self.configurations = configurations
        self.settings = settings
        self.traces = traces
        bandSettings = bands.filter { band in routes.contains { $0.band == band.name } }
        self.budget = budget
    }

    package func counts(_ link: Int) -> LinkCounts { hasStarted ? links[link].counts : LinkCounts() }

    /// Block 0 of every link begins at `origin`. A second call changes nothing.
    ///
    /// A node that comes back after a crash (`epoch` > 0) goes on in the block that holds at `now`, so that the run's
    /// channel is the one it would have been; what waited or was on the air is gone, and the fates of packets (loss,
    /// corruption, order) are drawn from a stream of the incarnation's own.
    /// - Throws: `ChannelError` naming the link whose configuration makes no sense.
    package mutating func start(origin: Instant, seed: UInt64, epoch: UInt16 = 0, now: Instant? = nil) throws {
        guard !hasStarted else { return }
        links = try configurations.map { try Link($0, seed: seed, origin: origin, incarnation: Int(epoch)) }
        stations = routes.map {
            LinkState(name: $0.name, transmitter: $0.transmitter, budget: $0.budget ?? budget)
        }
        for (number, band) in bandSettings.enumerated() {
            let members = routes.indices.filter { routes[$0].band == band.name }
            bands.append(SharedBand(scheduler: band.scheduler, members: members, origin: origin, links: &links))
            for member in members { stations[member].band = number }
        }
        // Entries 0..<links are links, the rest bands.
        agenda = IndexedHeap(count: links.count + bands.count)
        for index in links.indices {
            let number = epoch > 0 ? now.map { links[index].blockNumber(at: $0) } ?? 0 : 0
            stations[index].nextBlock = number
            stations[index].nextEdge = number == 0 ? origin : links[index].block(number).start
            agenda.set(index, stations[index].nextEdge)
        }
        hasStarted = true
    }

    // MARK: traffic

    /// Takes in a datagram that has been authenticated.
    /// - Parameters:
    ///   - link: index of the link it came in on.
    ///   - handle: the driver's name for its bytes; comes back with the departure.
    ///   - length: of the sealed datagram, in bytes.
    ///   - arrival: kernel timestamp.
    /// - Returns: false before the run has begun; the driver keeps the bytes.
    package mutating func receive(link: Int, handle: Int32, length: Int, heading: DataHeading, arrival: Instant) -> Bool
    {
        guard hasStarted else {
            early += 1
            return false
        }
        let configuration = configurations[link]
        let bits =
            configuration.accounting == .payload
            ? heading.contentLength * 8 : (length + configuration.overheadBytes) * 8
        let tag =
            UInt64(heading.image) | UInt64(heading.index) << 32 | (heading.section == .slice ? 1 << 48 : 0) | UInt64(
                link) << 49
        let (begun, deadline) = window(of: heading.image, on: link, arrival: arrival)
        // A band that others have had meanwhile cannot be given again: there the arrival counts.
        let ready =
            heading.moment == DataDatagram.unstated ? arrival : begun + .init(nanoseconds: Int64(heading.moment) * 1000)
        let packet = Packet(
            handle: handle, tag: tag, bytes: length, bits: bits, arrival: arrival, ready: ready, deadline: deadline)
        if let band = stations[link].band {
            bands[band].accept(packet, link: link, links: &links, into: &buffer)
            collectFromBands()
            scheduleBand(band)
        } else {
            links[link].accept(packet, into: &buffer)
            collect(from: link)
            schedule(link)
        }
        return true
    }

    /// The sender of a link has come back after a crash: its images start their budgets anew.
    package mutating func renew(link: Int) {
        if hasStarted { stations[link].deadlines.removeAll(keepingCapacity: true) }
    }

    /// When `advance` has something to do if nothing arrives.
    package var nextInstant: Instant? { agenda.first?.instant }

    /// Brings every link forward to `now`.
    package mutating func advance(to now: Instant) {
        while let (entry, instant) = agenda.first, instant <= now {
            if entry >= links.count {
                let band = entry - links.count
                bands[band].advance(to: now, links: &links, into: &buffer)
                collectFromBands()
                scheduleBand(band)
            } else {
                if stations[entry].band == nil {
                    links[entry].advance(to: now, into: &buffer)
                    collect(from: entry)
                }
                if stations[entry].nextEdge <= now { crossEdges(entry, now: now) }
                schedule(entry)
            }
        }
    }

    /// When an image's first datagram came, and when its latency budget ends.
    private mutating func window(
        of image: UInt32, on link: Int, arrival: Instant
    ) -> (begun: Instant, deadline: Instant) {
        for entry in stations[link].deadlines where entry.image == image { return (entry.begun, entry.instant) }
        let instant = arrival + stations[link].budget
        if stations[link].deadlines.count >= 16 { stations[link].deadlines.removeFirst() }
        stations[link].deadlines.append((image, arrival, instant))
        return (arrival, instant)
    }

    mutating func collect(from link: Int) {
        for departure in buffer { departures.append(Leaving(link: link, departure: departure)) }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Departures of a band come from several links: the tag says which.
    mutating func collectFromBands() {
        for departure in buffer {
            departures.append(Leaving(link: Int(departure.packet.tag >> 49), departure: departure))
        }
        buffer.removeAll(keepingCapacity: true)
    }

    mutating func schedule(_ link: Int) {
        var next = stations[link].nextEdge
        if stations[link].band == nil, let own = links[link].nextInstant { next = min(next, own) }
        agenda.set(link, next)
    }

    mutating func scheduleBand(_ band: Int) {
        agenda.set(links.count + band, bands[band].nextInstant(links) ?? ChannelBlock.never)
    }

    // MARK: channel state

    /// Tells and writes every block that has begun by `now`.
    mutating func crossEdges(_ link: Int, now: Instant) {
        while stations[link].nextEdge <= now {
            let block = links[link].block(stations[link].nextBlock)
            let isEndless = block.end == ChannelBlock.never
            stations[link].nextBlock += 1
            stations[link].nextEdge = block.end
            note(
                block, of: link, start: block.start,
                duration: isEndless ? BlockRecord.endless : block.end - block.start, isTold: block.end > now)
        }
    }

    mutating func note(
        _ block: ChannelBlock, of link: Int, start: Instant, duration: Instant.Span, isTold: Bool
    ) {
        let snr = links[link].snr(block)
        let capacity = links[link].capacity(block)
        let station = stations[link]
        actions.append(
            .record(
                .block(
                    BlockRecord(
                        link: station.name, number: Int(clamping: block.number), startAt: start.nanoseconds,
                        duration: duration.seconds,
                        snr: Decibels.of(max(snr, 1e-30)), capacity: capacity))))
        guard isTold, start >= station.reportedAt + Self.reportInterval || station.reportedAt.nanoseconds == .min else {
            return
        }
        stations[link].reportedAt = start
        actions.append(
            .tell(
                .channelReport(
                    ChannelReport(
                        link: station.name, block: block.number, start: start, duration: duration, snr: snr,
                        capacity: capacity))))
    }
}
