import EntropyCoding
import Foundation
import Imaging
import Neural
import SideInformation
import Testing

@testable import HyperpriorCodec

/// Damaged and hostile streams: each ends in a picture of the declared size or in a named error, soon.
struct HostileStreamTests {
    static let runsAll = ProcessInfo.processInfo.environment["GENSEMCOM_ALL"] == "1"
    let catalogue: Catalogue

    init() throws { catalogue = try Catalogue(path: ExactnessTests.folder + "/vbr-8-12.safetensors") }

    private func stream(
        width: Int, height: Int, threshold: Float, rate: Int, prompt: String, layout: Int = 0
    ) throws -> Bitstream {
        let photo = testPicture(width: width, height: height)
        let analysis = try catalogue.analyse(photo)
        var importance = Plane(width: analysis.columns, height: analysis.rows)
        for row in 0..<analysis.rows {
            for column in 0..<analysis.columns {
                importance[row, column] = 1 / (1 + Float((row - 1) * (row - 1) + (column - 2) * (column - 2)) / 4)
            }
        }
        let mask = Mask(
            width: analysis.columns, height: analysis.rows, values: importance.values.map { $0 >= threshold })
        return try catalogue.encode(
            analysis, rate: rate, mask: mask, importance: importance, prompt: prompt, alpha: min(1, threshold),
            referenceInformation: 5, slicePayload: 60,
            layout: Layout.fit(photo, sent: mask, bytes: layout))
    }

    private static func mutate(_ bytes: inout [UInt8], _ next: (Int) -> Int) {
        switch next(6) {
        case 0: if !bytes.isEmpty { bytes[next(bytes.count)] ^= 1 << UInt8(next(8)) }
        case 1: if !bytes.isEmpty { bytes[next(bytes.count)] = UInt8(next(256)) }
        case 2: bytes.removeLast(next(min(bytes.count, 40) + 1))
        case 3: bytes.insert(UInt8(next(256)), at: next(bytes.count + 1))
        case 4: if !bytes.isEmpty { bytes.remove(at: next(bytes.count)) }
        default:
            // The first thirty bytes decide most.
            if bytes.count > 30 { bytes[next(30)] = UInt8(next(256)) }
        }
    }

