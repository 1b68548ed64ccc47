import Declarations
import Files
import Foundation

/// What no single key can know: what each says beside the others, and whether files are there.
extension Scheme {
    func checkFilling(_ s: YAMLSection) {
        if inpaint.hasPrefix("/"), !FileManager.default.fileExists(atPath: inpaint) {
            s.report(
                "inpaint",
                "'\(inpaint)' is no folder; expected none, harmonic, layout, texture, default or a diffusers folder")
        }
    }

    func checkDescription(_ s: YAMLSection) {
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
    }

    func checkPolicy(_ s: YAMLSection) {
        if let highestRate, highestRate < lowestRate {
            s.report("highestRate", "is \(highestRate), below lowestRate \(lowestRate)")
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
