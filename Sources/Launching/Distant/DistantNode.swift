import Datagrams
import Determinism
import Processes
import Topologies
import Wire

/// A node of the run whose process another host, or a person, starts: what the controller's process knows of it.
final class DistantNode {
    /// A conversation with a host; before its first word has come it is only an offer.
    struct Session {
        var link: ControlLink
        var endpoint: Endpoint
    }

    let settings: NodeSettings
    let files: FileService
    var session: Session?
    private(set) var offers: [Session] = []
    /// When a datagram of its host last opened.
    private(set) var lastHeard = Instant(nanoseconds: 0)
    /// As its host calls itself.
    var host = ""
    /// All files are there.
    var isPrepared = false
    /// Its process was started and has not ended.
    var isRunning = false
    /// The incarnation that is to be started as soon as it can.
    var wantedEpoch: UInt16?
    /// What has come of its record so far.
    var record: DistantRecord
    /// What it brings back: its manifest at first, then the files.
    var fetch: FileFetch?
    var isListed = false
    var hasReturned = false
    /// Why it cannot play its part.
    var failure: String?
    /// What its host still lacks, in bytes.
    var progress: (done: UInt64, total: UInt64)?
    private static let mostOffers = 8

    /// - Parameter folder: of the run.
    init(_ settings: NodeSettings, _ files: FileService, folder: String) {
        self.settings = settings
        self.files = files
        record = DistantRecord("\(folder)/\(ReturnedFiles.record(of: settings.name))")
    }

    var name: String { settings.name }

    /// Whether it can be started.
    var isThere: Bool { session != nil && isPrepared }

    /// - Returns: the lane of an older offer that nobody took up and that makes room.
    func offer(_ session: Session) -> UInt32? {
        offers.append(session)
        return offers.count > Self.mostOffers ? offers.removeFirst().link.incomingLane : nil
    }

    /// The messages in a datagram, and whether it has made an offer the session.
    ///
    /// Only a datagram that opens proves that somebody holds the session's key: it makes the offer the session in place
    /// of the one before, which is returned.
    func receive(
        _ datagram: ReceivedDatagram, lane: UInt32, now: Instant
    ) -> (messages: [ControlMessage], isNew: Bool, replaced: Session?) {
        if session?.link.incomingLane == lane {
            let refused = session!.link.refusals
            let messages = session!.link.receive(datagram.bytes, now: now)
            // Only what authenticates may say where a host is.
            if session!.link.refusals == refused { (session!.endpoint, lastHeard) = (datagram.sender, now) }
            return (messages, false, nil)
        }
        guard let place = offers.firstIndex(where: { $0.link.incomingLane == lane }) else { return ([], false, nil) }
        let refused = offers[place].link.refusals
        let messages = offers[place].link.receive(datagram.bytes, now: now)
        guard offers[place].link.refusals == refused else { return ([], false, nil) }
        let replaced = session
        session = Session(link: offers[place].link, endpoint: datagram.sender)
        lastHeard = now
        offers = []
        (isPrepared, fetch, isListed, progress, failure) = (false, nil, false, nil, nil)
        return (messages, true, replaced)
    }

    func tell(_ message: ControlMessage) { session?.link.send(message) }
    func order(_ order: HostOrder) { tell(.hostOrder(order)) }
}
