/// What the page's template names: strings and drawings, ready to be set.
package struct ReportModel {
    struct Fact {
        var name: String
        var value: String
        var note: String?
    }

    struct Verdict {
        /// `valid`, `invalid` or `unjudged`; names the badge's class.
        var kind: String
        var symbol: String
        var word: String
        var sentence: String
    }

    struct Panel {
        var title: String
        var alt: String
        var source: String
    }

    struct Legend {
        var name: String
        var value: String
        var colour: Int
    }

    struct ImageEntry {
        var anchor: String
        var number: String
        var name: String
        var prompt: String
        var label: String
        var scheme: String
        var status: String
        var statusKind: String
        var panels: [Panel]
        var facts: [Fact]
        var bitsBar: String
        var sections: [Legend]
        var bitsSentence: String
    }

    package struct Row {
        package var anchor: String?
        package var head: String
        package var cells: [String]
        /// Names the row's class: empty, `bad`.
        package var kind: String

        package init(anchor: String? = nil, head: String, cells: [String], kind: String) {
            self.anchor = anchor
            self.head = head
            self.cells = cells
            self.kind = kind
        }
    }

    struct Table {
        var caption: String
        var columns: [String]
        var rows: [Row]
    }

    struct Figure {
        var title: String
        var drawing: String
        var caption: String
    }

    var title: String
    var eyebrow: String
    var date: String
    var style: String
    var verdict: Verdict
    var summary: String
    var headline: [Fact]
    var table: Table
    var schemes: Table?
    var images: [ImageEntry]
    var imagesLeftOut: String?
    var channel: [Figure]
    var decisions: [Figure]
    var latency: [Figure]
    var stages: Table?
    var fidelity: [Figure]
    var record: [Fact]
    var machine: [Fact]
    var versions: [Fact]
    var packets: Table?
    var nodes: Table?
    var events: Table?
    var resolved: String
    var command: String
}
