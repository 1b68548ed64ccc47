import Datagrams
import Files
import Foundation
import Roles

/// What a run shows while it goes on: one line that is rewritten on a terminal, a line an image elsewhere.
package final class ProgressLine {
    private let isTerminal: Bool
    private let quiet: Bool
    private var shown = 0
    private let began = Date()

    package init(quiet: Bool) {
        self.quiet = quiet
        isTerminal = StandardStream.error.isTerminal
    }

    package func say(_ text: String) {
        if !quiet { write(text.shown(lines: true) + "\n") }
    }

    package func show(_ note: ProgressNote) {
        if case .notice(let text) = note {
            if isTerminal, shown > 0 { write("\r\u{1B}[K") }
            shown = 0
            return write(text.shown(lines: true) + "\n")
        }
        guard !quiet else { return }
        switch note {
        case .node(let text): isTerminal ? rewrite(text) : ()
        case .image(let image): line(Self.text(image))
        case .notice: break
        }
    }

    package func end() {
        if isTerminal, shown > 0 { write("\r\u{1B}[K") }
        shown = 0
    }

    private func line(_ text: String) { isTerminal ? rewrite(text) : write(text.shown() + "\n") }

    private func rewrite(_ text: String) {
        write("\r\u{1B}[K" + text.shown())
        shown = text.count
    }

    private func write(_ text: String) { StandardStream.error.write(text) }

    package static func text(_ image: ImageNote) -> String {
        let name = (image.photo as NSString).lastPathComponent
        // An image without a receiver was never sent.
        if image.receiver.isEmpty { return "[\(image.done)/\(image.total)] \(name)  \(image.verdict)" }
        let air = image.airTime.map { String(format: "%.2f ms", $0 * 1e3) } ?? "nothing arrived"
        func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
        let setting = image.alpha > 1 ? "prompt only" : "α \(number(Double(image.alpha), 2))  Φ \(image.rate)"
        let bits = "\(number(Double(image.bits) / 1e3, 1)) of \(number(Double(image.budgetBits) / 1e3, 1)) kbit"
        return
            "[\(image.done)/\(image.total)] \(name)  \(number(image.snr, 1)) dB  \(setting)  \(bits)  \(air)  "
            + "GVIF \(number(image.gvif, 3))  \(image.verdict)"
    }
}
