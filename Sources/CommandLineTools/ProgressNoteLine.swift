import Datagrams
import Foundation

/// One line on a terminal that is written over; in a log a new line now and then, or none.
final class ProgressNoteLine {
    private let isTerminal = StandardStream.error.isTerminal
    private let quiet: Bool
    private let interval: Double?
    private var next: Date

    /// - Parameters:
    ///   - quiet: shows nothing.
    ///   - interval: seconds between two lines where standard error is no terminal; nil: none there.
    init(quiet: Bool = false, every interval: Double? = nil) {
        (self.quiet, self.interval) = (quiet, interval)
        next = Date.now.addingTimeInterval(interval ?? 0)
    }

    func show(_ text: String) {
        guard !quiet else { return }
        if isTerminal {
            StandardStream.error.write("\r\u{1B}[K\(text)")
        } else if let interval, Date.now >= next {
            next = Date.now.addingTimeInterval(interval)
            StandardStream.error.write("testbed: \(text)\n")
        }
    }

    func clear() {
        if !quiet, isTerminal { StandardStream.error.write("\r\u{1B}[K") }
    }
}
