import Declarations
import Foundation
import ImagePipeline
import Imaging
import TestSupport
import Testing

@testable import Runs
@testable import Topologies

/// What is checked of a run's input before anything starts.
@Suite struct PreflightTests {
    @Test func everyTopologyOfTheRepositoryIsInOrder() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: ExampleTopology.folder).filter {
            $0.hasSuffix(".yaml")
        }
        #expect(files.count >= 8)
        for file in files {
            let topology = try Topology(contentsOf: "\(ExampleTopology.folder)/\(file)")
            _ = try topology.photos()
            _ = try topology.policies()
            #expect(topology.note != nil, "\(file) says what it is about")
        }
    }

    @Test func photosOfOneNameHaveMapsInFoldersOfTheSameNames() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("maps-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: "\(folder)/day", withIntermediateDirectories: true)
        for map in ["day/a.png", "a.npy"] { try Data([1]).write(to: URL(fileURLWithPath: "\(folder)/\(map)")) }
        var scheme = try Topology(contentsOf: ExampleTopology.folder + "/quickstart.yaml").scheme
        scheme.importance = folder
        #expect(try scheme.importanceMap(of: "/photos/day/a.jpg") == "\(folder)/day/a.png")
        #expect(try scheme.importanceMap(of: "/photos/night/a.jpg") == "\(folder)/a.npy")
        #expect(throws: InputError.self) { try scheme.importanceMap(of: "/photos/day/b.jpg") }
    }

    @Test func badPhotosAreSkippedOrEndTheRunAndFoldersAreGoneInto() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bad-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for inside in ["day", "night"] {
            try FileManager.default.createDirectory(atPath: "\(folder)/\(inside)", withIntermediateDirectories: true)
            try Image(width: 64, height: 48, grey: 90).write(to: "\(folder)/\(inside)/a.png")
        }
        try Image(width: 64, height: 48, grey: 90).write(to: folder + "/b.png")
        try Data("\0\0\0\u{1c}ftypavif".utf8).write(to: URL(fileURLWithPath: folder + "/c.avif"))
        try Data("RIFF\u{4}\0\0\0WEBP".utf8).write(to: URL(fileURLWithPath: folder + "/night/cut.webp"))
        func preflight(_ images: String) throws -> Preflight {
            let text = """
                images: {folder: \(folder)\(images)}
                nodes: {one: {role: transmitter}, air: {role: channel}, hub: {role: receiver}}
                links: {up: {from: one, through: air, to: hub, bandwidth: 1 MHz, snr: 5 dB}}
                """
            return try Preflight(try Topology(yaml: text, path: folder + "/test.yaml"))
        }
        func names(_ preflight: Preflight) -> [String] {
            preflight.photos["one"]!.map { String($0.dropFirst(folder.count + 1)) }
        }
        let line = "\(folder)/c.avif: AVIF is not supported, convert it to PNG or JPEG; left out"
        let flat = try preflight("")
        #expect(names(flat) == ["b.png"] && flat.warnings == [line])
        let all = try preflight(", recursive: yes")
        #expect(names(all) == ["b.png", "day/a.png", "night/a.png"])
        #expect(
            all.warnings == [
                line, "\(folder)/night/cut.webp: WebP: the file is damaged; left out",
            ])
        let error = #expect(throws: InputError.self) { try preflight(", recursive: yes, onBadImage: end") }
        for name in ["onBadImage", "2 of the photos", "c.avif", "night/cut.webp"] {
            #expect(error?.description.contains(name) == true, "\(error?.description ?? "")")
        }
        for name in ["c.avif", "night/cut.webp"] {
            try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
        #expect(names(try preflight(", recursive: yes, onBadImage: end")).count == 3)
        let wrong = #expect(throws: TopologyError.self) { try preflight(", onBadImage: stop") }
        #expect(wrong?.problems.first?.key == "images.onBadImage")
    }

    @Test func anImportanceMapThatFitsOnePhotoButNotTheNextIsNamedBeforeTheRun() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("maps-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Image(width: 64, height: 48, grey: 90).write(to: folder + "/a.png")
        try Image(width: 48, height: 64, grey: 90).write(to: folder + "/b.png")
        let map = folder + "-map.png"
        try Image(width: 32, height: 24, grey: 200).write(to: map)
        defer { try? FileManager.default.removeItem(atPath: map) }
        func topology(count: Int) throws -> Topology {
            let text = """
                images: {folder: \(folder), count: \(count)}
                nodes: {one: {role: transmitter}, air: {role: channel}, hub: {role: receiver}}
                links: {up: {from: one, through: air, to: hub, bandwidth: 1 MHz, snr: 5 dB}}
                scheme: {importance: \(map)}
                """
            return try Topology(yaml: text, path: folder + "/test.yaml")
        }
        #expect(try topology(count: 1).photos()["one"]?.count == 1)
        let error = #expect(throws: InputError.self) { _ = try topology(count: 2).photos() }
        let text = error?.description ?? ""
        #expect(
            text.contains("b.png") && text.contains("-map.png") && text.contains("another aspect")
                && text.contains("48×64"))
    }
}
