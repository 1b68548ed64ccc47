/// Either side of a session → the other: send me this piece of a file you offer.
public struct FileRequest: WireValue {
    /// 0: the manifest; else the place in it, from 1.
    public var file: UInt32
    public var offset: UInt64
    /// At most ``largest``.
    public var length: UInt32

    public static let largest: UInt32 = 32_768

    public init(file: UInt32, offset: UInt64, length: UInt32) {
        self.file = file
        self.offset = offset
        self.length = length
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(file)
        writer.integer(offset)
        writer.integer(length)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        file = try reader.integer("file")
        offset = try reader.integer("offset")
        length = try reader.integer("length")
        guard length <= Self.largest else {
            throw .tooLong(field: "length", length: Int(length), limit: Int(Self.largest))
        }
    }
}

/// The answer: what was asked for, or less where the file is no longer as it was offered.
public struct FilePiece: WireValue {
    public var file: UInt32
    public var offset: UInt64
    public var bytes: [UInt8]

    public init(file: UInt32, offset: UInt64, bytes: [UInt8]) {
        self.file = file
        self.offset = offset
        self.bytes = bytes
    }

    public func write(to writer: inout ByteWriter) {
        writer.integer(file)
        writer.integer(offset)
        writer.block(bytes)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        file = try reader.integer("file")
        offset = try reader.integer("offset")
        bytes = try reader.block("bytes", limit: Int(FileRequest.largest))
    }
}
