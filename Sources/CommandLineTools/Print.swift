import Datagrams
import Files

/// In this module, `print` is the writer that copes with closed, full and broken streams; ``Entry`` turns a result that
/// could not be printed into exit code 1.
func print(_ text: some CustomStringConvertible, terminator: String = "\n") {
    StandardStream.output.write("\(text)\(terminator)")
}

/// A line on standard error, what a terminal would obey in it made visible.
func complain(_ text: some CustomStringConvertible) { StandardStream.error.write("\(text)".shown() + "\n") }
