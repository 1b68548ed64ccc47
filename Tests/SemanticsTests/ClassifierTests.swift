import Files
import Foundation
import Imaging
import Neural
import Testing

@testable import Semantics

@Suite struct ClassifierTests {
    @Test(arguments: ["basic", "bottleneck", "lite", "timm"], [(224, 224), (512, 512), (500, 333)])
    func logitsAndMapsFollowPyTorch(name: String, size: (Int, Int)) throws {
        let classifier = try Classifier(weights: golden(name + ".safetensors"))
        try check(classifier, results: golden(name + "-results.safetensors"), size: size)
    }

    /// A photo of any size, made smaller as EfficientNet-Lite wants it.
    @Test func theBicubicWayFromPhotoToLogits() throws {
        let expected = try SafeTensors(path: golden("lite-way.safetensors")).tensor("logits").values
        let found = try Classifier(weights: golden("lite.safetensors")).examine(picture(width: 500, height: 333))
        #expect(relativeError(found.logits, expected) < 1e-4)
    }

    /// Full-width networks; their files are too large for the repository (`Scripts/golden/semantics --full FOLDER`).
    @Test(
        .enabled(if: ProcessInfo.processInfo.environment["GENSEMCOM_GOLDEN_SEMANTICS"] != nil),
        arguments: ["resnet18", "resnet34", "resnet50", "efficientnet-lite0", "efficientnet-lite2"])
    func fullNetworksFollowPyTorch(name: String) throws {
        let folder = ProcessInfo.processInfo.environment["GENSEMCOM_GOLDEN_SEMANTICS"]!
        let classifier = try Classifier(weights: "\(folder)/\(name).safetensors")
        for size in [(224, 224), (512, 512), (500, 333)] {
            try check(classifier, results: "\(folder)/\(name)-results.safetensors", size: size)
        }
    }

    func check(_ classifier: Classifier, results: String, size: (Int, Int)) throws {
        let results = try SafeTensors(path: results)
        let suffix = "-\(size.0)x\(size.1)"
        let found = try classifier.examine(picture(width: size.0, height: size.1), backboneSize: .native)
        let logits = try results.tensor("logits" + suffix).values
        let error = relativeError(found.logits, logits)
        #expect(error < 1e-4, "logits \(error)")
        let maps = try results.tensor("maps" + suffix)
        let area = maps.shape[1] * maps.shape[2]
        let top = found.best(1)[0].index
        for k in 0..<maps.shape[0] {
            let expected = Plane(
                width: maps.shape[2], height: maps.shape[1], values: Array(maps.values[k * area..<(k + 1) * area]))
            let map = found.activationMap(class: maps.shape[0] == 1 ? top : k)
            #expect(map.width == expected.width && map.height == expected.height)
            let difference = zip(map.normalised().values, expected.normalised().values).map { abs($0 - $1) }.max()!
            #expect(difference < 1e-3, "class \(k): \(difference)")
        }
    }

    /// Weights that learnt from enlarged photos say so: what is finer changes nothing for them.
    @Test func detailBeyondTheTrainingsIsNotSeen() throws {
        let original = try Data(contentsOf: URL(fileURLWithPath: golden("basic.safetensors")))
        let length = original.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = String(decoding: original[8..<8 + length], as: UTF8.self)
        func classifier(detail: String) throws -> Classifier {
            let new =
                Data("{\"__metadata__\":{\"detail\":\"\(detail)\"},".utf8)
                + Data(header.drop { $0 == " " }.dropFirst().utf8)
            let path = FileManager.default.temporaryDirectory.appendingPathComponent(
                "detail-\(UUID().uuidString).safetensors"
            ).path
            defer { try? FileManager.default.removeItem(atPath: path) }
            try (withUnsafeBytes(of: UInt64(new.count).littleEndian) { Data($0) } + new + original[(8 + length)...])
                .write(to: URL(fileURLWithPath: path))
            return try Classifier(weights: path)
        }
        let sharp = picture(width: 224, height: 224)
        let soft = sharp.resized(width: 64, height: 64, filter: .bilinear).resized(
            width: 224, height: 224, filter: .bilinear)
        let plain = try Classifier(weights: golden("basic.safetensors"))
        let shown = try classifier(detail: "0.2857").examine(sharp)
        let (softLogits, sharpLogits) = (try plain.examine(soft).logits, try plain.examine(sharp).logits)
        #expect(shown.logits == softLogits && softLogits != sharpLogits)
        #expect(try classifier(detail: "1").examine(sharp).logits == sharpLogits)
        for wrong in ["0", "1.5", "much"] {
            let error = #expect(throws: SafeTensors.Failure.self) { _ = try classifier(detail: wrong) }
            #expect(error?.description.contains("detail is '\(wrong)'") == true)
        }
    }

