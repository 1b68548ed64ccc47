import Determinism
import Records
import Roles
import Topologies
import Wire

extension VirtualRun {
    /// What an entry of the agenda lets happen.
    enum Event: Sendable {
        case toController(node: Int, epoch: UInt16, ControlMessage)
        case toNode(Int, epoch: UInt16, ControlMessage)
        case transmitter(Int, epoch: UInt16, TransmitterRole.Event)
        case receiver(Int, epoch: UInt16, ReceiverRole.Event)
        case channel(Int, epoch: UInt16)
        case arrival(node: Int, link: String, DataDatagram)
        case controllerAlarm
        case answer(transmitter: String, image: Int, PolicyReply)
        case exited(Int, epoch: UInt16, ExitReport)
    }

    /// A role in a place of its own: it is changed there, whatever its size.
    final class Held<Role> {
        var role: Role
        init(_ role: Role) { self.role = role }
    }

    enum Part {
        case transmitter(Held<TransmitterRole>)
        case channel(Held<ChannelRole>)
        case receiver(Held<ReceiverRole>)
        case relay
    }

    struct Node {
        var settings: NodeSettings
        var part: Part
        var epoch: UInt16 = 0
        var isAlive = false
        var isPaused = false
        var isAnnounced = false
        /// What happened while it was paused.
        var deferred: [Event] = []
        /// Until when its worker has jobs.
        var busyUntil = Instant(nanoseconds: 0)
        /// When the channel role is to be advanced next, as planned.
        var planned: Instant?
        var records: RecordFile
    }
}