    @Test func mutatedStreams() throws {
        let originals = try [
            stream(width: 75, height: 50, threshold: 0.3, rate: 8, prompt: "a photo of a dog"),
            stream(width: 40, height: 130, threshold: 0, rate: 4, prompt: ""),
            stream(width: 64, height: 64, threshold: 2, rate: 1, prompt: "nothing but words"),
            stream(width: 75, height: 50, threshold: 0.5, rate: 3, prompt: "a dog", layout: 60),
        ].map { $0.serialised() }
        let honest = try ContinuousClock().measure { _ = try catalogue.decode(Bitstream(serialised: originals[1])) }
        var random: UInt64 = 0x9e37_79b9_7f4a_7c15
        func next(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((random >> 33) % UInt64(max(1, bound)))
        }
        var (pictures, errors) = (0, 0)
        var slowest = Duration.zero
        // What the largest picture decoded may justify, beyond what the process held before.
        let before = Self.peakMemory()
        var largest = 0
        // GENSEMCOM_FUZZ asks for another number of streams, and for this test to be run alone (--filter
        // mutatedStreams).
        let wanted = ProcessInfo.processInfo.environment["GENSEMCOM_FUZZ"].flatMap(Int.init)
        let trials = wanted ?? (Self.runsAll ? 1_000_000 : 4000)
        for trial in 0..<trials {
            var bytes = originals[next(originals.count)]
            for _ in 0...next(4) { Self.mutate(&bytes, next) }
            let (start, processor) = (ContinuousClock().now, Self.processorTime())
            do {
                let stream = try Bitstream(serialised: bytes)
                if let layout = stream.layout, stream.header.width * stream.header.height <= 1 << 16 {
                    _ = layout.image(width: stream.header.width, height: stream.header.height)
                }
                largest = max(largest, stream.mask.values.count)
                let decoding = try catalogue.decode(stream)
                #expect(
                    decoding.image.width == stream.header.width && decoding.image.height == stream.header.height,
                    "trial \(trial)")
                pictures += 1
                // A large picture takes what a large picture takes.
                if stream.header.width * stream.header.height > 1 << 16 { continue }
            } catch let error as CodecFailure {
                #expect(!error.description.contains("\n"))
                errors += 1
            }
            // Of the two clocks the lesser: a process that is stopped, or waits for its turn, does not hang.
            slowest = max(slowest, min(ContinuousClock().now - start, Self.processorTime() - processor))
        }
        #expect(pictures > 0 && errors > 0)
        // The machine may be busy with other tests.
        #expect(slowest < honest + .milliseconds(Self.runsAll ? 100 : 1000), "slowest \(slowest)")
        guard wanted != nil else { return }
        // Alone, the process shows what the decoder takes. A cell's share of y, θ, ẑ and of the synthesis' widest
        // layer, all in single precision at 12 and 8 channels; twice that.
        let justified = Double(largest) * (12 * 24 + 256 * 8 * 4 * 4) * 2 + 64e6
        let taken = Self.peakMemory() - before
        #expect(taken < justified, "\(taken) bytes for at most \(largest) cells")
        print(
            "\(trials) mutated streams: \(pictures) pictures, \(errors) errors; slowest \(slowest), "
                + "honest \(honest); \(Int(taken / 1e6)) MB, at most \(largest) cells"
        )
    }

    private static func processorTime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// The most the process ever held, in bytes.
    private static func peakMemory() -> Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return 1024
            * (line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Double($0) } ?? 0)
    }

    @Test func everyCauseHasItsName() throws {
        let whole = try stream(width: 75, height: 50, threshold: 0.3, rate: 8, prompt: "x")
        let bytes = whole.serialised()
        func failure(_ bytes: [UInt8]) -> CodecFailure? {
            do {
                _ = try catalogue.decode(Bitstream(serialised: bytes))
                return nil
            } catch { return error as? CodecFailure }
        }
        #expect(failure([]) == .truncated(section: "header"))
        #expect(failure([0xFF, 0xD8, 0xFF]) == .notAStream)
        #expect(failure(Array(bytes.dropLast())) == .truncated(section: "slice \(whole.sliceCount - 1)"))
        #expect(failure(bytes + [0]) == .malformed(section: "end", reason: "1 bytes follow the last slice"))
        var other = bytes
        other[2] ^= 0x40
        let tag = UInt32(truncatingIfNeeded: catalogue.identity)
        #expect(failure(other) == .otherModel(expected: tag, found: tag ^ 0x4000))
        var rate = bytes
        rate[5] = 200
        #expect(failure(rate) == .unsupportedRate(200, count: 8))
        #expect(throws: CodecFailure.badSlice(index: 99, reason: "the stream has \(whole.sliceCount)")) {
            var stream = whole
            try stream.insert(slice: [1], index: 99)
        }
        // A slice with a flipped bit counts as lost, and only its own cells do.
        var damaged = whole
        var slice = whole.slices[0]!
        slice[slice.count / 2] ^= 4
        try damaged.insert(slice: slice, index: 0)
        let decoding = try catalogue.decode(damaged)
        #expect(
            decoding.damagedSlices == [0] && decoding.receivedMask.count == whole.mask.count - whole.cellCount(slice: 0)
        )
        #expect(throws: CodecFailure.self) { _ = try catalogue.analyse(Image(width: 16385, height: 1)) }
        #expect(throws: CodecFailure.noModel(path: "/nowhere.safetensors")) {
            _ = try Catalogue(path: "/nowhere.safetensors")
        }
    }

    @Test(arguments: [(1, 1), (16, 16), (17, 33), (300, 1), (64, 65)])
    func smallSizes(width: Int, height: Int) throws {
        let stream = try stream(width: width, height: height, threshold: 0, rate: 8, prompt: "")
        let decoding = try catalogue.decode(Bitstream(serialised: stream.serialised()))
        #expect(decoding.image.width == width && decoding.image.height == height)
        #expect(!decoding.receivedMask.values.contains(false))
    }

    @Test func farLongerThanWide() throws {
        let stream = try stream(width: 16384, height: 1, threshold: 0.3, rate: 8, prompt: "")
        #expect(try catalogue.decode(stream).image.width == 16384)
    }

    @Test func separateCheckpoints() throws {
        let path = ExactnessTests.folder + "/plain-8-12.safetensors"
        let pair = try Catalogue(checkpoints: [path, ExactnessTests.folder + "/vbr-z-8-12.safetensors"])
        #expect(pair.rateCount == 9 && pair.gain(rate: 1) == 1)
        let analysis = try pair.analyse(testPicture(width: 75, height: 50))
        let all = Mask(width: analysis.columns, height: analysis.rows, repeating: true)
        let flat = Plane(width: analysis.columns, height: analysis.rows, repeating: 1)
        for rate in 1...9 {
            let stream = try pair.encode(
                analysis, rate: rate, mask: all, importance: flat, prompt: "", alpha: 0, referenceInformation: 1)
            let symbols = try pair.decodeSymbols(stream)
            let latent = analysis.latent(rate: rate)
            #expect(symbols.values == latent.values.map { Symbols.nearest($0, Float(pair.gain(rate: rate))) })
            #expect(abs(Double(stream.bits.hyper) - analysis.hyperBits(rate: rate)) < 64)
            let decoding = try pair.decode(stream)
            #expect(decoding.scales == analysis.scales(rate: rate))
        }
        // Any gain between, too.
        let between = try pair.encode(
            analysis, gain: 0.3, mask: all, importance: flat, prompt: "", alpha: 0, referenceInformation: 1)
        #expect(try pair.decode(Bitstream(serialised: between.serialised())).gain == Double(Float(0.3)))
    }
}
