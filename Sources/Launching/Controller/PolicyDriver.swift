import Adaptation
import Dispatch
import Nodes
import Records
import Roles
import Synchronization
import Topologies

/// The external policy of a real run, asked on a thread of its own: the controller goes on meanwhile.
final class PolicyDriver: Sendable {
    private let jobs: JobThread
    private let consultation: Mutex<PolicyConsultation>

    /// - Throws: `StartFailure` when no descriptors are left.
    init(_ topology: Topology, folder: String) throws {
        jobs = try JobThread()
        consultation = Mutex(PolicyConsultation(topology, folder: folder))
    }

    /// Readable when ``answers()`` has something.
    var descriptor: Int32 { jobs.descriptor }

    /// - Parameter number: comes back with the answer.
    func ask(_ number: Int, _ situation: Situation) {
        jobs.submit(number) { [self] in consultation.withLock { $0.reply(to: situation) } }
    }

    /// Tells what became of an image, after all that was asked before.
    func tell(_ outcome: PolicyOutcome, picture: String) {
        jobs.submit(-1) { [self] in consultation.withLock { $0.tell(outcome, picture: picture) } }
    }

    package func strayRecord(at instant: Int64) -> Record? { consultation.withLock { $0.strayRecord(at: instant) } }

    /// The program's process, for those who wait for children; nil while it is being started or asked.
    var processes: [Int32]? { consultation.withLockIfAvailable { $0.processes } }

    /// Ends the program, once it has been told all that is waiting.
    func end() {
        let done = DispatchSemaphore(value: 0)
        jobs.submit(-1) { [self] in
            consultation.withLock { $0.finish() }
            done.signal()
            return true
        }
        done.wait()
    }

    func answers() -> [(number: Int, reply: PolicyReply)] {
        jobs.finished().compactMap { result in (result.value as? PolicyReply).map { (result.number, $0) } }
    }
}
