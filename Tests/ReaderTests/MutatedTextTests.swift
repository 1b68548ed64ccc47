import Adaptation
import Channels
import Files
import Foundation
import Semantics
import Testing

@testable import Inpainting
@testable import PromptEncoding

/// Whatever bytes a reader of text is given, it ends in a value or in one line that names the file.
struct MutatedTextTests {
    private func oneLine(_ error: any Error, _ name: String) {
        let text = "\(error)"
        #expect(!text.contains("\n") && text.contains(name), Comment(rawValue: text))
    }

    @Test func textFiles() {
        let seeds = [
            Array("a cat\r\non a mat\n".utf8), Array("é\u{1f600}\n".utf8), [0xef, 0xbb, 0xbf, 0x61],
            [0xff, 0xfe, 0x61, 0],
        ]
        forEachMutation(of: seeds, count: mutationCount) { bytes in
            do { _ = try TextFile.text(bytes, name: "f").lines } catch { oneLine(error, "f") }
        }
    }

    @Test func mahimahiTraces() {
        let seeds = [Array("1\n2\n5\n900\n".utf8), Array("0\r\n7\r\n7\r\n1000\r\n".utf8)]
        forEachMutation(of: seeds, count: mutationCount) { bytes in
            do {
                let trace = try OpportunityTrace(mahimahi: TextFile.text(bytes, name: "t.mahi"), name: "t.mahi")
                #expect(trace.milliseconds.last! > 0 && trace.meanRate.isFinite)
                #expect(!trace.smoothed.values.contains { !$0.isFinite || $0 < 0 })
            } catch { oneLine(error, "t.mahi") }
        }
    }

    @Test func csvTraces() {
        let seeds = [
            Array("time_s,snr_db\n0,6.2\n0.05,-3\n".utf8),
            Array("# c\r\ntime_s,rate_bps\r\n0,2400000\r\n0.5,0\r\n".utf8), Array("time_s,gain\n0,1\n".utf8),
        ]
        forEachMutation(of: seeds, count: mutationCount) { bytes in
            do {
                let trace = try ChannelTrace(csv: TextFile.text(bytes, name: "t.csv"), name: "t.csv")
                #expect(trace.times.count == trace.values.count && !trace.values.contains { $0.isNaN || $0 < 0 })
            } catch { oneLine(error, "t.csv") }
        }
    }

    @Test func classListsAndCaptions() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("mutated-\(UUID().uuidString).txt")
            .path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let seeds = [Array("cat, house cat\r\ndog\r\n\r\n".utf8), Array("a photo of é\n".utf8), [0xff, 0xfe, 0x61, 0]]
        // Each is a file of its own: a tenth of the other readers' number.
        forEachMutation(of: seeds, count: mutationCount / 10) { bytes in
            _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
            do { #expect(!(try ClassNames(path: path).names.contains { $0.contains("\n") })) } catch {
                oneLine(error, path)
            }
            do { #expect(!(try Caption.read(path).isEmpty)) } catch { oneLine(error, path) }
        }
    }

    @Test func classListsInMemory() {
        let seeds = [
            Array("cat, house cat\r\ndog\r\n\r\n".utf8), Array("a\rb\n".utf8), [0xef, 0xbb, 0xbf, 0x61, 0x0d, 0x0a],
        ]
        forEachMutation(of: seeds, count: mutationCount) { bytes in
            do {
                let names = try ClassNames(text: TextFile.text(bytes, name: "c.txt"), source: "c.txt").names
                #expect(!names.contains { $0.unicodeScalars.contains { $0 == "\n" || $0 == "\r" } })
            } catch { oneLine(error, "c.txt") }
        }
    }

    @Test func captionsInMemory() {
        let seeds = [Array("a photo of é\n".utf8), Array("\r\n  a \t cat\r\n".utf8), Array("\u{1b}[31mred".utf8)]
        forEachMutation(of: seeds, count: mutationCount) { bytes in
            do {
                let caption = try Caption.first(in: TextFile.text(bytes, name: "a.txt"), path: "a.txt")
                #expect(!caption.isEmpty && caption == caption.shown())
            } catch { oneLine(error, "a.txt") }
        }
    }

    @Test func mergesOfATokenizer() {
        let seeds = [Array("#version: 0.2\nt h\nth e</w>\n".utf8), Array("#version: 0.2\r\nt h\r\n\r\n".utf8)]
        forEachMutation(of: seeds, count: mutationCount) { bytes in
            do {
                let text = try TextFile.text(bytes, name: "merges.txt")
                #expect(!(try TokenizerFiles.pairs(in: text, path: "merges.txt").isEmpty))
            } catch {
                oneLine(error, "merges.txt")
            }
        }
    }

    @Test func linesOfAPolicy() {
        let seeds = [Array("{\"alpha\": 0.5, \"rate\": 5, \"id\": 7}".utf8), Array("{\"rate\":1,\"alpha\":1e3}".utf8)]
        forEachMutation(of: seeds, count: mutationCount) { bytes in
            guard let answer = try? JSONDecoder().decode(PolicyAnswer.self, from: Data(bytes)) else { return }
            let decision = answer.decision(for: ExperimentsFixture.situation)
            #expect(decision == nil || decision!.rate == answer.rate)
        }
    }

    @Test func schedulerConfigurations() throws {
        let seed = Array(
            """
            {"_class_name": "DDIMScheduler", "num_train_timesteps": 10, \
            "beta_start": 0.001, "beta_end": 0.02, "beta_schedule": "linear",
             "prediction_type": "epsilon", "clip_sample": false, "steps_offset": 1, "use_karras_sigmas": false}
            """.utf8)
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("scheduler-\(UUID().uuidString).json")
            .path
        defer { try? FileManager.default.removeItem(atPath: path) }
        forEachMutation(of: [seed], count: mutationCount / 10) { bytes in
            _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
            do { #expect(try NoiseSchedule(path: path).products.allSatisfy { $0.isFinite && $0 >= 0 }) } catch {
                oneLine(error, path)
            }
        }
    }
}

/// One image to decide on.
enum ExperimentsFixture {
    static let situation: Situation = {
        let cells = CellTable(
            importance: [0.9, 0.4], bits: [[100, 90], [200, 180]], information: [[1, 0.5], [2, 1]],
            referenceInformation: 3, overheadBits: 40, promptOnlyBits: 60)
        let profile = ImageProfile(cells: cells, maskBits: { _ in 16 })
        return Situation(profile: profile, snr: 6, capacity: 1e5, latencyBudget: 0.02, budgetBits: 2000)
    }()
}
