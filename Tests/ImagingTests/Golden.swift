import Foundation
import Imaging

/// The path of a reference file made by `Scripts/golden/imaging`.
func golden(_ name: String) -> String {
    Bundle.module.path(forResource: "Golden/" + name, ofType: nil) ?? "Golden/" + name
}

/// The largest difference between two pictures of one size, in grey levels; nil where the sizes differ.
func largestDifference(_ a: Image, _ b: Image) -> Int? {
    guard a.width == b.width, a.height == b.height else { return nil }
    return zip(a.pixels, b.pixels).map { abs(Int($0) - Int($1)) }.max()
}
