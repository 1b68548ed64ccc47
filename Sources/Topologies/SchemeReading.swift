import Adaptation
import Channels
import Files
import Foundation

extension Scheme {
    package init(_ s: Section, folder: String) {
        kind = s.choice(
            "kind", default: SchemeKind.proposed,
            "What is sent: critical cells and the prompt, the whole picture by the same coder, by JPEG 2000, or the prompt alone."
        )
        policy = s.choice("policy", default: PolicyName.optimal, "Rule that chooses the threshold and the rate.")
        policyFile = s.path(
            "policyFile", from: folder,
            "Table of the algorithm1 or threshold-table policy, as testbed optimize writes it.")
        policyTable = ThresholdTable.read(s)
        policyCommand = s.words(
            "policyCommand",
            "Program of the external policy, with its arguments; a relative path is taken from this file's folder.")
        policyTimeLimit = s.quantity(
            "policyTimeLimit", .duration, default: 2, least: 0, most: 600, exclusive: true,
            "Time the external policy may take for an answer.")
        policyFallback = s.choice(
            "policyFallback", default: PolicyFallback.end,
            "What follows when the external policy fails: the run ends, or the optimum or the prompt alone stands in.")
        policyPSNR = s.flag(
            "policyPSNR", default: false,
            "Whether outcomes tell the external policy the PSNR, which needs the photo beside what was received.")
        objective = s.choice("objective", default: Objective.gvif, "What the optimal policy maximises.")
        tolerance = s.quantity(
            "tolerance", .share, default: Constraints.usualTolerance, least: 0, most: 0.5,
            "Share of the best objective that the optimal policy may give up for prefer; 0: the exact maximum.")
        preference = s.choice(
            "prefer", default: Constraints.Preference.coverage,
            "What the optimal policy takes among settings within the tolerance: most of the photo, the highest rate, or the highest rate that sends the region of interest."
        )
        minimumMaskPSNR = s.quantity(
            "minimumMaskPSNR", .level, default: nil, least: 0, most: 100,
            "Least mask PSNR that a rate must reach on the image at hand (31c); none where absent.")
        infeasible = s.choice(
            "infeasible", default: Constraints.Fallback.leastBad,
            "What happens to an image for which nothing keeps all bounds.")
        budget = s.quantity(
            "budget", .duration, default: 0.03, least: 0, exclusive: true, "Latency budget T_max of the air.")
        alpha = Float(
            s.number("alpha", default: 0.5, in: 0...1, "Threshold of the fixed policy, first one of algorithm1."))
        alphaMax = Float(s.number("alphaMax", default: 0.8, in: 0...1, "Largest threshold (α_th)."))
        rate = s.integer("rate", default: nil, in: 1...1000, "Rate of the fixed policy, counted from 1, the lowest.")
        lowestRate = s.integer("lowestRate", default: 1, in: 1...1000, "Lowest rate that may be chosen.")
        highestRate = s.integer("highestRate", default: nil, in: 1...1000, "Highest rate that may be chosen.")
        accounting = s.choice("accounting", default: Accounting.payload, "Which bits the channel drains.")
        let fill = s.text(
            "inpaint", default: "none",
            "How missing regions are filled: none, harmonic, layout, texture, default, or a diffusers folder.")
        do throws(UnknownModel) {
            inpaint =
                Scheme.fills.contains(fill)
                ? fill : try ModelLibrary.standard.path(fill, kind: .inpainting, from: folder)
        } catch {
            inpaint = "none"
            s.report(
                "inpaint",
                error.description
                    + "; expected none, harmonic, layout, texture, default, a model's name or a diffusers folder")
        }
        steps = s.integer("steps", default: 31, in: 1...1000, "Diffusion steps.")
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
        visualNoise = s.number("visualNoise", default: 0.1, in: 1e-9...1e9, "γ² of the GVIF.")
        let program = s.text("captioner", "Program that gets a photo's path as its last argument and prints a caption.")
        let patience = s.quantity(
            "captionerLimit", .duration, default: CaptionerSettings.usualPatience, least: 0, exclusive: true,
            "Time it has for one photo; after that the label's caption is used.")
        captioner = program.map { CaptionerSettings(command: $0, patience: patience) }
        caption = s.choice(
            "caption", default: program == nil ? CaptionSource.either : .captioner, "Where the prompt comes from.")
        let most = s.text(
            "layout", default: "none",
            "Layout that goes with the prompt, for what is not sent: none, its most bytes (24 to 1024), or auto (a twentieth of the budget)."
        )
        layout = LayoutSize(argument: most) ?? .none
        if LayoutSize(argument: most) == nil {
            s.report(
                "layout",
                "is '\(most)': expected none, auto, or bytes from \(LayoutSize.bounds.lowerBound) to \(LayoutSize.bounds.upperBound)"
            )
        }
        labels = s.words(
            "label",
            "Whose maps make the importance: expected (the ten likeliest classes by probability), top (the likeliest), or class names."
        )
        importance = s.path(
            "importance", from: folder,
            "Importance maps of one's own instead: a folder of NAME.png or NAME.npy, or one map for all photos.")
        let size = s.text(
            "backboneSize", default: "trained",
            "Shorter side of the classifier's input: pixels, native, or as it was trained.")
        let input = BackboneInput(size)
        backboneSize = input ?? .trained
        if input == nil {
            s.report("backboneSize", "is '\(size)': expected a number of pixels from 32 to 4096, native or trained")
        }
        regionAlpha = Float(
            s.number("regionAlpha", default: 0.5, in: 0...1, "Threshold of the fixed region of interest in tables."))
        slicePayload = s.integer(
            "slicePayload", default: 1100, in: 64...1100,
            "Largest slice in bytes; one cell of the codec must fit (528 for the shipped one).")
        retransmission = s.flag(
            "retransmission", default: false,
            "Missing datagrams are asked for and sent again, as far as the budget goes.")
        reserve = s.quantity(
            "reserve", .share, default: retransmission ? 0.1 : 0, least: 0, most: 0.9,
            "Share of the budget kept for sending again.")
        minimumGVIF = s.number("minimumGVIF", default: 0, in: 0...1, "Least GVIF asked for.")
        s.finish()
        if inpaint.hasPrefix("/"), !FileManager.default.fileExists(atPath: inpaint) {
            s.report(
                "inpaint",
                "'\(inpaint)' is no folder; expected none, harmonic, layout, texture, default or a diffusers folder")
        }
        if caption == .captioner, captioner == nil {
            s.report("captioner", "is missing: captions are to come from a program")
        }
        if captioner != nil, caption != .captioner {
            s.report("caption", "is \(caption.rawValue), so that the captioner would never be asked")
        }
        if let importance, !FileManager.default.fileExists(atPath: importance) {
            s.report("importance", "'\(importance)' does not exist")
        }
        if importance != nil, !labels.isEmpty { s.report("importance", "and label exclude each other") }
        if let highestRate, highestRate < lowestRate {
            s.report("highestRate", "is \(highestRate), below lowestRate \(lowestRate)")
        }
        if let program = policyCommand.first, program.contains("/") {
            policyCommand[0] = absolutePath(program, from: folder)
            s.resettle("policyCommand", policyCommand)
            if !FileManager.default.isExecutableFile(atPath: policyCommand[0]) {
                s.report("policyCommand", "'\(policyCommand[0])' is no program that can be run")
            }
        }
        if policy == .algorithm1, policyFile == nil {
            s.report("policyFile", "is missing: the algorithm1 policy needs the table that 'testbed optimize' writes")
        }
        if let policyFile, !FileManager.default.fileExists(atPath: policyFile) {
            s.report("policyFile", "'\(policyFile)' does not exist")
        }
        if policy == .external, policyCommand.isEmpty {
            s.report("policyCommand", "is missing: the external policy needs a program")
        }
        if policy == .thresholdTable, (policyFile == nil) == (policyTable == nil) {
            s.report(
                "policyTable",
                policyTable == nil
                    ? "is missing: the threshold-table policy needs it, or a policyFile"
                    : "and policyFile exclude each other")
        }
        if policy == .fixed, rate == nil, !s.has("rate") { s.report("rate", "is missing: the fixed policy needs one") }
    }
}

extension ThresholdTable {
    /// `policyTable: [{snr: 0 dB, alpha: 0.7, rate: 6}, …]`, or by `budgetBits`.
    package static func read(_ s: Section) -> ThresholdTable? {
        func entry(_ s: Section) -> (measure: Measure, entry: Entry)? {
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
