import Files
import Foundation
import Imaging
import Roles
import Topologies

/// One of an external codec's two programs, asked about one image.
///
/// ```
/// encode PHOTO.png BITS FILE     writes FILE of at most BITS bits
/// decode FILE PICTURE.png        writes the picture, as PNG, PPM or JPEG
/// ```
/// One call an image, or a line of JSON to one that stays. The files lie in a folder of their own,
/// which goes with the call.
struct CodecProgram {
    enum Step { case encode, decode }

    let settings: CodecSettings
    let step: Step
    let programs: StandingPrograms
    /// What the image is called in a failure.
    let subject: String

    init(_ settings: CodecSettings, _ step: Step, programs: StandingPrograms, subject: String) {
        self.settings = settings
        self.step = step
        self.programs = programs
        self.subject = subject
    }

    private var command: [String] { step == .encode ? settings.encode : settings.decode }
    /// The most bytes either may print, which nobody reads.
    private static let mostOutput = 1 << 20

    /// - Parameters:
    ///   - bytes: the most the file may have.
    ///   - begin: called when the photo is written and the program's own time begins.
    /// - Returns: the file.
    /// - Throws: `OmittedImage`, which names the program and the photo.
    func encode(_ picture: Image, bytes: Int, begin: () -> Void = {}) throws -> [UInt8] {
        try inFolder { folder in
            guard bytes > 0 else { throw ProgramFailure.senseless(reason: "not asked: the budget holds no file") }
            let (photo, file) = ("\(folder)/photo.png", "\(folder)/file")
            try picture.write(to: photo)
            begin()
            try run([photo, "\(bytes * 8)", file], ProgramRequest(photo: photo, bits: bytes * 8, file: file))
            let size = try Self.size(file)
            guard size <= bytes else {
                throw ProgramFailure.senseless(reason: "wrote \(size * 8) bits, where \(bytes * 8) are allowed")
            }
            return try fileBytes(file, limit: bytes, plainOnly: true)
        }
    }

    /// - Throws: `OmittedImage`, which names the program and the image.
    func decode(_ bytes: [UInt8]) throws -> Image {
        try inFolder { folder in
            let (file, picture) = ("\(folder)/file", "\(folder)/picture.png")
            try WholeFile.write(bytes, to: file)
            try run([file, picture], ProgramRequest(file: file, picture: picture))
            _ = try Self.size(picture)
            do { return try Image(contentsOf: picture) } catch {
                throw ProgramFailure.senseless(reason: "wrote no picture: \(error)")
            }
        }
    }

    private func run(_ arguments: [String], _ request: ProgramRequest) throws {
        if settings.isPersistent {
            _ = try programs.ask(command, request, within: settings.patience)
        } else {
            _ = try ProgramFailure.run(
                command + arguments, in: programs.folder, within: settings.patience, mostOutput: Self.mostOutput)
        }
    }

    /// Bytes of a file that the program should have written.
    private static func size(_ path: String) throws -> Int {
        guard isPlainFile(path), let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int,
            size > 0
        else { throw ProgramFailure.senseless(reason: "wrote nothing to \(path.split(separator: "/").last ?? "")") }
        return size
    }

    /// What goes wrong names the program and the image, and no folder that is gone.
    private func inFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("codec-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            return try body(folder)
        } catch {
            let reason = "\(error)".replacingOccurrences(of: folder + "/", with: "")
            throw OmittedImage("codec '\(command.joined(separator: " "))': \(subject): \(reason)")
        }
    }
}
