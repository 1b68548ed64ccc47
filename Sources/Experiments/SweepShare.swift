/// One task's part of a sweep that a batch system's job array runs: every n-th point, so that dear and cheap ones,
/// which lie side by side, spread over all tasks.
package struct SweepShare: Sendable, Equatable {
    /// From 0.
    package let task: Int
    package let tasks: Int

    /// All of it.
    package static let whole = SweepShare(task: 0, tasks: 1)

    private init(task: Int, tasks: Int) { (self.task, self.tasks) = (task, tasks) }

    /// - Parameters:
    ///   - argument: `2/16`: the second of sixteen; `slurm`: what a job array's variables say.
    ///   - environment: of this process.
    /// - Throws: ``ExperimentError/unsuitable(_:)``.
    package init(_ argument: String, environment: [String: String]) throws {
        guard argument == "slurm" else {
            let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
            guard parts.count == 2, let task = parts[0], let tasks = parts[1], (1...100_000).contains(tasks),
                (1...tasks).contains(task)
            else {
                throw ExperimentError.unsuitable(
                    "--array \(argument): expected TASK/TASKS, for instance 2/16, or slurm within a job array")
            }
            self.init(task: task - 1, tasks: tasks)
            return
        }
        func number(_ key: String) throws -> Int {
            guard let value = environment[key].flatMap(Int.init) else {
                throw ExperimentError.unsuitable(
                    "--array slurm: \(key) is not set; submit this command with 'sbatch --array=1-TASKS'")
            }
            return value
        }
        let (task, least, most) = (
            try number("SLURM_ARRAY_TASK_ID"), try number("SLURM_ARRAY_TASK_MIN"), try number("SLURM_ARRAY_TASK_MAX")
        )
        let step = environment["SLURM_ARRAY_TASK_STEP"].flatMap(Int.init) ?? 1
        guard step > 0, least <= task, task <= most, (task - least) % step == 0 else {
            throw ExperimentError.unsuitable("--array slurm: task \(task) is none of \(least) to \(most) by \(step)")
        }
        let tasks = (most - least) / step + 1
        // A list with gaps (--array=1,3,7) would leave points to nobody.
        if let count = environment["SLURM_ARRAY_TASK_COUNT"].flatMap(Int.init), count != tasks {
            throw ExperimentError.unsuitable(
                "--array slurm: \(count) tasks from \(least) to \(most) leave gaps; "
                    + "submit with 'sbatch --array=1-TASKS'"
            )
        }
        self.init(task: (task - least) / step, tasks: tasks)
    }

    /// The points that are this task's, of all.
    func points(of all: [SweepPlan.Point]) -> [SweepPlan.Point] {
        all.enumerated().filter { $0.offset % tasks == task }.map(\.element)
    }
}
