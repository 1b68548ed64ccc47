import Datagrams
import Processes
import Roles
import Topologies

/// Requests on their way from the control server's threads to the launcher's loop.
package typealias LiveRequests = Postbox<LiveRequest>

extension Launcher {
    /// Does what was asked since the last time; what comes after the end is not heard.
    func obey() throws {
        for request in requests?.take() ?? [] where end == nil {
            try perform(role.handle(.asked(request), now: MonotonicClock.now))
        }
    }
}
