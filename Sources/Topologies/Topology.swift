/// One experiment as its file states it: the processes, the links between them, the photos, and how they are sent.
///
/// Units are base units throughout: seconds, hertz, bits, decibels where a name says so.
package struct Topology: Sendable, Equatable {
    package var name: String
    package var note: String?
    /// Seeds every random stream of the run.
    package var seed: UInt64
    /// In which captioners, policies and codecs work, an absolute path.
    package var workingFolder: String
    /// What stays of the run's folder.
    package var keep: Kept
    package var images: PhotoSource
    package var nodes: [NodeSettings]
    package var bands: [Band]
    package var links: [LinkSettings]
    package var scheme: Scheme
    package var controller: ControllerSettings
    package var models: Models
    package var timing: Timing
    package var events: [TimedEvent]
    package var sweep: Sweep?
    package var expectations: [ExpectedBound]
    /// The file as resolved: every default filled in, the seed and all overrides applied.
    package var resolvedYAML: String
    /// The same with what nodes that override a part of the scheme or of the photos make of the whole of it.
    package var outcomeYAML: String

    /// In which a node's programs work; nil on another host, where it is the node's own working folder.
    package func programFolder(of node: NodeSettings) -> String? { node.isDistant ? nil : workingFolder }

    package var transmitters: [NodeSettings] { nodes.filter { $0.role == .transmitter } }
    package func node(_ name: String) -> NodeSettings? { nodes.first { $0.name == name } }
    package func link(_ name: String) -> LinkSettings? { links.first { $0.name == name } }
    package func links(from node: String) -> [LinkSettings] { links.filter { $0.from == node } }
    package func links(to node: String) -> [LinkSettings] { links.filter { $0.to.contains(node) } }
    package func links(through node: String) -> [LinkSettings] { links.filter { $0.through == node } }
}

/// Weights; `nil` is the model that comes with the testbed.
package struct Models: Sendable, Equatable {
    package var codec: String?
    package var classifier: String?
    package var classNames: String?
}

package enum ComputeCharge: String, Sendable, CaseIterable { case measured, declared }

/// Bounds and charges of time.
package struct Timing: Sendable, Equatable {
    /// p99 of release lateness beyond which a run is invalid, in seconds.
    package var latenessBound: Double
    /// The channel node sleeps until at most this long before a release, then spins; zero never spins.
    package var spin: Double
    /// Wait beyond the deadline before an image is concluded with what has come.
    package var grace: Double
    /// What a stage costs in the virtual run, in seconds.
    package var charge: ComputeCharge
    /// Folder of the run whose measured stages are charged.
    package var recording: String?
    /// What a control message takes in the virtual run.
    package var controlDelay: Double
    /// Whether every packet is recorded.
    package var packets: Bool
    package var declared: [String: Double]
    /// The whole run is ended after this long; `nil`: when all images are through.
    package var limit: Double?
}

/// Something that happens at a set time after the first image may start.
package struct TimedEvent: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// `links.uplink.snr` and the like, to a new value as written.
        case set(key: String, value: String)
        /// The link carries nothing for that long.
        case flap(link: String, duration: Double)
        /// No datagram between the node and any other for that long.
        case partition(node: String, duration: Double)
        case pause(node: String, duration: Double)
        case kill(node: String)
        case restart(node: String)
        case join(node: String)
        case leave(node: String)
    }
    /// Seconds from the start of the run.
    package var at: Double
    package var kind: Kind
}

/// Values to run through: the product of all axes, repeated with seeds of their own.
package struct Sweep: Sendable, Equatable {
    package struct Axis: Sendable, Equatable {
        package var key: String
        /// As they would be written in the file.
        package var values: [String]
    }
    package var axes: [Axis]
    package var repetitions: Int
}
