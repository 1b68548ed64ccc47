import Foundation

extension Dimension {
    /// A quantity as it is meant, whichever of two like characters an editor put: U+2212 for the minus sign, U+03BC for
    /// the micro sign.
    package static func written(_ text: String) -> String {
        let plain = text.unicodeScalars.map { $0 == "\u{2212}" ? "-" : $0 == "\u{3bc}" ? "\u{b5}" : $0 }
        return String(String.UnicodeScalarView(plain)).trimmingCharacters(in: .whitespaces)
    }

    /// A decimal number; nil for what Swift reads beyond that (hexadecimal, infinities, nan).
    package static func decimal(_ text: String) -> Double? {
        guard text.utf8.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || "+-.eE".utf8.contains($0) }) else { return nil }
        return Double(text)
    }
}