    @Test func theWholeWayFromPhotoToImportance() throws {
        let results = try SafeTensors(path: golden("basic-way.safetensors"))
        let found = try Classifier(weights: golden("basic.safetensors")).examine(picture(width: 500, height: 333))
        #expect(try relativeError(found.logits, results.tensor("logits").values) < 1e-4)
        let expected = try [2, 5].map { try results.tensor("importance\($0)").values }
        for (k, values) in zip([2, 5], expected) {
            let importance = try found.importance(
                label: .index(k), rows: 28, columns: 40, imageWidth: 640, imageHeight: 448, cell: 16)
            #expect(zip(importance.plane.values, values).allSatisfy { abs($0 - $1) < 1e-3 })
            #expect(importance.labels.map(\.index) == [k])
        }
        let both = try found.importance(
            label: .named(["class 2", "Class 5"]), rows: 28, columns: 40, imageWidth: 640, imageHeight: 448, cell: 16)
        #expect(zip(both.plane.values, zip(expected[0], expected[1]).map(max)).allSatisfy { abs($0 - $1) < 1e-3 })
        #expect(both.labels.map(\.name) == ["class 2", "class 5"])
    }

    @Test func probabilitiesAreASoftmax() throws {
        let found = try Classifier(weights: golden("basic.safetensors")).examine(picture(width: 96, height: 64))
        #expect(abs(found.probabilities.reduce(0, +) - 1) < 1e-5)
        #expect(found.best(7).map(\.probability) == found.probabilities.sorted(by: >))
        #expect(
            try found.importance(label: .top, rows: 4, columns: 8, imageWidth: 96, imageHeight: 64, cell: 16).labels
                == found.best(1))
    }

    @Test func damageIsNamed() throws {
        #expect(throws: SafeTensors.Failure.self) { try Classifier(weights: "/nowhere.safetensors") }
        let results = #expect(throws: SafeTensors.Failure.self) {
            try Classifier(weights: golden("basic-way.safetensors"))
        }
        #expect(results?.description.contains("'conv1.weight' is missing") == true)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("semantics-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let list = folder.appendingPathComponent("names.txt").path
        try "cat\ndog\n".write(toFile: list, atomically: true, encoding: .utf8)
        let mismatch = #expect(throws: SemanticsFailure.self) {
            try Classifier(weights: golden("basic.safetensors"), classNames: list)
        }
        #expect(mismatch?.description.contains("names 2 classes, but the head of") == true)
        let classifier = try Classifier(weights: golden("basic.safetensors"))
        #expect(throws: SemanticsFailure.tooSmall(width: 8, height: 8)) {
            try classifier.examine(Image(width: 8, height: 8), backboneSize: .native)
        }
        let found = try classifier.examine(picture(width: 64, height: 64))
        #expect(throws: SemanticsFailure.labelOutOfRange(index: 7, count: 7)) { try found.labels(.index(7)) }
        #expect(throws: SemanticsFailure.emptyLabelList) { try found.labels(.named([])) }
    }
}

@Suite struct ClassNameTests {
    @Test func imageNetSpeaksWords() throws {
        let names = try ClassNames.imageNet()
        #expect(names.names.count == 1000)
        #expect(try names.index(of: "Golden Retriever") == 207)
        #expect(try names.index(of: "espresso") == 967)
        let failure = #expect(throws: SemanticsFailure.self) { try names.index(of: "goldn retriever") }
        #expect(failure?.description.contains("'golden retriever'") == true)
        #expect(names.nearest(to: "cat").contains { $0.contains("cat") })
        #expect(names.nearest(to: "qqqqqqqqqqqq").isEmpty)
    }

    @Test func synonymsCount() throws {
        let names = ClassNames(["tench, Tinca tinca", "sports car", "car"])
        #expect(try names.index(of: "tinca TINCA") == 0)
        #expect(try names.index(of: "sports_car") == 1)
        #expect(try names.index(of: "car") == 2)
    }

    @Test func captions() throws {
        #expect(Caption.naming(["cat"]) == "a photo of a cat")
        #expect(Caption.naming(["apple, fruit", "dog", "egg"]) == "a photo of an apple, a dog and an egg")
        #expect(Caption.sidecarPath(of: "a/b.c/photo.jpg").hasSuffix("a/b.c/photo.txt"))
        #expect(throws: FileFailure.unreadable(path: "/nowhere.txt", reason: "no such file or folder")) {
            try Caption.read("/nowhere.txt")
        }
    }
}

/// Pictures so long and narrow that their input would fill the memory.
@Suite struct InputBoundTests {
    @Test(arguments: [(1, 5000), (4096, 4), (5000, 1)]) func extremePicturesAreRefused(
        _ width: Int, _ height: Int
    ) throws {
        #expect(throws: SemanticsFailure.self) { try BackboneSize.shorterSide(224).check(width: width, height: height) }
        #expect(throws: SemanticsFailure.self) {
            try Classifier().examine(Image(width: width, height: height, grey: 100))
        }
    }

    @Test(arguments: [(768, 512), (16_000, 400), (64, 64)]) func photosAreNot(_ width: Int, _ height: Int) throws {
        try BackboneSize.shorterSide(224).check(width: width, height: height)
        try BackboneSize.native.check(width: width, height: height)
    }
}
