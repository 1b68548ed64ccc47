import Foundation
import Imaging
import TestSupport
import Testing

@testable import ImagePipeline
@testable import Roles
@testable import Topologies

/// External codecs: what they are asked, what they may do wrong, and what is said of it.
@Suite struct CodecProgramTests {
    let folder: TemporaryFolder
    let programs = StandingPrograms()
    let picture = Image(width: 40, height: 24, grey: 90)

    init() throws {
        folder = try TemporaryFolder()
        try StandInCodec.write(to: folder.path + "/codec")
    }

    func program(
        _ step: CodecProgram.Step, _ command: [String], patience: Double = 20, isPersistent: Bool = false
    ) -> CodecProgram {
        let settings = CodecSettings(encode: command, decode: command, patience: patience, isPersistent: isPersistent)
        return CodecProgram(settings, step, programs: programs, subject: "photos/cat.png")
    }

    @Test func oneCallAnImageFillsTheBitsAndComesBack() throws {
        let codec = folder.path + "/codec"
        let file = try program(.encode, [codec, "encode"]).encode(picture, bytes: 500)
        #expect(file.count == 500)
        let decoded = try program(.decode, [codec, "decode"]).decode(file)
        #expect(decoded.width == 40 && decoded.height == 24)
    }

    @Test func oneThatStaysIsStartedOnceAndItsChatterIsLeftOut() throws {
        let starts = folder.path + "/starts"
        let command = ["env", "GENSEMCOM_STARTS=\(starts)", folder.path + "/codec"]
        let (encoder, decoder) = (
            program(.encode, command, isPersistent: true), program(.decode, command, isPersistent: true)
        )
        for bytes in [64, 300] { #expect(try encoder.encode(picture, bytes: bytes).count == bytes) }
        #expect(try decoder.decode(encoder.encode(picture, bytes: 80)).width == 40)
        #expect(try Data(contentsOf: URL(fileURLWithPath: starts)).count == 1)
        #expect(programs.count == 1)
    }

    /// - Returns: the one line, without the program's name.
    func failure(
        _ script: String, patience: Double = 20, isPersistent: Bool = false, step: CodecProgram.Step = .encode
    )
        throws -> String
    {
        let path = folder.path + "/bad\(UInt32.random(in: 0...UInt32.max))"
        try StandInCodec.write("#!/bin/sh\n" + script, to: path)
        let program = program(step, [path], patience: patience, isPersistent: isPersistent)
        let error = #expect(throws: OmittedImage.self) {
            if step == .encode { _ = try program.encode(picture, bytes: 100) } else { _ = try program.decode([1, 2]) }
        }
        let text = error?.description ?? ""
        let start = "codec '\(path)': photos/cat.png: "
        #expect(text.hasPrefix(start) && !text.contains("\n") && !text.contains("codec-"), Comment(rawValue: text))
        return String(text.dropFirst(start.count))
    }

    @Test func whatFailsNamesTheProgramAndThePhoto() throws {
        #expect(try failure("echo half; echo 'no  weights' >&2; exit 3") == "ended with 3: no weights")
        #expect(try failure("echo $1 >&2; exit 1") == "ended with 1: photo.png")
        #expect(try failure("sleep 20", patience: 0.1) == "not done within 0.1 s")
        #expect(try failure("exit 0") == "wrote nothing to file")
        #expect(try failure(": > $3") == "wrote nothing to file")
        #expect(try failure("mkfifo $3") == "wrote nothing to file")
        #expect(try failure("head -c 101 /dev/zero > $3") == "wrote 808 bits, where 800 are allowed")
        #expect(try failure("yes") == "printed more than 1048576 bytes")
        #expect(try failure("echo no > $2", step: .decode).hasPrefix("wrote no picture: picture.png"))
        let missing = #expect(throws: OmittedImage.self) {
            try program(.encode, ["/nowhere/codec", "-x"]).encode(picture, bytes: 9)
        }
        #expect(
            missing?.description
                == "codec '/nowhere/codec -x': photos/cat.png: cannot be started: No such file or directory")
        let nothing = #expect(throws: OmittedImage.self) { try program(.encode, ["true"]).encode(picture, bytes: 0) }
        #expect(nothing?.description.hasSuffix("not asked: the budget holds no file") == true)
    }

    @Test func oneThatStaysMayRefuseEndOrHangAndIsStartedAgain() throws {
        #expect(
            try failure("read l; printf '%s\\n' '{\"id\":1,\"error\":\"too\\nsmall\"}'; read l", isPersistent: true)
                == "too small")
        #expect(try failure("read l; echo gone >&2", isPersistent: true) == "ended instead of answering: gone")
        #expect(try failure("while read l; do :; done", patience: 0.2, isPersistent: true) == "not done within 0.2 s")
        #expect(
            try failure("while read l; do echo '{\"id\": 7}'; done", patience: 0.2, isPersistent: true)
                == "not done within 0.2 s")
        #expect(try failure("read l; echo '{}'; read l", isPersistent: true) == "wrote nothing to file")
        // Those that answered, if not well, are still there to be asked.
        #expect(programs.count == 2)
    }

    @Test func aCaptionerMayStay() throws {
        let settings = CaptionerSettings(command: folder.path + "/codec", isPersistent: true)
        let captioner = Captioner(settings, programs: programs)
        #expect(try captioner.caption(of: "x.png") == "a dog")
        #expect(try captioner.caption(of: "a \"y\".png") == "a dog")
        let mute = Captioner(CaptionerSettings(command: "read l; echo '{}'", isPersistent: true))
        #expect(throws: Captioner.Failure.senseless("read l; echo '{}'", reason: "printed no caption")) {
            try mute.caption(of: "x")
        }
    }

    @Test func aForeignFileCutShortIsUsedUpToTheGap() throws {
        let stream = ForeignStream(
            .command, width: 3, height: 2, file: Array(0..<10), slicePayload: 4)
        #expect(stream.slices.map(\.count) == [4, 4, 2] && stream.share == 1)
        let slices = [0, 2].map { ReceivedImage.Slice(index: $0, bytes: stream.slices[$0]) }
        let received = try ForeignStream(.command, preamble: stream.preamble, slices: slices)
        #expect(received.file == [0, 1, 2, 3] && received.width == 3 && received.share == 0.4)
        // Another codec's preamble is none.
        #expect(throws: ForeignStream.Failure.self) {
            try ForeignStream(.jpeg2000, preamble: stream.preamble, slices: slices)
        }
    }
}
