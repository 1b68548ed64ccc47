import CPlatform
import Foundation
import Glibc

/// Starts a program in a process group of its own.
///
/// - Parameters:
///   - words: the executable and its arguments; a name without a slash is looked up on the PATH, and a text that does
///     not say what runs it is run by the shell, as the shell itself does.
///   - environment: on top of this process's own.
///   - folder: the program's working folder, from which a relative path of the executable is taken, too; nil: this
///     process's own.
///   - descriptors: what the program finds at its descriptors 0, 1 and 2; nil: nothing to read,
///     and what is written is gone.
func spawn(
    _ words: [String], environment: [String: String], folder: String?,
    descriptors: (input: Int32?, output: Int32?, errors: Int32?)
) throws(StartFailure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // Errors first: the descriptor meant for the output may be number 2 here.
    for (number, given) in [(Int32(0), descriptors.input), (2, descriptors.errors), (1, descriptors.output)] {
        if let given {
            posix_spawn_file_actions_adddup2(&actions, given, number)
        } else {
            posix_spawn_file_actions_addopen(&actions, number, "/dev/null", number == 0 ? O_RDONLY : O_WRONLY, 0)
        }
    }
    if let folder { _ = platform_spawn_folder(&actions, folder) }

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
    var variables: [UnsafeMutablePointer<CChar>?] =
        merged.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in variables { free(pointer) } }
    func start(_ words: [String]) -> (code: Int32, identifier: pid_t) {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for pointer in arguments { free(pointer) } }
        var identifier: pid_t = 0
        return (posix_spawnp(&identifier, words[0], &actions, &attributes, &arguments, &variables), identifier)
    }
    var (code, identifier) = start(words)
    if code == ENOEXEC, let script = words[0].contains("/") ? words[0] : Program.find(words[0]) {
        (code, identifier) = start(["/bin/sh", script] + words.dropFirst())
    }
    guard code == 0 else { throw StartFailure(program: words[0], code: code) }
    return identifier
}
