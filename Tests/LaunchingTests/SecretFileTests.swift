import Files
import Foundation
import TestSupport
import Testing
import Wire

@testable import Launching

@Suite struct SecretFileTests {
    let folder: TemporaryFolder
    let path: String
    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/keys/lab"
    }

    @Test func isMadeForItsOwnerAloneAndReadAgain() throws {
        let made = try SecretFile.readOrCreate(path)
        #expect(made.isNew)
        var status = stat()
        #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        let again = try SecretFile.readOrCreate(path)
        #expect(!again.isNew && again.value == made.value)
        #expect(try SecretFile.read(path).value == made.value)
    }

    @Test func oneThatOthersMayReadIsRefused() throws {
        _ = try SecretFile.readOrCreate(path)
        for mode in [0o640, 0o604, 0o644] {
            chmod(path, mode_t(mode))
            #expect { try SecretFile.read(path) } throws: { "\($0)".contains("chmod 600 \(path)") }
        }
    }

    @Test(arguments: ["", "abc\n", String(repeating: "g", count: 64), String(repeating: "a", count: 65)])
    func whatIsNoSecretIsNamed(_ text: String) throws {
        #expect(try PrivateFile.create(Array(text.utf8), at: folder.path + "/x"))
        #expect { try SecretFile.read(folder.path + "/x") } throws: { "\($0)".hasPrefix("\(folder.path)/x: ") }
        #expect(throws: FileFailure.self) { try SecretFile.read(folder.path + "/none") }
    }

    /// A link that someone has laid in wait is not written through.
    @Test func aLinkIsNotFollowedWhenItIsMade() throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/link", withDestinationPath: folder.path + "/elsewhere")
        #expect(try PrivateFile.create([1], at: folder.path + "/link") == false)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/elsewhere"))
    }
}
