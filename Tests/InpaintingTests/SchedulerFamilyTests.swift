import Foundation
import Testing

@testable import Inpainting
@testable import ModelFolders
@testable import PromptEncoding

/// A scheduler's class and keys mean something here, or are refused by name.
@Suite struct SchedulerFamilyTests {
    private func schedule(_ changes: [String: Any]) throws -> NoiseSchedule {
        let folder = try TemporaryFolder()
        var values: [String: Any] = [
            "_class_name": "DDIMScheduler", "num_train_timesteps": 1000, "beta_schedule": "scaled_linear",
            "beta_start": 0.00085, "beta_end": 0.012,
        ]
        values.merge(changes) { $1 }
        let path = folder.path("scheduler_config.json")
        try JSONSerialization.data(withJSONObject: values).write(to: URL(fileURLWithPath: path))
        return try NoiseSchedule(path: path)
    }

    private func refusal(_ changes: [String: Any]) throws -> String {
        do {
            _ = try schedule(changes)
            return ""
        } catch let failure as ModelFailure { return failure.description }
    }

    @Test(arguments: [
        "FancyScheduler", "FlowMatchEulerDiscreteScheduler", "EDMEulerScheduler", "LCMScheduler",
        "DDIMInverseScheduler",
    ])
    func unknownClassesAreNamed(_ name: String) throws {
        #expect(try refusal(["_class_name": name]).contains("'_class_name' is '\(name)', which is not known here"))
    }

    @Test func keysThatChangeTheWalkAreNamed() throws {
        let changes: [(String, Any)] = [
            ("use_karras_sigmas", true), ("use_exponential_sigmas", true), ("use_beta_sigmas", true), ("shift", 3.0),
            ("use_dynamic_shifting", true),
            ("thresholding", true), ("timestep_type", "continuous"), ("sigma_min", 0.1), ("flow_shift", 2.0),
            ("original_inference_steps", 50), ("no_such_key", 1),
        ]
        for (key, value) in changes {
            #expect(try refusal([key: value]).contains("'\(key)' asks for something"), "\(key)")
        }
    }

    @Test func keysThatChangeNothingPass() throws {
        let changes: [(String, Any)] = [
            ("use_karras_sigmas", false), ("skip_prk_steps", true), ("solver_order", 2),
            ("algorithm_type", "dpmsolver++"), ("timestep_type", "discrete"),
            ("_diffusers_version", "0.30.0"), ("thresholding", false), ("dynamic_thresholding_ratio", 0.995),
            ("clip_sample", false), ("shift", NSNull()),
        ]
        for (key, value) in changes { #expect(try refusal([key: value]) == "", "\(key)") }
    }

    @Test func eachClassHasItsOwnDefaults() throws {
        #expect(try schedule(["_class_name": "PNDMScheduler"]).finalProduct < 1)
        #expect(try schedule([:]).finalProduct == 1 && schedule([:]).spacing == .leading)
        #expect(try schedule(["_class_name": "EulerDiscreteScheduler"]).spacing == .linspace)
        #expect(try schedule(["_class_name": "DDPMScheduler"]).kind == .ddpm)
    }

    @Test func noSignalAtTheLastStepNeedsAnotherPrediction() throws {
        #expect(
            try refusal(["rescale_betas_zero_snr": true]).contains(
                "'rescale_betas_zero_snr' leaves no signal at the noisiest step"))
        #expect(try refusal(["rescale_betas_zero_snr": true, "prediction_type": "v_prediction"]) == "")
        #expect(try refusal(["beta_schedule": "squaredcos_cap_v2"]) == "")
    }

    @Test func mergesWithWindowsLineEndsAreTheSame() throws {
        let text = "#version: 0.2\nt h\nth e</w>\n"
        let (plain, windows) = (
            try TokenizerFiles.pairs(in: text, path: "m"),
            try TokenizerFiles.pairs(in: text.replacingOccurrences(of: "\n", with: "\r\n"), path: "m")
        )
        #expect(plain.count == 2 && plain.elementsEqual(windows) { $0 == $1 })
        #expect(throws: ModelFailure.self) { try TokenizerFiles.pairs(in: "#version: 0.2\r\n", path: "m") }
    }
}
