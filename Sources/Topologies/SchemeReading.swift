import Adaptation
import Channels
import Declarations
import Files
import Foundation

extension Scheme {
    package init(_ s: YAMLSection, folder: String) {
        self.init()
        kind = s.choice(
            "kind", default: kind,
            "What is sent: critical cells and the prompt, the whole picture by the same coder, by JPEG 2000 or "
                + "by an external codec, or the prompt alone."
        )
        readPolicy(s, folder: folder)
        readProblem(s)
        readFilling(s, folder: folder)
        visualNoise = s.number("visualNoise", default: visualNoise, in: 1e-9...1e9, "γ² of the GVIF.")
        readDescription(s, folder: folder)
        readImportance(s, folder: folder)
        readTransmission(s)
        minimumGVIF = s.number("minimumGVIF", default: minimumGVIF, in: 0...1, "Least GVIF asked for.")
        s.finish()
        checkFilling(s)
        checkDescription(s)
        checkPolicy(s)
    }

    /// Who chooses (α, Φ).
    private mutating func readPolicy(_ s: YAMLSection, folder: String) {
        policy = s.choice("policy", default: policy, "Rule that chooses the threshold and the rate.")
        policyFile = s.path(
            "policyFile", from: folder,
            "Table of the algorithm1 or threshold-table policy, as testbed optimize writes it.")
        policyTable = ThresholdTable.read(s)
        policyCommand = s.command(
            "policyCommand", from: folder, "Program of the external policy, with its arguments (`workingFolder`).")
        policyTimeLimit = s.quantity(
            "policyTimeLimit", .duration, default: policyTimeLimit, least: 0, most: 600, exclusive: true,
            "Time the external policy may take for an answer.")
        policyFallback = s.choice(
            "policyFallback", default: policyFallback,
            "What follows when the external policy fails: the run ends, or the optimum or the prompt alone stands in.")
        policyPSNR = s.flag(
            "policyPSNR", default: policyPSNR,
            "Whether outcomes tell the external policy the PSNR, which needs the photo beside what was received.")
    }

    /// Problem (31): what is best, within which bounds.
    private mutating func readProblem(_ s: YAMLSection) {
        objective = s.choice("objective", default: objective, "What the optimal policy maximises.")
        tolerance = s.quantity(
            "tolerance", .share, default: tolerance, least: 0, most: 0.5,
            "Share of the best objective that the optimal policy may give up for prefer; 0: the exact maximum.")
        preference = s.choice(
            "prefer", default: preference,
            "What the optimal policy takes among settings within the tolerance: most of the photo, "
                + "the highest rate, or the highest rate that sends the region of interest."
        )
        minimumMaskPSNR = s.quantity(
            "minimumMaskPSNR", .level, default: nil, least: 0, most: 100,
            "Least mask PSNR that a rate must reach on the image at hand (31c); none where absent.")
        infeasible = s.choice(
            "infeasible", default: infeasible, "What happens to an image for which nothing keeps all bounds.")
        budget = s.quantity(
            "budget", .duration, default: budget, least: 0, exclusive: true, "Latency budget T_max of the air.")
        alpha = s.threshold("alpha", default: alpha, "Threshold of the fixed policy, first one of algorithm1.")
        alphaMax = s.threshold("alphaMax", default: alphaMax, "Largest threshold (α_th).")
        rate = s.integer("rate", default: nil, in: 1...1000, "Rate of the fixed policy, counted from 1, the lowest.")
        lowestRate = s.integer("lowestRate", default: lowestRate, in: 1...1000, "Lowest rate that may be chosen.")
        highestRate = s.integer("highestRate", default: nil, in: 1...1000, "Highest rate that may be chosen.")
        accounting = s.choice("accounting", default: accounting, "Which bits the channel drains.")
    }

    /// How the receiver fills what was not sent.
    private mutating func readFilling(_ s: YAMLSection, folder: String) {
        let fill = s.text(
            "inpaint", default: inpaint,
            "How missing regions are filled: none, harmonic, layout, texture, default, or a diffusers folder.")
        do throws(UnknownModel) {
            inpaint =
                Scheme.fills.contains(fill)
                ? fill : try ModelLibrary.standard.path(fill, kind: .inpainting, from: folder)
        } catch {
            s.report(
                "inpaint",
                error.description
                    + "; expected none, harmonic, layout, texture, default, a model's name or a diffusers folder")
        }
        steps = s.integer("steps", default: steps, in: 1...1000, "Diffusion steps.")
        guidance = s.number(
            "guidance", default: nil, in: 0...100,
            "Weight of the prompt (classifier-free guidance); up to 1 is none; absent: the model's own."
        ).map { Float($0) }
        strength = s.number(
            "strength", default: nil, in: 0.01...1,
            "Share of the noise schedule that a filling walks back; absent: the model's own."
        ).map { Float($0) }
        inpaintBudget = s.quantity(
            "inpaintBudget", .duration, default: nil, least: 0, exclusive: true,
            "Time for filling one image; steps are dropped to keep it.")
    }

