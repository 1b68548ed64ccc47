import Foundation
import Imaging
import Neural
import Testing

@testable import Inpainting
@testable import PromptEncoding

/// Every network against diffusers and transformers in single precision.
@Suite struct ReferenceTests {
    @Test func theTokenizerEqualsTransformersOnAThousandStrings() throws {
        let tokenizer = try Tokenizer(folder: Golden.folder.appending(path: "tokenizer").path, most: 77)
        struct Case: Decodable {
            let text: String
            let numbers: [Int]
            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                text = try list.decode(String.self)
                numbers = try list.decode([Int].self)
            }
        }
        let cases = try JSONDecoder().decode(
            [Case].self, from: Data(contentsOf: Golden.folder.appending(path: "tokens.json")))
        #expect(cases.count == 1000)
        for item in cases {
            let found = tokenizer(item.text)
            #expect(found.count == 77)
            #expect(Array(found.prefix(item.numbers.count)) == item.numbers, "\(item.text.debugDescription)")
            #expect(found.dropFirst(item.numbers.count).allSatisfy { $0 == tokenizer.padding })
        }
    }

    /// `tokenizer.json` alone gives the same numbers as `vocab.json` with `merges.txt`.
    @Test func theJointTokenizerFileIsReadToo() throws {
        let source = Golden.folder.appending(path: "tokenizer")
        let folder = try TemporaryFolder()
        let vocabulary = try JSONSerialization.jsonObject(with: Data(contentsOf: source.appending(path: "vocab.json")))
        let merges = try String(contentsOf: source.appending(path: "merges.txt"), encoding: .utf8).split(
            separator: "\n"
        ).dropFirst()
        let joint: [String: Any] = [
            "model": ["vocab": vocabulary, "merges": merges.map { $0.split(separator: " ").map(String.init) }]
        ]
        try JSONSerialization.data(withJSONObject: joint).write(to: folder.url.appending(path: "tokenizer.json"))
        let text = "a man in BLUE, jumping 👩‍👧 naïvely"
        #expect(
            try Tokenizer(folder: folder.url.path, most: 77)(text) == Tokenizer(folder: source.path, most: 77)(text))
    }

    @Test(arguments: ["quick", "exact"]) func textEncoder(_ name: String) throws {
        let folder = try TemporaryFolder()
        try Synthetic.materialise("text_encoder-\(name)", at: folder.url.appending(path: "text_encoder"))
        let model = try TextEncoder(folder: folder.path("text_encoder"))
        let tokenizer = try Tokenizer(folder: Golden.folder.appending(path: "tokenizer").path, most: model.positions)
        let found = model(tokenizer("a photo of a dog running on the beach"))
        #expect(relativeError(found, try Golden.outputs().tensor("text_encoder-\(name)")) < 1e-4)
    }

    @Test(arguments: ["inpainting", "linear", "unusual", "no-middle"], [1, 737]) func unet(
        _ name: String, _ step: Int
    ) throws {
        let folder = try TemporaryFolder()
        try Synthetic.materialise("unet-\(name)", at: folder.url.appending(path: "unet"))
        let model = try UNet(folder: folder.path("unet"))
        let expected = try Golden.outputs().tensor("unet-\(name)/\(step)")
        let shape = [model.configuration.inputChannels, expected.shape[1], expected.shape[2]]
        let found = model(
            Synthetic.noise("unet-\(name)", shape), step: step, prompt: Synthetic.noise("prompt", [7, 32]))
        #expect(relativeError(found, expected) < 1e-3)
    }

    @Test(arguments: ["plain", "bare"]) func autoencoder(_ name: String) throws {
        let folder = try TemporaryFolder()
        try Synthetic.materialise("vae-\(name)", at: folder.url.appending(path: "vae"))
        let model = try Autoencoder(folder: folder.path("vae"))
        let outputs = try Golden.outputs()
        let canvas = Canvas(
            image: TestPicture.image(side: 32), mask: .init(width: 32, height: 32, repeating: true),
            factor: model.factor, latentChannels: 4)
        #expect(relativeError(model.encode(canvas.picture), try outputs.tensor("vae-\(name)/encode")) < 1e-3)
        let side = 32 / model.factor
        #expect(
            relativeError(
                model.decode(Synthetic.noise("vae-\(name)", [4, side, side])), try outputs.tensor("vae-\(name)/decode"))
                < 1e-3)
    }
}
