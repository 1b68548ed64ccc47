import Foundation
import Imaging
import Neural
import Testing

@testable import HyperpriorCodec

/// Transmitter and receiver need not compute alike: what one machine codes,
/// every other must decode to the same symbols.
///
/// `Scripts/check/kernels` runs this twice for every pair of OpenBLAS kernels and thread counts: once with
/// GENSEMCOM_EXCHANGE=write:FOLDER, then with read:FOLDER.
@Suite(.enabled(if: shippedModel != nil, "no checkpoint in Resources"))
struct KernelExchangeTests {
    private static let exchange = ProcessInfo.processInfo.environment["GENSEMCOM_EXCHANGE"]?.split(
        separator: ":", maxSplits: 1
    ).map(String.init)

    private static func fingerprint(_ symbols: Catalogue.DecodedSymbols) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        let numbers: [Int32] = symbols.values + symbols.scales
        for value in numbers {
            hash = (hash ^ UInt64(UInt32(bitPattern: value))) &* 0x9e37_79b9_7f4a_7c15
            hash ^= hash >> 29
        }
        return String(hash, radix: 16) + " \(symbols.received.count)"
    }

    @Test func streamsTravel() throws {
        let catalogue = try Catalogue(path: shippedModel)
        let folder = Self.exchange?.count == 2 ? Self.exchange![1] : nil
        let writes = Self.exchange?.first != "read"
        let cases: [(size: Int, rate: Int)] = [(96, 1), (160, 10), (128, catalogue.rateCount)]
        for (size, rate) in cases {
            let file = "\(folder ?? "")/\(size)-\(rate)"
            if writes {
                let analysis = try catalogue.analyse(testPicture(width: size, height: size - 20))
                let all = Mask(width: analysis.columns, height: analysis.rows, repeating: true)
                let flat = Plane(width: analysis.columns, height: analysis.rows, repeating: 1)
                let stream = try catalogue.encode(
                    analysis, rate: rate, mask: all, importance: flat, prompt: "", alpha: 0, referenceInformation: 1)
                let symbols = try catalogue.decodeSymbols(stream)
                #expect(symbols.damaged.isEmpty)
                if folder != nil {
                    try Data(stream.serialised()).write(to: URL(fileURLWithPath: file + ".gsc"))
                    try Self.fingerprint(symbols).write(toFile: file + ".txt", atomically: true, encoding: .utf8)
                } else {
                    // Without an exchange folder: at least the thread counts of this process.
                    setComputeThreads(1)
                    let alone = try catalogue.decodeSymbols(stream)
                    setComputeThreads(2)
                    let together = try catalogue.decodeSymbols(stream)
                    let prints: [String] = [symbols, alone, together].map(Self.fingerprint)
                    #expect(prints[1] == prints[0])
                    #expect(prints[2] == prints[0])
                }
            } else {
                let data = try Data(contentsOf: URL(fileURLWithPath: file + ".gsc"))
                let stream = try Bitstream(serialised: [UInt8](data))
                let expected: String = try String(contentsOfFile: file + ".txt", encoding: .utf8)
                let found: String = Self.fingerprint(try catalogue.decodeSymbols(stream))
                #expect(found == expected)
            }
        }
    }
}
