import Foundation
import Imaging
import Testing

@testable import EntropyCoding
@testable import HyperpriorCodec
@testable import SideInformation

/// The entropy coders by themselves.
struct CoderTests {
    private struct Noise {
        var state: UInt64
        mutating func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(max(1, bound)))
        }
    }

    @Test func symbolsSurviveWithEscapes() {
        let coder = GaussianScales().coder
        var noise = Noise(state: 7)
        for count in [0, 1, 2, 3, 17, 400, 5000] {
            for spread in [1, 3, 100, 200_000_000] {
                let contexts = (0..<count).map { _ in UInt8(noise.next(coder.tables.count)) }
                let symbols = (0..<count).map { _ in Int32(noise.next(spread) - spread / 2) }
                let bytes = symbols.withUnsafeBufferPointer { s in
                    contexts.withUnsafeBufferPointer { coder.encode(symbols: s, contexts: $0) }
                }
                var decoded = [Int32](repeating: -1, count: count)
                func decode(_ bytes: [UInt8]) -> Bool {
                    decoded.withUnsafeMutableBufferPointer { d in
                        contexts.withUnsafeBufferPointer { coder.decode(bytes[...], contexts: $0, into: d) }
                    }
                }
                #expect((count == 0 && bytes.count <= 1) || decode(bytes))
                #expect(count == 0 || decoded == symbols)
                let ideal = zip(symbols, contexts).reduce(0.0) {
                    $0 + Double(coder.cost(symbol: $1.0, context: Int($1.1)))
                }
                #expect(Double(8 * bytes.count) <= ideal * 1.0005 + 32, "\(count) symbols, spread \(spread)")
                // One byte less or more is noticed.
                if bytes.count > 8 {
                    #expect(!decode(Array(bytes.dropLast())))
                    #expect(!decode(bytes + [0]))
                }
            }
        }
    }

    @Test func extremesOfATable() {
        // All symbols the least, or the greatest, of their tables: the coder's state stays where no bit is learnt.
        let coder = GaussianScales().coder
        for t in [0, 40, coder.tables.count - 1] {
            for symbol in [coder.tables.offsets[t], -coder.tables.offsets[t], 0] {
                let symbols = [Int32](repeating: symbol, count: 3000)
                let contexts = [UInt8](repeating: UInt8(t), count: 3000)
                let bytes = symbols.withUnsafeBufferPointer { s in
                    contexts.withUnsafeBufferPointer { coder.encode(symbols: s, contexts: $0) }
                }
                var decoded = [Int32](repeating: -1, count: 3000)
                let intact = decoded.withUnsafeMutableBufferPointer { d in
                    contexts.withUnsafeBufferPointer { coder.decode(bytes[...], contexts: $0, into: d) }
                }
                #expect(intact && decoded == symbols)
            }
        }
    }

    @Test func masksAndTables() throws {
        var noise = Noise(state: 3)
        for (rows, columns) in [(4, 4), (12, 16), (32, 32), (8, 100)] {
            for kind in 0..<6 {
                var mask = Mask(width: columns, height: rows, repeating: kind == 0)
                for row in 0..<rows {
                    for column in 0..<columns {
                        let distance =
                            (row - rows / 2) * (row - rows / 2) + (column - columns / 3) * (column - columns / 3)
                        switch kind {
                        case 2: mask[row, column] = distance < rows * rows / 6
                        case 3: mask[row, column] = noise.next(2) == 0
                        case 4: mask[row, column] = noise.next(50) == 0
                        case 5: mask[row, column] = column > columns / 2
                        default: break
                        }
                    }
                }
                var entries: [SliceTable.Entry] = []
                var position = 0
                while position < mask.count {
                    let size = min(mask.count - position, 1 + noise.next(20))
                    entries.append(.init(cells: position..<position + size, byteCount: 900 + noise.next(200)))
                    position += size
                }
                for i in entries.indices.reversed() where i > 0 { entries.swapAt(i, noise.next(i + 1)) }
                var encoder = BitEncoder()
                MaskCode.encode(mask, with: &encoder)
                SliceTable(entries: entries).encode(with: &encoder)
                let bytes = encoder.finish()
                var decoder = BitDecoder(bytes[...])
                #expect(try MaskCode.decode(rows: rows, columns: columns, with: &decoder) == mask)
                #expect(try SliceTable(cells: mask.count, with: &decoder).entries == entries)
            }
        }
    }

    @Test func smoothMasksAreCheap() {
        var mask = Mask(width: 32, height: 32, repeating: false)
        for row in 0..<32 {
            for column in 0..<32 { mask[row, column] = (row - 14) * (row - 14) + (column - 18) * (column - 18) < 90 }
        }
        var encoder = BitEncoder()
        MaskCode.encode(mask, with: &encoder)
        #expect(8 * encoder.finish().count < 260)
    }

    @Test func promptsSurvive() throws {
        for text in [
            "", "a", "a photo of a dog", "Ein Foto von 100 Äpfeln — 日本の猫 🐈", String(repeating: "word ", count: 300),
        ] {
            #expect(try PromptCode.decode(PromptCode.encode(text)[...]) == text)
        }
        let caption = "a photo of a brown dog running through the tall green grass"
        #expect(8 * PromptCode.encode(caption).count < 4 * caption.utf8.count)
        #expect(PromptCode.sendable(String(repeating: "é", count: 5000)).utf8.count <= PromptCode.longest)
    }

    @Test func scanVisitsEveryCellOnce() {
        for (rows, columns) in [(4, 4), (8, 12), (32, 32), (4, 64), (24, 20)] {
            let cells = ScanOrder(rows: rows, columns: columns).cells
            #expect(cells.sorted() == (0..<Int32(rows * columns)).map { $0 })
        }
        let square = ScanOrder(rows: 16, columns: 16).cells
        #expect(zip(square, square.dropFirst()).allSatisfy { abs($0 / 16 - $1 / 16) + abs($0 % 16 - $1 % 16) == 1 })
    }

    @Test func scaleIndicesAreNearest() {
        let ladder = GaussianScales().ladder
        for gain in [0.085, 0.3, 1, 1.15] {
            let indexer = ScaleIndexer(ladder: ladder, gain: gain)
            indexer.withTables { index in
                for value in stride(from: Int32(0), to: 1 << 26, by: 9973) {
                    let scale = Double(value) / Double(1 << HyperSynthesis.outputFractionBits) * gain
                    let t = Int(index(value))
                    let own = abs(log(max(scale, 0.01) / Double(ladder[t])))
                    for other in [t - 1, t + 1] where ladder.indices.contains(other) {
                        #expect(own <= abs(log(max(scale, 0.01) / Double(ladder[other]))) + 1e-6)
                    }
                }
            }
        }
    }
}
