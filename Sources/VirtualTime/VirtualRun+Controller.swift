import Determinism
import ImagePipeline
import Records
import Roles
import Topologies
import Wire

/// The controller's hands.
extension VirtualRun {
    package func perform(_ actions: [ControllerRole.Action]) throws {
        for action in actions {
            switch action {
            case .record(let record):
                controllerRecords.append(record)
                unwritten += 1
            case .progress(let note): progress(note)
            case .wake(let instant): agenda.push(.controllerAlarm, at: max(now, instant))
            case .finish(let end): self.end = end
            case .ask(let transmitter, let image, let situation):
                // The program runs in real time; what its answer costs is charged like any other stage.
                plan(
                    .answer(transmitter: transmitter, image: image, consult(situation)),
                    after: .seconds(topology.timing.declared["decide"] ?? 0))
            case .inform(let outcome, let picture): inform(outcome, picture)
            case .tell(let node, let message):
                guard let number = index[node] else { continue }
                plan(.toNode(number, epoch: nodes[number].epoch, message), after: delay)
            case .kill(let node):
                guard let number = index[node], nodes[number].isAlive else { continue }
                nodes[number].isAlive = false
                plan(.exited(number, epoch: nodes[number].epoch, ExitReport(signal: 9)), after: delay)
            case .pause(let node): if let number = index[node] { nodes[number].isPaused = true }
            case .resume(let node):
                guard let number = index[node] else { continue }
                nodes[number].isPaused = false
                for event in nodes[number].deferred { plan(event) }
                nodes[number].deferred = []
            case .start(let node, let epoch): try start(node, epoch)
            }
        }
    }

    private func start(_ name: String, _ epoch: UInt16) throws {
        guard let node = index[name] else { return }
        let settings = nodes[node].settings
        if epoch > 0 { nodes[node].part = try part(settings) }
        nodes[node].epoch = epoch
        nodes[node].isAlive = true
        nodes[node].isPaused = false
        nodes[node].isAnnounced = false
        nodes[node].planned = nil
        nodes[node].busyUntil = now
        let role: Wire.NodeRole =
            settings.role == .channel ? .channel : settings.role == .receiver ? .receiver : .transmitter
        let own = controller.linksOfNode[name] ?? []
        let hello = Hello(
            role: role, epoch: epoch,
            modelIdentity: settings.role == .transmitter || settings.role == .receiver ? models.identity : 0,
            ports: own.map { PortBinding(purpose: $0.name, port: 1) })
        plan(.toController(node: node, epoch: epoch, .hello(hello)), after: delay)
    }
}
