/// Colours of the drawings: a page's style sheet gives each name its shade for light and dark paper; on its own a
/// drawing falls back on the light one. The series' colours are Okabe and Ito's, told apart by colour-blind readers,
/// and each series has a marker of its own beside.
enum PlotTheme {
    static let series = ["#0072b2", "#d55e00", "#009e73", "#aa4499", "#b07d00", "#56b4e9", "#5d5a54"]
    private static let names = [
        "ink": "#1c1b19", "soft": "#5d5a54", "rule": "#dcd8cf", "paper": "#fbfaf7", "panel": "#ffffff",
    ]

    static func fill(_ name: String) -> String { property("fill", name) }
    static func stroke(_ name: String) -> String { property("stroke", name) }
    static func fill(series index: Int) -> String { property("fill", series: index) }
    static func stroke(series index: Int) -> String { property("stroke", series: index) }

    /// The attribute for programs that know no style sheets, the style for those that do.
    private static func property(_ property: String, _ name: String) -> String {
        let shade = names[name] ?? "#000000"
        return "\(property)=\"\(shade)\" style=\"\(property):var(--\(name),\(shade))\""
    }

    private static func property(_ property: String, series index: Int) -> String {
        let place = index % series.count
        return "\(property)=\"\(series[place])\" style=\"\(property):var(--s\(place + 1),\(series[place]))\""
    }

    /// A marker of about 8 units centred on (x, y).
    static func marker(_ shape: Int, x: Double, y: Double, hollow: Bool = false, series index: Int) -> String {
        let (px, py) = (NumberFormat.place(x), NumberFormat.place(y))
        let ink = hollow ? "\(stroke(series: index)) fill=\"none\" stroke-width=\"1.8\"" : fill(series: index)
        func around(_ points: [(Double, Double)]) -> String {
            let list = points.map { NumberFormat.place(x + $0.0) + "," + NumberFormat.place(y + $0.1) }.joined(
                separator: " ")
            return "<polygon points=\"\(list)\" \(ink)/>"
        }
        switch shape % 4 {
        case 0: return "<circle cx=\"\(px)\" cy=\"\(py)\" r=\"3.8\" \(ink)/>"
        case 1: return around([(-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)])
        case 2: return around([(0, -4.6), (4.4, 3.4), (-4.4, 3.4)])
        default: return around([(0, -4.9), (4.9, 0), (0, 4.9), (-4.9, 0)])
        }
    }

    static func text(
        _ text: String, x: Double, y: Double, anchor: String = "start", size: Double = 12, ink: String = "soft",
        extra: String = ""
    ) -> String {
        """
        <text x="\(NumberFormat.place(x))" y="\(NumberFormat.place(y))" text-anchor="\(anchor)" \
        font-size="\(NumberFormat.place(size))" \(fill(ink))\(extra.isEmpty ? "" : " " + extra)>\
        \(NumberFormat.escaped(text))</text>
        """
    }

    /// About how wide a text is: digits and letters of a sans serif average a little over half their size.
    static func width(_ text: String, size: Double = 12) -> Double { Double(text.count) * size * 0.56 }

    static func drawing(
        width: Double, height: Double, title: String, description: String, id: String, stretches: Bool = false,
        _ body: String
    ) -> String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" \
        viewBox="0 0 \(NumberFormat.place(width)) \(NumberFormat.place(height))" \
        role="img" \
        \(stretches ? "preserveAspectRatio=\"none\" " : "")\
        aria-labelledby="\(id)-t \(id)-d" \
        font-family="system-ui, 'Segoe UI', 'Helvetica Neue', 'DejaVu Sans', sans-serif">\
        <title id="\(id)-t">\(NumberFormat.escaped(title))</title>\
        <desc id="\(id)-d">\(NumberFormat.escaped(description))</desc>\(body)</svg>
        """
    }
}
