import Adaptation
import Declarations

package enum PredictionName: String, Sendable, CaseIterable {
    /// The newest report stands until the next.
    case last
    /// Each block keeps a share of the one before; the rest is drawn anew around the mean.
    case gaussMarkov
}

/// What reaches the controller of the channel's state, and what it makes of it.
///
/// The reports themselves cross the reliable control link; delay, error and loss are drawn here by link and block, so
/// that a real run and a virtual one miss the same reports.
package struct ControllerSettings: Sendable, Equatable {
    /// Where the nodes reach the controller; not the loopback's where nodes are on other hosts.
    package var address: String
    /// Where its socket is bound; nil: to the address.
    package var bind: String?
    /// 0: the system chooses.
    package var port: Int
    /// Seconds without any news of nodes that others start, until the run gives up waiting for them.
    package var wait: Double
    /// Seconds from the beginning of a coherence block until its report is heard.
    package var reportDelay: Double
    /// Probability that the report of a block never comes. That of a block without end is repeated until it does.
    package var reportLoss: Double
    /// Standard deviation of the reported SNR's error, in decibels.
    package var estimationError: Double
    package var prediction: PredictionName
    /// Correlation of successive blocks for the Gauss–Markov prediction; `nil`: the link's own model's.
    package var correlation: Double?
    /// ε: the SNR counted on is exceeded with probability 1 − ε; `nil`: the expected one.
    package var outage: Double?

    /// Nothing stands between the channel's state and the controller: it decides on what is.
    package var isIdeal: Bool { reportDelay == 0 && reportLoss == 0 && estimationError == 0 && prediction == .last }

    init(_ s: YAMLSection) {
        address = s.text(
            "address", default: "127.0.0.1",
            "Address at which the nodes reach the controller; for runs over several hosts.")
        bind = s.text("bind", "Address its socket is bound to, where that is another; 0.0.0.0 for all of the host's.")
        let isOpen = s.has("port")
        port = s.integer(
            "port", default: 0, in: 0...65535, "UDP port the nodes send to, for a firewall; 0 lets the system choose.")
        if !isOpen { s.omit("port") }
        wait = s.quantity(
            "wait", .duration, default: 600, least: 1, most: 604_800,
            "How long nodes that others start are waited for, without any news of them.")
        if !s.has("wait") { s.omit("wait") }
        reportDelay = s.quantity(
            "reportDelay", .duration, default: 0, least: 0, most: 60,
            "Time from the beginning of a coherence block until its report is heard.")
        reportLoss = s.quantity(
            "reportLoss", .share, default: 0, least: 0, most: 0.99,
            "Probability that the report of a block never comes.")
        estimationError = s.quantity(
            "estimationError", .level, default: 0, least: 0, most: 40, "Standard deviation of the reported SNR's error."
        )
        prediction = s.choice(
            "prediction", default: PredictionName.last,
            "How the state is carried from the reported block to the one to be used.")
        correlation = s.number(
            "correlation", default: nil, in: 0...1,
            "Correlation of successive blocks for the Gauss–Markov prediction; the link's own model's where absent.")
        outage = s.quantity(
            "outage", .share, default: nil, least: 0, most: 0.5, exclusive: true,
            "The SNR counted on is exceeded with all but this probability; the expected one where absent.")
        s.finish()
        if prediction != .gaussMarkov, s.has("correlation") {
            s.report("correlation", "has no meaning for prediction 'last'; it belongs to gaussMarkov")
        }
        if outage != nil, prediction == .last, estimationError == 0 {
            s.report(
                "outage",
                "has no effect: with prediction 'last' and no estimationError nothing is uncertain to the "
                    + "controller; use gaussMarkov"
            )
        }
    }

    /// The estimator for one link.
    package func estimator(of channel: ChannelSettings) -> ChannelEstimator {
        let method: ChannelEstimator.Method =
            switch prediction {
            case .last: .lastValue
            case .gaussMarkov: .gaussMarkov(correlation: correlation ?? channel.blockCorrelation)
            }
        return ChannelEstimator(method: method, outage: outage, errorDeviation: estimationError)
    }
}
