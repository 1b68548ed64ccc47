import Foundation
import Imaging
import Neural

/// The path of a reference file made by `Scripts/golden/semantics`.
func golden(_ name: String) -> String {
    Bundle.module.path(forResource: "Golden/" + name, ofType: nil) ?? "Golden/" + name
}

/// The picture that `Scripts/golden/semantics` computes too.
func picture(width: Int, height: Int) -> Image {
    var pixels: [UInt8] = []
    for y in 0..<height {
        for x in 0..<width {
            for c in 0..<3 {
                pixels.append(UInt8((x * 3 + y * (2 + c) + (x * y) / 97 + ((x / 9) ^ (y / 7)) * 5 + c * 40) % 256))
            }
        }
    }
    return Image(width: width, height: height, pixels: pixels)
}

/// max |a − b| / max |b|.
func relativeError(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).map { abs($0 - $1) }.max()! / b.map(abs).max()!
}
