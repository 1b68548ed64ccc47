import Declarations

extension Topology {
    /// What the reader asks for: schema and reference are written from it, so they cannot fall behind.
    private static var format: YAMLSection {
        YAMLSection { _ = read($0, folder: "/", fallbackName: "", seed: nil) }
    }

    /// The format as a JSON schema (draft 2020-12), for completion and checks in editors.
    package static func schema() -> String { format.jsonSchema(title: "GenSemCom topology") }

    /// The format as a page of Markdown: a table for every section, from the same reading as ``schema()``.
    package static func reference() -> String {
        preface + format.referencePage(title: "The file", anchor: "the-file") + figuresOfExpect
    }

    private static var preface: String {
        """
        # Topology files

        <!-- Written by 'testbed schema --markdown'; a test holds it against the sources. Do not edit. -->

        One YAML file says all of an experiment. `testbed check FILE` finds every mistake in one go,
        `testbed check --resolved FILE` prints the file with every default filled in, `testbed schema` prints a JSON
        schema for editors, and any key can be changed from the command line: `--set links.uplink.snr=0dB`. Relative
        paths start from the file's own folder. An unknown key is a mistake.

        Quantities carry a unit; zero needs none.

        \(Dimension.tableOfUnits)


        """
    }

    private static var figuresOfExpect: String {
        let rows = ExpectedBound.meanings.map { "| `\($0.figure)` | \($0.unit.title) | \($0.meaning) |" }
        return """
            ## Figures of `expect`

            A bound is `">= 0.5"`, `"<= 30 ms"`, `"== 0"`, `"> 1"` or `"< 1"`, in the figure's unit. A bare number means
            equality, and is taken for counts only: no measured mean equals a number that was written down.
            `delivered: all` asks for every image.

            | figure | unit | meaning |
            |---|---|---|
            \(rows.joined(separator: "\n"))

            """
    }
}
