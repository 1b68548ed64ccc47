import CSodium

/// A shared secret, from which keys are derived: a run's, a session's, or the lasting one that proves who may join a
/// run. 32 bytes, handed to a node through a pipe, a sealed link or a file of its owner's, never on a command line,
/// never in a log: its description is a placeholder.
public struct Secret: Sendable, Equatable, CustomStringConvertible {
    let bytes: [UInt8]

    /// - Throws: `SecretError` unless `hexadecimal` is exactly 64 hexadecimal digits.
    public init(hexadecimal: String) throws(SecretError) {
        let digits = Array(hexadecimal.utf8)
        guard digits.count == 64 else { throw .length(digits.count) }
        var bytes: [UInt8] = []
        for pair in stride(from: 0, to: 64, by: 2) {
            guard let high = Self.digit(digits[pair]), let low = Self.digit(digits[pair + 1]) else {
                throw .notHexadecimal
            }
            bytes.append(high << 4 | low)
        }
        self.bytes = bytes
    }

    /// A secret that everyone knows, for tests and measurements:
    /// no passphrase is strong enough to be stretched by one hash.
    public init(wellKnown name: String) { bytes = Secret.hash(Array(name.utf8), key: []) }

    /// - Returns: nil unless there are 32 bytes.
    init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// A key that serves as the secret of something narrower.
    init(derived bytes: [UInt8]) {
        precondition(bytes.count == 32)
        self.bytes = bytes
    }

    /// A fresh secret from the system's generator: the one place where a run is not a function of its seed.
    public static func generate() -> Secret {
        var bytes = [UInt8](repeating: 0, count: 32)
        _ = sodium_init()
        randombytes_buf(&bytes, bytes.count)
        return Secret(derived: bytes)
    }

    /// The 64 digits a launcher writes into a node's pipe.
    public var hexadecimal: String { Wire.hexadecimal(bytes) }

    public var description: String { "Secret(…)" }

    /// BLAKE2b with 32 bytes of output.
    static func hash(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        crypto_generichash(&digest, digest.count, message, UInt64(message.count), key.isEmpty ? nil : key, key.count)
        return digest
    }

    private static func digit(_ character: UInt8) -> UInt8? {
        switch character {
        case 48...57: character - 48
        case 97...102: character - 87
        case 65...70: character - 55
        default: nil
        }
    }
}

/// Why a secret was refused; says nothing about its contents.
public enum SecretError: Error, Equatable, Sendable, CustomStringConvertible {
    case length(Int)
    case notHexadecimal

    public var description: String {
        switch self {
        case .length(let count): "the secret has \(count) characters, 64 hexadecimal digits are expected"
        case .notHexadecimal: "the secret holds characters that are not hexadecimal digits"
        }
    }
}
