import ModelFolders

/// What a scheduler's class and keys mean here. A class that is not known, and a key that would change the walk in a
/// way that is not built, are refused by name: walking on regardless would give other pictures than the model's makers
/// saw.
struct SchedulerFamily {
    let name: String
    let kind: FillSettings.SchedulerKind
    /// The class's own where the file says nothing.
    let spacing: NoiseSchedule.Spacing
    /// Whether ᾱ beyond the last step is 1, where the file says nothing.
    let endsAtOne: Bool

    /// Classes whose files hold noise levels of the same kind. Solvers of higher order than DDIM's first are walked by
    /// DDIM, which leads through the same levels to the same end.
    private static let solvers: Set<String> = [
        "PNDMScheduler", "EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler", "HeunDiscreteScheduler",
        "LMSDiscreteScheduler",
        "KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler", "DPMSolverMultistepScheduler",
        "DPMSolverSinglestepScheduler",
        "DEISMultistepScheduler", "UniPCMultistepScheduler",
    ]

    /// Keys that are read.
    private static let read: Set<String> = [
        "num_train_timesteps", "beta_start", "beta_end", "beta_schedule", "trained_betas", "prediction_type",
        "timestep_spacing", "variance_type",
        "steps_offset", "clip_sample", "clip_sample_range", "set_alpha_to_one", "rescale_betas_zero_snr",
    ]

    /// Keys of a solver's own order and of switches that are off, which change nothing of DDIM's walk.
    private static let idle: Set<String> = [
        "skip_prk_steps", "solver_order", "solver_type", "solver_p", "algorithm_type", "lower_order_final",
        "euler_at_final", "predict_x0",
        "disable_corrector", "final_sigmas_type", "interpolation_type", "dynamic_thresholding_ratio",
        "sample_max_value", "lambda_min_clipped",
        "use_corrector", "thresholding", "use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas",
        "use_lu_lambdas", "use_flow_sigmas",
        "use_dynamic_shifting", "timestep_type", "flow_shift", "sigma_min", "sigma_max", "time_shift_type",
    ]

    /// Idle keys that ask for another walk where they are anything but these.
    private static func changesWalk(_ key: String, _ value: Configuration.Value) -> Bool {
        switch (key, value) {
        case (_, .truth(false)): false
        case ("timestep_type", .text("discrete")): false
        case ("flow_shift", .number(1)): false
        case ("time_shift_type", .text): false
        case ("lambda_min_clipped", .number(let bound)): bound > -20
        case ("sigma_min", _), ("sigma_max", _), ("timestep_type", _), ("flow_shift", _), ("thresholding", _),
            ("lambda_min_clipped", _):
            true
        case (let key, .truth(true)): key.hasPrefix("use_") && key != "use_corrector"
        default: false
        }
    }

    /// - Throws: ``ModelFailure/configuration(path:key:reason:)`` naming the class or the key.
    init(_ c: Configuration) throws {
        name = try c.text("_class_name")
        guard name == "DDPMScheduler" || name == "DDIMScheduler" || Self.solvers.contains(name) else {
            let known = (["DDPMScheduler", "DDIMScheduler"] + Self.solvers.sorted()).joined(separator: ", ")
            throw c.failure("_class_name", "is '\(name)', which is not known here; known are \(known)")
        }
        kind = name == "DDPMScheduler" ? .ddpm : .ddim
        let hasLeadingSteps = ["DDPMScheduler", "DDIMScheduler", "PNDMScheduler"].contains(name)
        spacing = hasLeadingSteps ? .leading : .linspace
        endsAtOne = name != "PNDMScheduler"
        for key in c.values.keys.sorted() where !key.hasPrefix("_") && !Self.read.contains(key) {
            guard let value = c[key] else { continue }
            if Self.idle.contains(key) ? Self.changesWalk(key, value) : value.isAsking {
                throw c.failure(key, "asks for something this program does not have")
            }
        }
    }
}

extension Configuration.Value {
    /// Whether a key that is not known says anything but "no".
    fileprivate var isAsking: Bool { if case .truth(false) = self { false } else { true } }
}
