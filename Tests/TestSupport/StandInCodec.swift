import Foundation

/// A codec of nothing, for tests of what runs codecs: a file of exactly the bits,
/// and a grey picture of the photo's size.
package enum StandInCodec {
    /// `encode PHOTO BITS FILE`, `decode FILE PICTURE`, or without arguments a request a line.
    package static let program = """
        #!/usr/bin/env python3
        import json, os, struct, sys

        def encode(photo, bits, file):
            size = open(photo, "rb").read()[16:24]
            open(file, "wb").write(size + bytes(int(bits) // 8 - 8))

        def decode(file, picture):
            width, height = struct.unpack(">II", open(file, "rb").read()[:8])
            open(picture, "wb").write(b"P6 %d %d 255\\n" % (width, height) + bytes([128]) * (3 * width * height))

        match sys.argv[1:]:
            case ["encode", photo, bits, file]: encode(photo, bits, file)
            case ["decode", file, picture]: decode(file, picture)
            case _:
                print("loading weights", flush=True)
                if "GENSEMCOM_STARTS" in os.environ: open(os.environ["GENSEMCOM_STARTS"], "a").write("x")
                for line in sys.stdin:
                    q = json.loads(line)
                    print("thinking", flush=True)
                    print(json.dumps({"id": q["id"] - 1}), flush=True)
                    if "bits" in q: encode(q["photo"], q["bits"], q["file"])
                    elif "picture" in q: decode(q["file"], q["picture"])
                    print(json.dumps({"id": q["id"], "caption": "a  dog\\nof %d" % q["id"]}), flush=True)
        """

    /// Writes a program and lets it be run. Another process makes the file: a descriptor to write it that a program
    /// started meanwhile has inherited would keep it from being run ("text file busy").
    package static func write(_ text: String = program, to path: String) throws {
        try text.write(toFile: path + ".text", atomically: true, encoding: .utf8)
        let process = try Process.run(
            URL(fileURLWithPath: "/usr/bin/install"), arguments: ["-m", "755", path + ".text", path])
        process.waitUntilExit()
    }
}
