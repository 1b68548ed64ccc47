import Foundation
import Imaging
import Testing

@testable import Semantics

@Suite struct ImportanceTests {
    @Test func selectionFollowsEquation17() {
        let plane = Plane(width: 3, height: 2, values: [0, 0.3, 0.5, 0.7, 0.9, 1])
        #expect(plane.selection(threshold: 0).count == 6)
        #expect(plane.selection(threshold: 0.5).values == [false, false, true, true, true, true])
        #expect(plane.selection(threshold: 1).values == [false, false, false, false, false, true])
        #expect(plane.selection(threshold: 1.01).count == 0)
    }

    @Test func cellsBeyondThePictureTakeTheEdge() {
        let map = Plane(width: 4, height: 1, values: [0, 1, 2, 3]).normalised()
        let grid = CellGrid(rows: 4, columns: 8, imageWidth: 64, imageHeight: 20, cell: 16).sample(map)
        #expect(grid[0, 0] == 0 && grid[0, 3] == 1)
        #expect((4..<8).allSatisfy { grid[0, $0] == 1 })
        #expect((1..<4).allSatisfy { row in (0..<8).allSatisfy { grid[row, $0] == grid[0, $0] } })
    }

    @Test func aFlatMapPrefersNothing() {
        #expect(Plane(width: 2, height: 2, repeating: -3).normalised().values == [1, 1, 1, 1])
    }

    @Test func aMapOfOnesOwn() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("importance-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Left half black, right half white, at the photo's size and at a smaller one of its aspect.
        for (width, height) in [(128, 96), (40, 30)] {
            let path = folder.appendingPathComponent("map\(width).png").path
            var map = Image(width: width, height: height, grey: 0)
            map.paste(Image(width: width / 2, height: height, grey: 255), x: width / 2, y: 0)
            try map.write(to: path)
            let importance = try Importance(map: path, rows: 8, columns: 8, imageWidth: 128, imageHeight: 96, cell: 16)
            #expect(importance.labels.isEmpty)
            #expect(importance.plane[0, 0] == 0 && importance.plane[5, 7] == 1)
            #expect(importance.plane.selection(threshold: 0.5).count == 32)
            let failure = #expect(throws: SemanticsFailure.self) {
                try Importance(map: path, rows: 8, columns: 8, imageWidth: 128, imageHeight: 128, cell: 16)
            }
            #expect(failure?.description.contains("another aspect") == true)
        }
        let matrix = folder.appendingPathComponent("map.npy").path
        let own = Plane(width: 12, height: 8, values: (0..<96).map { Float($0) / 95 })
        try own.writeNPY(to: matrix)
        #expect(
            try Importance(map: matrix, rows: 8, columns: 12, imageWidth: 190, imageHeight: 120, cell: 16).plane == own)
        try Plane(width: 12, height: 8, repeating: 1.5).writeNPY(to: matrix)
        #expect(throws: SemanticsFailure.valuesOutOfRange(path: matrix, lowest: 1.5, highest: 1.5)) {
            try Importance(map: matrix, rows: 8, columns: 12, imageWidth: 190, imageHeight: 120, cell: 16)
        }
    }
}
