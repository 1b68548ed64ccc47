import COpenBLAS

/// A symmetric matrix in double precision, for the statistics of features: products and eigenvalues through LAPACK.
public struct SymmetricMatrix: Sendable {
    public let order: Int
    /// order² numbers, row by row.
    public var values: [Double]

    public init(order: Int, values: [Double]) {
        precondition(values.count == order * order, "a matrix of order \(order) has \(order * order) entries")
        self.order = order
        self.values = values
    }

    /// λ in ascending order and, row by row, the eigenvectors that belong to them.
    ///
    /// - Returns: nil where LAPACK did not converge (a matrix that holds something not finite).
    public func eigenDecomposition(vectors: Bool = true) -> (values: [Double], vectors: [Double])? {
        // LAPACK counts by columns; the matrix is its own transpose, and vectors by columns are ours by rows.
        var matrix = values
        var eigenvalues = [Double](repeating: 0, count: order)
        var n = Int32(order)
        var status: Int32 = 0
        var (workSize, integerWorkSize): (Int32, Int32) = (-1, -1)
        var (bestWork, bestIntegerWork): (Double, Int32) = (0, 0)
        let job: CChar = vectors ? 0x56 : 0x4e  // V or N
        var (kind, triangle) = (job, CChar(0x55))
        dsyevd_(
            &kind, &triangle, &n, &matrix, &n, &eigenvalues, &bestWork, &workSize, &bestIntegerWork, &integerWorkSize,
            &status)
        guard status == 0 else { return nil }
        (workSize, integerWorkSize) = (Int32(bestWork), bestIntegerWork)
        var work = [Double](repeating: 0, count: max(1, Int(workSize)))
        var integerWork = [Int32](repeating: 0, count: max(1, Int(integerWorkSize)))
        var m = n
        dsyevd_(
            &kind, &triangle, &n, &matrix, &m, &eigenvalues, &work, &workSize, &integerWork, &integerWorkSize, &status)
        guard status == 0, eigenvalues.allSatisfy(\.isFinite) else { return nil }
        return (eigenvalues, vectors ? matrix : [])
    }

    /// The square root of a positive semidefinite matrix; eigenvalues that rounding made negative count as zero.
    public func squareRoot() -> SymmetricMatrix? {
        guard let (eigenvalues, vectors) = eigenDecomposition() else { return nil }
        var scaled = vectors
        for i in 0..<order {
            let factor = max(0, eigenvalues[i]).squareRoot()
            for j in i * order..<(i + 1) * order { scaled[j] *= factor }
        }
        // Vᵀ·(√Λ·V) with the eigenvectors in rows.
        return SymmetricMatrix(order: order, values: Self.product(vectors, scaled, order: order, transposeFirst: true))
    }

    /// self · other · self, again symmetric.
    public func congruence(of other: SymmetricMatrix) -> SymmetricMatrix {
        precondition(order == other.order, "matrices of orders \(order) and \(other.order)")
        let half = Self.product(values, other.values, order: order)
        return SymmetricMatrix(order: order, values: Self.product(half, values, order: order))
    }

    /// Σ of the outer products of the rows (count × order) with themselves, times `factor`.
    public init(outerProductsOf rows: [Double], count: Int, order: Int, factor: Double) {
        precondition(rows.count == count * order, "\(count) rows of \(order) numbers")
        var values = [Double](repeating: 0, count: order * order)
        let (n, k) = (Int32(order), Int32(count))
        cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n, n, k, factor, rows, n, rows, n, 0, &values, n)
        self.init(order: order, values: values)
    }

    private static func product(_ a: [Double], _ b: [Double], order: Int, transposeFirst: Bool = false) -> [Double] {
        var result = [Double](repeating: 0, count: order * order)
        let n = Int32(order)
        cblas_dgemm(
            CblasRowMajor, transposeFirst ? CblasTrans : CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, &result,
            n)
        return result
    }
}
