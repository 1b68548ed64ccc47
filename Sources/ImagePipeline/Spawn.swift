import Foundation
import Glibc

/// Starts a program of its own process group: Ctrl-C reaches the launcher alone, which then ends the run in order, and
/// whatever the program starts in turn can be ended with it.
///
/// - Parameters:
///   - words: the executable and its arguments; a name without a slash is looked up on the PATH.
///   - environment: on top of this process's own.
///   - descriptors: what the program finds at its descriptors 0, 1 and 2; nil at 0 is an empty input.
/// - Returns: the process, or the system's word for why there is none.
package func spawn(
    _ words: [String], environment: [String: String] = [:], input: Int32?, output: Int32, errors: Int32
) -> Result<pid_t, SpawnFailure> {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
        posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    posix_spawn_file_actions_adddup2(&actions, output, 1)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Neither the blocked signals of this process nor its ignored SIGPIPE are the program's.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    let merged = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] =
        merged.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in arguments + variables { free(pointer) } }
    var identifier: pid_t = 0
    let code = posix_spawnp(&identifier, words[0], &actions, &attributes, &arguments, &variables)
    return code == 0 ? .success(identifier) : .failure(SpawnFailure(code: code))
}

/// Why a program could not be started.
package struct SpawnFailure: Error, CustomStringConvertible {
    package let code: Int32
    package var reason: String { String(cString: strerror(code)) }
    /// The system has no room for another process; the program itself may be in order.
    package var isOfTheMachine: Bool { [EAGAIN, ENOMEM, EMFILE, ENFILE].contains(code) }
    package var description: String { reason }

    package init(code: Int32) { self.code = code }
}
