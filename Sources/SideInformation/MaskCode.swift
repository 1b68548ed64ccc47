import EntropyCoding
import Imaging

/// How the selected cells are written: run lengths in raster order, or a picture coded from its neighbours; the
/// shorter of the two. Both go through the adaptive bit coder.
package enum MaskCode {
    package static func encode(_ mask: Mask, with coder: inout BitEncoder) {
        let full = !mask.values.contains(false)
        coder.encode(full, probability: 1 << 14)
        if full { return }
        var (runs, picture) = (BitEncoder(), BitEncoder())
        encodeRuns(mask, with: &runs)
        encodePicture(mask, with: &picture)
        let pictures = picture.finish().count < runs.finish().count
        coder.encode(pictures, probability: 1 << 15)
        if pictures { encodePicture(mask, with: &coder) } else { encodeRuns(mask, with: &coder) }
    }

    package static func decode(
        rows: Int, columns: Int, with coder: inout BitDecoder
    ) throws(MalformedSection) -> Mask {
        if coder.decode(probability: 1 << 14) { return Mask(width: columns, height: rows, repeating: true) }
        return coder.decode(probability: 1 << 15)
            ? decodePicture(rows: rows, columns: columns, with: &coder)
            : try decodeRuns(rows: rows, columns: columns, with: &coder)
    }

    // MARK: runs

    private static func encodeRuns(_ mask: Mask, with coder: inout BitEncoder) {
        var models = [AdaptiveNumber(), AdaptiveNumber()]
        var colour = mask.values[0]
        coder.encode(colour, probability: 1 << 15)
        var position = 0
        while position < mask.values.count {
            var end = position
            while end < mask.values.count, mask.values[end] == colour { end += 1 }
            models[colour ? 1 : 0].encode(end - position - 1, with: &coder)
            position = end
            colour.toggle()
        }
    }

    private static func decodeRuns(
        rows: Int, columns: Int, with coder: inout BitDecoder
    ) throws(MalformedSection) -> Mask {
        var models = [AdaptiveNumber(), AdaptiveNumber()]
        var mask = Mask(width: columns, height: rows, repeating: false)
        var colour = coder.decode(probability: 1 << 15)
        var position = 0
        while position < mask.values.count {
            let length = models[colour ? 1 : 0].decode(with: &coder) + 1
            guard length <= mask.values.count - position else {
                throw MalformedSection(section: "mask", reason: "a run passes the last cell")
            }
            if colour { for i in position..<position + length { mask.values[i] = true } }
            position += length
            colour.toggle()
        }
        return mask
    }

    // MARK: picture

    /// Seven neighbours already known: two to the left, one above to the left, three above, one two rows above.
    @inline(__always)
    private static func context(_ mask: Mask, _ row: Int, _ column: Int) -> Int {
        func at(_ y: Int, _ x: Int) -> Int {
            // The edge repeats: masks are often cut by the picture's border.
            let x = min(mask.width - 1, max(0, x))
            if y < 0 { return 0 }
            return mask.values[y * mask.width + x] ? 1 : 0
        }
        let west = column > 0 ? at(row, column - 1) : at(row - 1, 0)
        let farWest = column > 1 ? at(row, column - 2) : west
        return west | at(row - 1, column) << 1 | at(row - 1, column + 1) << 2 | at(row - 1, column - 1) << 3 | farWest
            << 4
            | at(row - 2, column) << 5 | at(row - 1, column + 2) << 6
    }

    /// Starting probabilities: blobs with smooth borders are what masks are.
    private static let models: [AdaptiveBit] = (0..<128).map { context in
        let weights = [5, 5, 2, 1, 1, -1, 1]
        let votes = (0..<7).reduce(0) { $0 + weights[$1] * (context >> $1 & 1 == 1 ? 1 : -1) }
        return AdaptiveBit(probability: UInt16(clamping: 32768 + votes * 2200))
    }

    private static func encodePicture(_ mask: Mask, with coder: inout BitEncoder) {
        var models = Self.models
        for row in 0..<mask.height {
            for column in 0..<mask.width { coder.encode(mask[row, column], &models[context(mask, row, column)]) }
        }
    }

    private static func decodePicture(rows: Int, columns: Int, with coder: inout BitDecoder) -> Mask {
        var models = Self.models
        var mask = Mask(width: columns, height: rows, repeating: false)
        for row in 0..<rows {
            for column in 0..<columns { mask[row, column] = coder.decode(&models[context(mask, row, column)]) }
        }
        return mask
    }
}
