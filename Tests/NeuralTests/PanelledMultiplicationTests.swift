import Foundation
import Testing

@testable import Neural

/// Products through the package's own panels, whether or not this machine's table would choose them.
struct PanelledMultiplicationTests {
    @Test(arguments: [(12, 48, 16), (77, 320, 300), (300, 48, 64), (150, 528, 40)], [false, true])
    func likeSumsInDoublePrecision(_ form: (rows: Int, columns: Int, inner: Int), _ transposed: Bool) {
        let (rows, columns, inner) = form
        let (lda, ldb, ldc) = (inner + 3, (transposed ? inner : columns) + 5, columns + 2)
        let a = KernelLevelTests.noise(rows * lda, 1)
        let b = KernelLevelTests.noise((transposed ? columns : inner) * ldb, 2)
        let before = KernelLevelTests.noise(rows * ldc, 3)
        for accumulate in [false, true] {
            var c = before
            c.withUnsafeMutableBufferPointer { c in
                PanelledMultiplication.multiply(
                    rows: rows, columns: columns, inner: inner, a, b, c.baseAddress!, accumulate: accumulate,
                    leadingA: lda, leadingB: ldb,
                    leadingC: ldc, transposeB: transposed)
            }
            let expected = (0..<rows * ldc).map { i in
                let (row, column) = (i / ldc, i % ldc)
                guard column < columns else { return Double(before[i]) }
                return (0..<inner).reduce(accumulate ? Double(before[i]) : 0) {
                    $0 + Double(a[row * lda + $1]) * Double(transposed ? b[column * ldb + $1] : b[$1 * ldb + column])
                }
            }
            #expect(KernelLevelTests.near(c, expected, terms: inner))
        }
    }

    /// No sum depends on how rows and columns are cut among threads.
    @Test func sameOnEveryThreadCount() {
        let (rows, columns, inner) = (310, 320, 100)
        let (a, b) = (KernelLevelTests.noise(rows * inner, 1), KernelLevelTests.noise(inner * columns, 2))
        let results = [1, 3, 2].map { threads -> [Float] in
            setComputeThreads(threads)
            var c = [Float](repeating: 0, count: rows * columns)
            PanelledMultiplication.multiply(
                rows: rows, columns: columns, inner: inner, a, b, &c, accumulate: false, leadingA: inner,
                leadingB: columns,
                leadingC: columns, transposeB: false)
            return c
        }
        #expect(results[0] == results[1] && results[0] == results[2])
    }
}
