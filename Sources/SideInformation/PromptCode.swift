import EntropyCoding

/// The caption as a few bytes: UTF-8 bits predicted from the letters before, mixed in the logistic domain.
///
/// Everything is integer arithmetic, so both ends predict alike. The model first reads a page of plain English
/// captions, then the caption itself: about 2.5 bits a letter where UTF-8 takes 8.
package struct PromptCode: Sendable {
    /// Text is cut off, at a character, beyond so many bytes of UTF-8.
    package static let longest = 2000

    package static func encode(_ text: String) -> [UInt8] {
        guard !text.isEmpty else { return [] }
        var model = primed
        var coder = BitEncoder()
        for byte in text.utf8 {
            model.write(byte, with: &coder)
        }
        model.write(0, with: &coder)
        return coder.finish()
    }

    package static func decode(_ bytes: ArraySlice<UInt8>) throws(MalformedSection) -> String {
        guard !bytes.isEmpty else { return "" }
        var model = primed
        var coder = BitDecoder(bytes)
        var text: [UInt8] = []
        while true {
            let byte = model.read(with: &coder)
            if byte == 0 { break }
            text.append(byte)
            guard text.count <= longest else {
                throw MalformedSection(section: "prompt", reason: "longer than \(longest) bytes")
            }
        }
        guard let string = String(validating: text, as: UTF8.self) else {
            throw MalformedSection(section: "prompt", reason: "not UTF-8")
        }
        return string
    }

    /// The text as it will be sent: no zero bytes, not too long.
    package static func sendable(_ text: String) -> String {
        var result = ""
        var length = 0
        for character in text where character != "\0" {
            length += character.utf8.count
            if length > longest { break }
            result.append(character)
        }
        return result
    }

    private static let primed: PromptModel = {
        var model = PromptModel()
        var coder = BitEncoder()
        for byte in primer.utf8 { model.write(byte == 10 ? 0 : byte, with: &coder) }
        return model
    }()

    /// One caption a line.
    private static let primer = """
        a photo of a dog
        a photo of a cat sitting on a wooden table
        a photo of the inside of a house
        a man riding a horse on the beach
        a woman in a red dress standing next to a white car
        two people walking down the street with an umbrella
        a group of people sitting around a table with food
        a small bird perched on the branch of a tree
        a large building with a clock tower and a blue sky
        a young boy playing with a ball in the grass
        a girl with long brown hair is smiling at the camera
        a plate of food with meat, vegetables and rice
        a cup of coffee on a table near a window
        a boat floating on the water near the mountains
        a train traveling down the tracks through a green field
        a bus parked on the side of the road
        a close up of a flower with yellow and purple petals
        a black and white photograph of an old church
        an astronaut in an orange space suit in front of a flag
        an airplane flying in the sky above the clouds
        several children are playing baseball in the park
        a tennis player swinging a racket at the ball
        a person on a snowboard jumping through the air
        a red rose in a garden with green leaves
        a rocket on the launch pad at night
        a view of the city from the top of a hill at sunset
        galaxies and stars in deep space seen by a telescope
        a portrait of a navy officer wearing a uniform
        a temple with a lake and trees in the background
        snow covered mountains under a cloudy sky
        a brown bear standing in a river
        a fire hydrant on the corner of a street
        an elephant walking through tall grass
        a laptop computer, keyboard and mouse on a desk
        three giraffes and zebras in the zoo
        a bowl of fruit with apples, bananas and oranges
        a bicycle leaning against a brick wall
        a kitchen with a stove, refrigerator and sink
        a motorcycle parked in front of a shop
        the Golden Gate Bridge in San Francisco, California

        """
}

/// Bitwise prediction from the last one to four bytes and the current word.
private struct PromptModel: Sendable {
    private static let orders = 6
    private static let tableBits = 14
    private var tables = [UInt16](repeating: 32768, count: orders << tableBits)
    /// How often each entry was seen, up to a limit: it sets the pace of learning.
    private var counts = [UInt8](repeating: 0, count: orders << tableBits)
    private var weights = [Int32](repeating: (1 << 16) * 3 / 10, count: orders * 256)
    private var history: UInt32 = 0
    private var word: UInt32 = 0

    /// ln(p/(1−p)), 8 fractional bits, of a 12-bit probability; and its inverse to 12 bits.
    private static let stretches: [Int32] = (0..<4096).map {
        let p = (Double($0) + 0.5) / 4096
        return Int32((256 * ReproducibleMath.log(p / (1 - p))).rounded(.toNearestOrEven))
    }
    private static let squashes: [Int32] = (0..<4096).map {
        let x = Double($0 - 2048) / 256
        return Int32(max(1, min(4095, (4096 / (1 + ReproducibleMath.exp(-x))).rounded(.toNearestOrEven))))
    }
    private static func squash(_ x: Int32) -> Int32 { squashes[Int(max(-2047, min(2047, x))) + 2048] }

    mutating func write(_ byte: UInt8, with coder: inout BitEncoder) {
        _ = code { bit, probability in
            let value = byte >> UInt8(7 - bit) & 1 == 1
            coder.encode(value, probability: probability)
            return value
        }
    }

    mutating func read(with coder: inout BitDecoder) -> UInt8 { code { coder.decode(probability: $1) } }

    private mutating func code(_ body: (_ bit: Int, _ probability: UInt16) -> Bool) -> UInt8 {
        let contexts: [UInt32] = [0, history & 0xFF, history & 0xFFFF, history & 0xFF_FFFF, history, word]
        let hashes = contexts.enumerated().map { order, context in
            (context &* 0x9E37_79B1 ^ UInt32(order) &* 0x85EB_CA6B) &* 0xC2B2_AE35
        }
        var node: UInt32 = 1
        var slots = [Int](repeating: 0, count: Self.orders)
        var inputs = [Int32](repeating: 0, count: Self.orders)
        for bit in 0..<8 {
            var dot: Int64 = 0
            let set = Int(node & 0xFF) * Self.orders
            for order in 0..<Self.orders {
                let hash =
                    order == 0
                    ? node : ((hashes[order] ^ (node &* 0x2545_F491)) &* 0x9E37_79B1) >> UInt32(32 - Self.tableBits)
                slots[order] = order << Self.tableBits | Int(hash)
                inputs[order] = Self.stretches[Int(tables[slots[order]] >> 4)]
                // An entry never seen knows nothing.
                if counts[slots[order]] == 0 { inputs[order] = 0 }
                dot += Int64(inputs[order]) * Int64(weights[set + order])
            }
            let probability = Self.squash(Int32(clamping: dot >> 16))
            let value = body(bit, UInt16(probability << 4))
            let error = ((value ? 4095 : 0) - probability)
            for order in 0..<Self.orders {
                weights[set + order] += Int32(clamping: (Int64(inputs[order]) * Int64(error) * 6) >> 10)
                let slot = slots[order]
                let target: Int32 = value ? 65535 : 0
                tables[slot] = UInt16(
                    clamping: Int32(tables[slot]) + (target - Int32(tables[slot])) * 2 / (2 * Int32(counts[slot]) + 3))
                if counts[slot] < 20 { counts[slot] += 1 }
            }
            node = node << 1 | (value ? 1 : 0)
        }
        let byte = UInt8(truncatingIfNeeded: node)
        history = history << 8 | UInt32(byte)
        let isLetter = (byte | 0x20) >= 97 && (byte | 0x20) <= 122 || byte >= 128
        word = isLetter ? (word &* 0x0100_0193 ^ UInt32(byte | 0x20)) : (byte == 0 ? 0 : 1)
        return byte
    }
}