    /// What goes in place of the cells that do not: the prompt and the layout.
    private mutating func readDescription(_ s: YAMLSection, folder: String) {
        let program = s.text(
            "captioner",
            "Line for the shell, with a program that gets a photo's path as its last argument and prints a "
                + "caption (`workingFolder`)."
        )
        let patience = s.quantity(
            "captionerLimit", .duration, default: CaptionerSettings.usualPatience, least: 0, exclusive: true,
            "Time it has for one photo; after that the label's caption is used.")
        let isPersistent = s.flag(
            "persistent", default: false,
            "Whether captioner and external codec stay running and are asked by lines, one JSON object each.")
        captioner = program.map { CaptionerSettings(command: $0, patience: patience, isPersistent: isPersistent) }
        codec = CodecSettings.read(s, kind: kind, isPersistent: isPersistent, folder: folder)
        caption = s.choice(
            "caption", default: program == nil ? caption : .captioner, "Where the prompt comes from.")
        let most = s.text(
            "layout", default: "none",
            "Layout that goes with the prompt, for what is not sent: none, its most bytes (24 to 1024), "
                + "or auto (a twentieth of the budget)."
        )
        if let size = LayoutSize(argument: most) {
            layout = size
        } else {
            s.report(
                "layout",
                "is '\(most)': expected none, auto, or bytes from \(LayoutSize.bounds.lowerBound) "
                    + "to \(LayoutSize.bounds.upperBound)"
            )
        }
    }

    /// What makes a cell important.
    private mutating func readImportance(_ s: YAMLSection, folder: String) {
        labels = s.words(
            "label",
            "Whose maps make the importance: expected (the ten likeliest classes by probability), "
                + "top (the likeliest), or class names."
        )
        importance = s.path(
            "importance", from: folder,
            "Importance maps of one's own instead: a folder of NAME.png or NAME.npy, or one map for all photos.")
        let size = s.text(
            "backboneSize", default: "trained",
            "Shorter side of the classifier's input: pixels, native, or as it was trained.")
        if let input = BackboneInput(size) {
            backboneSize = input
        } else {
            s.report("backboneSize", "is '\(size)': expected a number of pixels from 32 to 4096, native or trained")
        }
        regionAlpha = s.threshold(
            "regionAlpha", default: regionAlpha, "Threshold of the fixed region of interest in tables.")
    }

    /// Slices, and their second way.
    private mutating func readTransmission(_ s: YAMLSection) {
        slicePayload = s.integer(
            "slicePayload", default: slicePayload, in: 64...1100,
            "Largest slice in bytes; one cell of the codec must fit (528 for the shipped one).")
        retransmission = s.flag(
            "retransmission", default: retransmission,
            "Missing datagrams are asked for and sent again, as far as the budget goes.")
        reserve = s.quantity(
            "reserve", .share, default: retransmission ? 0.1 : 0, least: 0, most: 0.9,
            "Share of the budget kept for sending again.")
    }
}

extension YAMLSection {
    /// A threshold α; its default is noted as the decimal that it was written as.
    fileprivate func threshold(_ key: String, default fallback: Float, _ text: String) -> Float {
        Float(number(key, default: Double("\(fallback)") ?? Double(fallback), in: 0...1, text))
    }
}

extension ThresholdTable {
    /// `policyTable: [{snr: 0 dB, alpha: 0.7, rate: 6}, …]`, or by `budgetBits`.
    package static func read(_ s: YAMLSection) -> ThresholdTable? {
        func entry(_ s: YAMLSection) -> (measure: Measure, entry: Entry)? {
            let snr = s.quantity("snr", .level, default: nil, "From this SNR up.")
            let bits = s.number("budgetBits", default: nil, in: 0...1e12, "From this budget in bits up.")
            let alpha = s.number("alpha", default: 0.5, in: 0...1, "Threshold.")
            let rate = s.integer("rate", default: 1, in: 1...1000, "Rate, counted from 1.")
            s.finish()
            guard s.node != nil else { return nil }
            for key in ["alpha", "rate"] where !s.has(key) { s.report(key, "is missing") }
            guard (snr == nil) != (bits == nil) else {
                s.report("snr", "expected each step to begin at an snr or at budgetBits")
                return nil
            }
            return (snr == nil ? .budgetBits : .snr, Entry(from: snr ?? bits ?? 0, alpha: Float(alpha), rate: rate))
        }
        let steps = s.list("policyTable", "Steps of the threshold-table policy.") { _ = entry($0) }.compactMap(entry)
        guard let first = steps.first else { return nil }
        if steps.contains(where: { $0.measure != first.measure }) {
            s.report("policyTable", "mixes steps of snr and of budgetBits; expected one of them")
        }
        return ThresholdTable(by: first.measure, entries: steps.map(\.entry))
    }
}
