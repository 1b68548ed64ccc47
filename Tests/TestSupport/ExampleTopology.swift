import Foundation

/// A small topology that is right: one transmitter, one channel, one receiver.
package enum ExampleTopology {
    /// The repository's `Topologies`, where its photos lie.
    package static let folder =
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
        + "/Topologies"

    package static let yaml = """
        images: {folder: Photos, count: 2}
        nodes:
          a: {role: transmitter}
          air: {role: channel}
          b: {role: receiver}
        links:
          up: {from: a, through: air, to: b, model: rayleigh, bandwidth: 1 MHz, snr: -1 dB, coherence: 200 ms}
        scheme:
          budget: 20 ms
        """
}
