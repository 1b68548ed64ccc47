import Determinism
import Foundation

/// Numbers as a reader wants them: a real minus sign, thin spaces between thousands, units after a narrow space.
package enum NumberFormat {
    static let narrow = "\u{202F}"
    package static let absent = "–"

    /// A fixed number of decimals; grouped from 10 000 up.
    package static func decimal(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return value.isNaN ? absent : value > 0 ? "∞" : "−∞" }
        let text = String(format: "%.\(decimals)f", abs(value))
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        var whole = String(parts[0])
        if whole.count > 4 {
            var groups: [Substring] = []
            var rest = whole[...]
            while rest.count > 3 {
                groups.insert(rest.suffix(3), at: 0)
                rest = rest.dropLast(3)
            }
            groups.insert(rest, at: 0)
            whole = groups.joined(separator: narrow)
        }
        let isZero = !text.contains { $0 != "0" && $0 != "." }
        return (value < 0 && !isZero ? "−" : "") + whole + (parts.count > 1 ? "." + parts[1] : "")
    }

    package static func decimal(_ value: Double?, _ decimals: Int) -> String {
        value.map { decimal($0, decimals) } ?? absent
    }
    package static func count(_ value: Int?) -> String { value.map { decimal(Double($0), 0) } ?? absent }
    package static func decibel(_ value: Double?, _ decimals: Int = 1) -> String {
        value.map { decimal($0, decimals) + narrow + "dB" } ?? absent
    }
    package static func percent(_ share: Double?, _ decimals: Int = 0) -> String {
        share.map { decimal($0 * 100, decimals) + narrow + "%" } ?? absent
    }

    /// Seconds in the unit that leaves a number between 1 and 1000.
    package static func time(_ seconds: Double?) -> String {
        guard let seconds else { return absent }
        switch abs(seconds) {
        case 0: return "0" + narrow + "ms"
        case ..<1e-3: return decimal(seconds * 1e6, 0) + narrow + "µs"
        case ..<0.1: return decimal(seconds * 1e3, 1) + narrow + "ms"
        case ..<1: return decimal(seconds * 1e3, 0) + narrow + "ms"
        default: return decimal(seconds, 2) + narrow + "s"
        }
    }

    package static func bits(_ bits: Int?) -> String {
        guard let bits else { return absent }
        return bits < 1000
            ? "\(bits)" + narrow + "bit" : decimal(Double(bits) / 1000, bits < 100_000 ? 1 : 0) + narrow + "kbit"
    }

    package static func rate(_ bitsPerSecond: Double?) -> String {
        bitsPerSecond.map { decimal($0 / 1e6, 2) + narrow + "Mbit/s" } ?? absent
    }

    package static func frequency(_ hertz: Double) -> String {
        hertz >= 1e6
            ? decimal(hertz / 1e6, hertz.truncatingRemainder(dividingBy: 1e6) == 0 ? 0 : 2) + narrow + "MHz"
            : decimal(hertz / 1e3, 0) + narrow + "kHz"
    }

    package static func bytes(_ bytes: Int?) -> String {
        bytes.map { decimal(Double($0) / 1_048_576, 0) + narrow + "MiB" } ?? absent
    }

    /// For HTML and SVG text and attributes.
    static func escaped(_ text: String) -> String {
        var out = ""
        for character in text {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            default: out.append(character)
            }
        }
        return out
    }

    /// A coordinate in a drawing: two decimals, no trailing zeros.
    package static func place(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        let rounded = (value * 100).rounded() / 100
        return rounded == rounded.rounded() ? String(Int(saturating: rounded)) : String(rounded)
    }
}
