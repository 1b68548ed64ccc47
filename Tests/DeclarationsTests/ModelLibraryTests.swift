import Foundation
import TestSupport
import Testing

@testable import Declarations

/// Models by name, in a made-up repository.
@Suite struct ModelLibraryTests {
    private func withRepository(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("models-\(UUID().uuidString)")
            .resolvingSymlinksInPath()
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("Models/installed"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("bin/deep"), withIntermediateDirectories: true)
        let catalogue = """
            small-resnet: {kind: classifier, origin: shipped, path: shipped.safetensors}
            efficientnet-lite0: {kind: classifier, origin: pypi}
            hyperprior-1: {kind: codec, origin: compressai}
            """
        try catalogue.write(
            to: folder.appendingPathComponent("Models/catalogue.yaml"), atomically: true, encoding: .utf8)
        try body(folder)
    }

    @Test func theCatalogueLiesInAFolderOrAroundIt() throws {
        try withRepository { folder in
            #expect(ModelLibrary.root(from: folder) == folder.path)
            #expect(ModelLibrary.root(from: folder.appendingPathComponent("bin/deep")) == folder.path)
            #expect(ModelLibrary.root(from: folder.deletingLastPathComponent()) == nil)
        }
    }

    @Test func withoutTheUsualClassifierOneLineSaysSo() throws {
        try withRepository { folder in
            let library = ModelLibrary(root: folder.path, installed: nil)
            #expect(library.defaultClassifier == nil && library.classifierName(nil) == "small-resnet")
            #expect(
                library.notice?.contains(
                    "efficientnet-lite0 is not installed (Scripts/models install efficientnet-lite0)") == true)
            let place = folder.path + "/Models/installed/efficientnet-lite0.safetensors"
            try Data().write(to: URL(fileURLWithPath: place))
            #expect(library.defaultClassifier == place && library.notice == nil)
            #expect(library.name(of: place) == "efficientnet-lite0")
            #expect(ModelLibrary(root: folder.path, installed: folder.path + "/elsewhere").notice != nil)
        }
    }

    @Test func namesStandWhereverPathsCan() throws {
        try withRepository { folder in
            let library = ModelLibrary(root: folder.path, installed: "")
            let named: String = try library.path("small-resnet", kind: .classifier, from: "/")
            let file: String = try library.path("some/file.safetensors", kind: .classifier, from: "/a")
            #expect(named == folder.path + "/shipped.safetensors")
            #expect(file == "/a/some/file.safetensors")
            for (text, reason) in [
                ("efficientnet-lite0", "is not installed: Scripts/models install efficientnet-lite0"),
                ("hyperprior-1", "is a model's name, but of kind codec, not classifier"),
                ("efficientnet-lite1", "is no model's name; nearest: 'efficientnet-lite0'"),
            ] {
                let failure = #expect(throws: UnknownModel.self) {
                    try library.path(text, kind: .classifier, from: "/")
                }
                #expect(
                    failure?.description.contains("'\(text)'") == true && failure?.description.contains(reason) == true)
            }
        }
    }
}
