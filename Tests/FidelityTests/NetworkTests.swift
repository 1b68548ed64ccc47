import Foundation
import Imaging
import Neural
import Testing

@testable import Fidelity

@Suite struct NetworkTests {
    let original: Image
    let received: Image

    init() throws {
        original = try Image(contentsOf: golden("fair-original.png"))
        received = try Image(contentsOf: golden("fair-received.png"))
    }

    func check(folder: String) throws {
        let results = try SafeTensors(path: folder + "/networks.safetensors")
        let inception = try InceptionFeatures(SafeTensors(path: folder + "/inception.safetensors"))
        for (name, image) in [("original", original), ("received", received)] {
            let expected = try results.tensor("inception-" + name).values
            let found = inception(image)
            #expect(found.count == expected.count && inception.count == expected.count)
            let error = zip(found, expected).map { abs($0 - $1) }.max()! / expected.map(abs).max()!
            #expect(error < 1e-4, "\(name): \(error)")
        }
        for kind in ["alex", "vgg"] {
            let measure = try LearnedSimilarity(
                weights: SafeTensors(path: "\(folder)/\(kind).safetensors"),
                heads: SafeTensors(path: "\(folder)/\(kind)-heads.safetensors"))
            let expected = try Double(results.tensor("lpips-" + kind).values[0])
            let found = measure(original, received)
            #expect(abs(found - expected) < 1e-4 * expected, "\(kind): \(found), expected \(expected)")
            #expect(measure(original, original) == 0)
        }
    }

    @Test func narrowNetworksFollowTheirPackages() throws {
        try check(folder: URL(fileURLWithPath: golden("values.json")).deletingLastPathComponent().path)
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["GENSEMCOM_GOLDEN_FIDELITY"] != nil))
    func fullNetworksFollowTheirPackages() throws {
        try check(folder: ProcessInfo.processInfo.environment["GENSEMCOM_GOLDEN_FIDELITY"]!)
    }

    @Test func wrongFilesAreNamed() throws {
        let alex = try SafeTensors(path: golden("alex.safetensors"))
        let vggHeads = try SafeTensors(path: golden("vgg-heads.safetensors"))
        let wrong = #expect(throws: SafeTensors.Failure.self) { try LearnedSimilarity(weights: alex, heads: vggHeads) }
        #expect(wrong?.description.contains("vgg-heads.safetensors: tensor 'lin1.model.1.weight' has shape") == true)
        let missing = #expect(throws: SafeTensors.Failure.self) { try InceptionFeatures(alex) }
        #expect(missing?.description.contains("'Conv2d_1a_3x3.conv.weight' is missing") == true)
    }
}
