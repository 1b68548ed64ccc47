import Imaging

extension Filling {
    /// The layout's filling where there is one, else the harmonic one, with detail copied from what arrived.
    static func textured(
        _ image: Image, known mask: Mask, settings: FillSettings, steps: (done: Int, asked: Int)
    ) -> Filling {
        let smooth = smooth(image, known: mask, layout: settings.layout, steps: steps)
        return Filling(
            image: TextureFill.fill(smooth.image, known: mask, stream: settings.stream),
            method: smooth.method + " + texture", stepsDone: steps.done, stepsAsked: steps.asked)
    }

    /// A filling without a model: from the layout where there is one.
    static func smooth(_ image: Image, known mask: Mask, layout: Image?, steps: (done: Int, asked: Int)) -> Filling {
        let picture =
            layout.map { LayoutFill.fill(image, known: mask, layout: $0) } ?? HarmonicFill.fill(image, known: mask)
        return Filling(
            image: picture, method: layout == nil ? "harmonic" : "layout", stepsDone: steps.done,
            stepsAsked: steps.asked)
    }
}
