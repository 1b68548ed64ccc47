import Results

/// One picture's bits by section along its budget: a stacked bar with a mark where the budget ends.
enum BitsBar {
    static let sections = ["header", "prompt", "mask", "ŝ", "ŷ"]
    static let colours = [6, 4, 3, 5, 0]

    static func svg(_ image: ImageResult, id: String) -> String {
        let bits = [image.headerBits, image.promptBits, image.maskBits, image.hyperBits, image.featureBits]
        let (width, left, right) = (720.0, 2.0, 716.0)
        let scale = (right - left) / Double(max(image.budgetBits, image.totalBits, 1))
        var body =
            """
            <rect x="\(NumberFormat.place(left))" y="4" width="\(NumberFormat.place(right - left))" height="14" \
            \(PlotTheme.fill("rule")) fill-opacity="0.6"/>
            """
        var x = left
        var words: [String] = []
        for (index, count) in bits.enumerated() where count > 0 {
            let length = Double(count) * scale
            body +=
                """
                <rect x="\(NumberFormat.place(x))" y="4" \
                width="\(NumberFormat.place(max(0.7, length - 0.6)))" height="14" \
                \(PlotTheme.fill(series: colours[index]))>\
                <title>\(sections[index]) \(NumberFormat.bits(count))</title></rect>
                """
            x += length
            words.append("\(sections[index]) \(NumberFormat.bits(count))")
        }
        let mark = left + Double(image.budgetBits) * scale
        body += "<path d=\"M\(NumberFormat.place(mark)) 0v22\" \(PlotTheme.stroke("ink")) stroke-width=\"2\"/>"
        // The bar fills whatever width the page gives it.
        return PlotTheme.drawing(
            width: width, height: 22, title: "Bits by section of \(image.name)",
            description: words.joined(separator: ", ")
                + "; \(NumberFormat.bits(image.totalBits)) of \(NumberFormat.bits(image.budgetBits))", id: id,
            stretches: true,
            body)
    }
}
