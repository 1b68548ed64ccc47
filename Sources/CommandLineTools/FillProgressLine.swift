import Datagrams
import Foundation
import Inpainting

/// The denoising steps of one filling, on a terminal only: one line that is rewritten.
final class FillProgressLine {
    private let isTerminal = StandardStream.error.isTerminal
    private var shown = false

    func show(_ progress: FillProgress) {
        guard isTerminal else { return }
        shown = true
        StandardStream.error.write("\rstep \(progress.step) of \(progress.steps) ")
    }

    func end() { if shown { complain("") } }
}
