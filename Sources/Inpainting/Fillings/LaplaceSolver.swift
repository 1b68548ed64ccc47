import Imaging

/// Laplace's equation on the unknown pixels of a mask, known pixels as Dirichlet rim,
/// no flux across the picture's edge.
///
/// Solved by conjugate gradients, each direction first passed through one multigrid V-cycle (red-black Gauss–Seidel,
/// halved grids): about ten iterations whatever the size of the hole, where plain relaxation needs its diameter
/// squared.
struct LaplaceSolver {
    /// One grid of the hierarchy. A coarse cell is unknown only if all its children are, so that corrections never
    /// reach past the rim.
    struct Level {
        let width: Int
        let height: Int
        /// Number of neighbours inside the picture where unknown, 0 where known.
        var degree: [Float]
    }

    let levels: [Level]

    init(known mask: Mask) {
        var levels = [Self.level(width: mask.width, height: mask.height, unknown: mask.values.map { !$0 })]
        while let last = levels.last, min(last.width, last.height) > 4 {
            let (width, height) = ((last.width + 1) / 2, (last.height + 1) / 2)
            var unknown = [Bool](repeating: true, count: width * height)
            for y in 0..<last.height {
                for x in 0..<last.width where last.degree[y * last.width + x] == 0 {
                    unknown[(y / 2) * width + x / 2] = false
                }
            }
            guard unknown.contains(true) else { break }
            levels.append(Self.level(width: width, height: height, unknown: unknown))
        }
        self.levels = levels
    }

    private static func level(width: Int, height: Int, unknown: [Bool]) -> Level {
        var degree = [Float](repeating: 0, count: width * height)
        for y in 0..<height {
            for x in 0..<width where unknown[y * width + x] {
                degree[y * width + x] =
                    (x > 0 ? 1 : 0) + (x + 1 < width ? 1 : 0) + (y > 0 ? 1 : 0) + (y + 1 < height ? 1 : 0)
            }
        }
        return Level(width: width, height: height, degree: degree)
    }

    /// Overwrites the unknown entries of `plane` (width × height, row by row), whatever they were.
    ///
    /// - Parameter tolerance: bound for the largest residual (sum of differences to the neighbours),
    ///   in the plane's unit.
    func solve(_ plane: inout [Float], tolerance: Float, iterations: Int = 40) {
        let level = levels[0]
        let count = plane.count
        var (sum, known) = (Double(0), 0)
        for i in 0..<count where level.degree[i] == 0 {
            sum += Double(plane[i])
            known += 1
        }
        guard known > 0, known < count else { return }
        let mean = Float(sum / Double(known))
        for i in 0..<count where level.degree[i] > 0 { plane[i] = mean }

        var residual = [Float](repeating: 0, count: count)
        Self.residual(level, plane, rightHandSide: nil, into: &residual)
        var direction = [Float](repeating: 0, count: count)
        var image = [Float](repeating: 0, count: count)
        var previous: Double = 0
        for iteration in 0..<iterations {
            guard residual.contains(where: { abs($0) > tolerance }) else { return }
            let step = cycle(residual)
            let alignment = Self.dot(residual, step)
            let beta = iteration == 0 ? 0 : Float(alignment / previous)
            for i in 0..<count { direction[i] = step[i] + beta * direction[i] }
            previous = alignment
            // A·direction is minus the residual of a plane that is zero on the rim.
            Self.residual(level, direction, rightHandSide: nil, into: &image)
            let curvature = -Self.dot(direction, image)
            guard curvature > 0 else { return }
            let length = Float(alignment / curvature)
            for i in 0..<count {
                plane[i] += length * direction[i]
                residual[i] += length * image[i]
            }
        }
    }

    /// One symmetric V-cycle from zero: an approximate A⁻¹·b.
    private func cycle(_ b: [Float]) -> [Float] { cycle(b, depth: 0) }

    private func cycle(_ b: [Float], depth: Int) -> [Float] {
        let level = levels[depth]
        var x = [Float](repeating: 0, count: b.count)
        let last = depth + 1 == levels.count
        for _ in 0..<(last ? 8 : 1) {
            Self.relax(level, &x, b, parity: 0)
            Self.relax(level, &x, b, parity: 1)
        }
        if !last {
            let coarse = levels[depth + 1]
            var residual = [Float](repeating: 0, count: b.count)
            Self.residual(level, x, rightHandSide: b, into: &residual)
            var restricted = [Float](repeating: 0, count: coarse.degree.count)
            for y in 0..<level.height {
                for column in 0..<level.width {
                    restricted[(y / 2) * coarse.width + column / 2] += residual[y * level.width + column]
                }
            }
            for i in 0..<restricted.count where coarse.degree[i] == 0 { restricted[i] = 0 }
            let correction = cycle(restricted, depth: depth + 1)
            for y in 0..<level.height {
                for column in 0..<level.width where level.degree[y * level.width + column] > 0 {
                    x[y * level.width + column] += correction[(y / 2) * coarse.width + column / 2]
                }
            }
        }
        for _ in 0..<(last ? 8 : 1) {
            Self.relax(level, &x, b, parity: 1)
            Self.relax(level, &x, b, parity: 0)
        }
        return x
    }

    /// Gauss–Seidel on the cells of one colour: x = (b + Σ neighbours) / degree.
    private static func relax(_ level: Level, _ x: inout [Float], _ b: [Float], parity: Int) {
        let (width, height) = (level.width, level.height)
        x.withUnsafeMutableBufferPointer { x in
            b.withUnsafeBufferPointer { b in
                level.degree.withUnsafeBufferPointer { degree in
                    for row in 0..<height {
                        var i = row * width + ((row + parity) & 1)
                        let end = (row + 1) * width
                        while i < end {
                            if degree[i] > 0 {
                                var sum = b[i]
                                if i > row * width { sum += x[i - 1] }
                                if i + 1 < end { sum += x[i + 1] }
                                if row > 0 { sum += x[i - width] }
                                if row + 1 < height { sum += x[i + width] }
                                x[i] = sum / degree[i]
                            }
                            i += 2
                        }
                    }
                }
            }
        }
    }

    /// r = b − A·x on unknown cells with A·x = degree·x − Σ neighbours; 0 on known ones.
    private static func residual(_ level: Level, _ x: [Float], rightHandSide b: [Float]?, into r: inout [Float]) {
        let (width, height) = (level.width, level.height)
        x.withUnsafeBufferPointer { x in
            r.withUnsafeMutableBufferPointer { r in
                level.degree.withUnsafeBufferPointer { degree in
                    for row in 0..<height {
                        for i in row * width..<(row + 1) * width {
                            guard degree[i] > 0 else {
                                r[i] = 0
                                continue
                            }
                            var sum = -degree[i] * x[i]
                            if i > row * width { sum += x[i - 1] }
                            if i + 1 < (row + 1) * width { sum += x[i + 1] }
                            if row > 0 { sum += x[i - width] }
                            if row + 1 < height { sum += x[i + width] }
                            r[i] = sum + (b.map { $0[i] } ?? 0)
                        }
                    }
                }
            }
        }
    }

    private static func dot(_ a: [Float], _ b: [Float]) -> Double {
        var sum: Double = 0
        for i in 0..<a.count { sum += Double(a[i]) * Double(b[i]) }
        return sum
    }
}
