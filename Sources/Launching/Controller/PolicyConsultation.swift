import Adaptation
import ImagePipeline
import Records
import Roles
import Topologies

/// Asks the program of an external policy, and starts it where it is not running: at first, and after a failure.
package struct PolicyConsultation {
    package let command: [String]
    private let workingFolder: String
    let timeLimit: Double
    package let alphaMax: Float
    private var program: PolicyProgram?
    private var strayLinesBefore = 0
    /// PSNR of a received picture beside its photo.
    private let score: @Sendable (_ outcome: PolicyOutcome, _ picture: String) -> Double?
    /// Transmitters for whose images the program may hear it.
    private let scored: Set<String>
    /// The last question about each image that is under way.
    private var questions: [Subject: Int] = [:]

    private struct Subject: Hashable {
        var transmitter: String
        var image: Int
    }
    /// Lines that answered no question, of all programs so far.
    var strayLines: Int { strayLinesBefore + (program?.strayLines ?? 0) }

    /// - Parameter folder: the run's, in which received pictures lie.
    package init(_ topology: Topology, folder: String) {
        let scheme = topology.externalScheme ?? topology.scheme
        command = scheme.policyCommand
        workingFolder = topology.workingFolder
        timeLimit = scheme.policyTimeLimit
        alphaMax = scheme.alphaMax
        let sides = Dictionary(
            uniqueKeysWithValues: topology.transmitters.map { ($0.name, ($0.images ?? topology.images).longestSide) })
        scored = Set(topology.transmitters.map(\.name).filter { topology.scheme(of: $0).policyPSNR })
        score = { outcome, picture in
            OutcomeScore.psnr(
                photo: outcome.photo, picture: "\(folder)/\(picture)",
                longestSide: sides[outcome.transmitter] ?? nil)
        }
    }

    var processes: [Int32] { program.map { [$0.processIdentifier] } ?? [] }

    /// Ends the program, if it runs.
    package mutating func end() {
        strayLinesBefore = strayLines
        program = nil
        questions = [:]
    }

    /// The same at the end of a run, once the program has taken in what it was told.
    package mutating func finish() {
        program?.finish()
        end()
    }

    /// Tells the program what became of an image that it was asked about.
    /// - Parameter picture: in the run's folder; empty where there is none.
    package mutating func tell(_ outcome: PolicyOutcome, picture: String) {
        let subject = Subject(transmitter: outcome.transmitter, image: outcome.image)
        guard let program, let id = questions[subject] else { return }
        if outcome.awaited == 0 { questions[subject] = nil }
        guard program.wantsOutcomes else { return }
        var told = outcome
        told.id = id
        if !picture.isEmpty, scored.contains(outcome.transmitter) { told.psnr = score(outcome, picture) }
        program.tell(told)
    }

    /// For the record: nil where every line answered a question.
    package func strayRecord(at instant: Int64) -> Record? {
        guard strayLines > 0 else { return nil }
        let detail =
            "'\(command.joined(separator: " "))' printed \(strayLines) lines that answer no question; "
            + "they were left out"
        return .event(EventRecord(at: instant, node: "controller", severity: .warning, what: "policy", detail: detail))
    }

    package mutating func reply(to situation: Situation) -> PolicyReply {
        do {
            let program = try program ?? PolicyProgram(command: command, folder: workingFolder, patience: timeLimit)
            self.program = program
            let decision = try program.decide(situation, alphaMax: alphaMax)
            if let context = situation.context {
                questions[Subject(transmitter: context.transmitter, image: context.image)] = program.asked
            }
            return .decision(decision)
        } catch {
            end()
            return .failure("\(error)")
        }
    }
}
