import Determinism

/// A line plot: axes, ticks, grid, legend, intervals; drawn as SVG.
package struct Plot: Sendable {
    package struct Point: Sendable {
        package var x: Double
        package var y: Double
        /// Ends of the interval around y, where there is one.
        package var low: Double?
        package var high: Double?
        /// Shown when the pointer rests on the marker.
        package var note: String?

        package init(_ x: Double, _ y: Double, low: Double? = nil, high: Double? = nil, note: String? = nil) {
            self.x = x
            self.y = y
            self.low = low
            self.high = high
            self.note = note
        }
    }

    package enum Style: Sendable {
        /// Straight lines with markers.
        case line
        /// A thin line without markers: a bound, a theory.
        case rule
        /// Each value holds until the next point's x: a channel constant within its blocks.
        case steps
        /// Markers alone, filled or hollow.
        case points, rings
    }

    package struct Series: Sendable {
        package var name: String
        package var points: [Point]
        package var style: Style
        /// Which of the palette's colours and markers; nil = the place in the list.
        package var colour: Int?

        package init(_ name: String, _ points: [Point], style: Style = .line, colour: Int? = nil) {
            self.name = name
            self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
            self.style = style
            self.colour = colour
        }
    }

    /// A dashed line across the plot at one value.
    package struct Mark: Sendable {
        package var value: Double
        package var label: String
        package var isVertical: Bool

        package init(_ value: Double, _ label: String, isVertical: Bool = false) {
            self.value = value
            self.label = label
            self.isVertical = isVertical
        }
    }

    package var title: String
    /// What the plot shows, in a sentence, for readers who do not see it.
    package var description: String
    package var xLabel: String
    package var yLabel: String
    package var series: [Series]
    package var marks: [Mark] = []
    package var xLow: Double?
    package var xHigh: Double?
    package var yLow: Double?
    package var yHigh: Double?
    package var width = 720.0
    package var height = 260.0

    package init(title: String, description: String, xLabel: String, yLabel: String, series: [Series]) {
        self.title = title
        self.description = description
        self.xLabel = xLabel
        self.yLabel = yLabel
        self.series = series
    }

    package var isEmpty: Bool { series.allSatisfy(\.points.isEmpty) }

    /// - Parameter id: unique in the page; ties title and description to the drawing.
    package func svg(id: String) -> String {
        let legendLines = (legendPlaces.last?.line ?? -1) + 1
        let (left, right, bottom) = (58.0, width - 16, height - 44)
        let top = 14 + 22 * Double(legendLines)
        let points = series.flatMap(\.points)
        let across = Axis(values: points.map(\.x), low: xLow, high: xHigh, wanted: 8, from: left, to: right)
        let marked = marks.filter { !$0.isVertical }.map(\.value)
        let up = Axis(
            values: points.flatMap { [$0.y, $0.low, $0.high].compactMap { $0 } } + marked, low: yLow, high: yHigh,
            wanted: height > 200 ? 5 : 3, from: bottom, to: top)
        func place(_ value: Double) -> String { NumberFormat.place(value) }

        var body = ""
        for tick in up.ticks {
            let y = up.position(tick)
            body +=
                "<path d=\"M\(place(left)) \(place(y))H\(place(right))\" "
                + "\(PlotTheme.stroke("rule")) stroke-width=\"1\"/>"
            body += PlotTheme.text(up.label(tick), x: left - 8, y: y + 4, anchor: "end")
        }
        for tick in across.ticks {
            let x = across.position(tick)
            body += "<path d=\"M\(place(x)) \(place(bottom))v5\" \(PlotTheme.stroke("soft")) stroke-width=\"1\"/>"
            body += PlotTheme.text(across.label(tick), x: x, y: bottom + 19, anchor: "middle")
        }
        body +=
            "<path d=\"M\(place(left)) \(place(bottom))H\(place(right))\" "
            + "\(PlotTheme.stroke("soft")) stroke-width=\"1\"/>"
        body += PlotTheme.text(xLabel, x: (left + right) / 2, y: height - 6, anchor: "middle")
        body += PlotTheme.text(
            yLabel, x: 14, y: (top + bottom) / 2, anchor: "middle",
            extra: "transform=\"rotate(-90 14 \(place((top + bottom) / 2)))\"")
        for mark in marks {
            let at = mark.isVertical ? across.position(mark.value) : up.position(mark.value)
            let path =
                mark.isVertical
                ? "M\(place(at)) \(place(top))V\(place(bottom))" : "M\(place(left)) \(place(at))H\(place(right))"
            body += "<path d=\"\(path)\" \(PlotTheme.stroke("ink")) stroke-width=\"1.2\" stroke-dasharray=\"5 4\"/>"
            body +=
                mark.isVertical
                ? PlotTheme.text(mark.label, x: at + 5, y: top + 11, ink: "ink")
                : PlotTheme.text(mark.label, x: right, y: at - 5, anchor: "end", ink: "ink")
        }
        for (index, one) in series.enumerated() { body += draw(one, colour: one.colour ?? index, across, up) }
        body += drawLegend()
        return PlotTheme.drawing(width: width, height: height, title: title, description: description, id: id, body)
    }

    private func draw(_ series: Series, colour: Int, _ across: Axis, _ up: Axis) -> String {
        let places = series.points.map { (x: across.position($0.x), y: up.position($0.y)) }
        guard let first = places.first else { return "" }
        func place(_ value: Double) -> String { NumberFormat.place(value) }
        var body = ""
        // Over a point without an interval there is no band.
        for banded in series.points.split(whereSeparator: { $0.low == nil || $0.high == nil }) {
            body += drawBand(
                Array(banded), filled: series.style == .line && banded.count > 1, colour: colour, across, up)
        }
        switch series.style {
        case .line:
            let path = "M" + places.map { "\(place($0.x)) \(place($0.y))" }.joined(separator: "L")
            body +=
                """
                <path d="\(path)" fill="none" \(PlotTheme.stroke(series: colour)) \
                stroke-width="2" stroke-linejoin="round"/>
                """
        case .rule:
            let path = "M" + places.map { "\(place($0.x)) \(place($0.y))" }.joined(separator: "L")
            body +=
                """
                <path d="\(path)" fill="none" \(PlotTheme.stroke(series: colour)) \
                stroke-width="1.2" stroke-dasharray="5 4"/>
                """
        case .steps:
            var path = "M\(place(first.x)) \(place(first.y))"
            for next in places.dropFirst() { path += "H\(place(next.x))V\(place(next.y))" }
            body +=
                """
                <path d="\(path)" fill="none" \(PlotTheme.stroke(series: colour)) \
                stroke-width="1.6" stroke-linejoin="round"/>
                """
        case .points, .rings: break
        }
        // Of thousands of markers, those that would cover one another stand once, without their names.
        let isCrowded = series.points.count > 2000
        var taken = Set<Int>()
        for (point, at) in zip(series.points, places) where hasMarkers(series) {
            if isCrowded, !taken.insert(Int(saturating: at.x / 3) &* 10_000 &+ Int(saturating: at.y / 3)).inserted {
                continue
            }
            let marker = PlotTheme.marker(colour, x: at.x, y: at.y, hollow: series.style == .rings, series: colour)
            body +=
                (isCrowded ? nil : point.note).map { "<g><title>\(NumberFormat.escaped($0))</title>\(marker)</g>" }
                ?? marker
        }
        return body
    }

    /// Intervals of successive points: the area between their ends, or a stroke for each.
    private func drawBand(_ points: [Point], filled: Bool, colour: Int, _ across: Axis, _ up: Axis) -> String {
        func place(_ value: Double) -> String { NumberFormat.place(value) }
        guard filled else {
            return points.map { point in
                let x = place(across.position(point.x))
                return
                    """
                    <path d="M\(x) \(place(up.position(point.low!)))V\(place(up.position(point.high!)))" \
                    \(PlotTheme.stroke(series: colour)) stroke-width="1.4"/>
                    """
            }.joined()
        }
        let above = points.map { "\(place(across.position($0.x))) \(place(up.position($0.high!)))" }
        let below = points.reversed().map { "\(place(across.position($0.x))) \(place(up.position($0.low!)))" }
        return
            """
            <path d="M\((above + below).joined(separator: "L"))Z" \
            \(PlotTheme.fill(series: colour)) fill-opacity="0.16"/>
            """
    }

    /// Where each named series stands in the legend: as many in a line as the width holds.
    private var legendPlaces: [(index: Int, x: Double, line: Int)] {
        var places: [(index: Int, x: Double, line: Int)] = []
        var (x, line) = (58.0, 0)
        for (index, one) in series.enumerated() where !one.name.isEmpty {
            let length = 28 + PlotTheme.width(one.name)
            if x + length > width - 16, x > 58 { (x, line) = (58, line + 1) }
            places.append((index, x, line))
            x += length + 22
        }
        return places
    }

    private func hasMarkers(_ series: Series) -> Bool {
        switch series.style {
        case .steps, .rule: false
        case .points, .rings: true
        case .line: series.points.count <= 40
        }
    }

    private func drawLegend() -> String {
        var body = ""
        for (index, x, line) in legendPlaces {
            let one = series[index]
            let colour = one.colour ?? index
            let y = 14 + 20 * Double(line)
            if one.style != .points, one.style != .rings {
                let dashes = one.style == .rule ? " stroke-dasharray=\"5 4\"" : ""
                body +=
                    """
                    <path d="M\(NumberFormat.place(x)) \(NumberFormat.place(y))h22" \
                    \(PlotTheme.stroke(series: colour)) \
                    stroke-width="2"\(dashes)/>
                    """
            }
            if hasMarkers(one) {
                body += PlotTheme.marker(colour, x: x + 11, y: y, hollow: one.style == .rings, series: colour)
            }
            body += PlotTheme.text(one.name, x: x + 28, y: y + 4, ink: "ink")
        }
        return body
    }
}
