import Determinism
import Foundation

extension RandomStream {
    /// A gamma-distributed number of mean `shape` and scale 1 (Marsaglia and Tsang, ACM TOMS 26, 2000).
    ///
    /// A rejection method: the count of words it draws varies, so give it a stream of its own.
    mutating func gamma(shape: Double) -> Double {
        if shape < 1 {
            let boost = pow(uniformOpenAtZero(), 1 / shape)
            return boost * gamma(shape: shape + 1)
        }
        let d = shape - 1 / 3.0
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let root = 1 + c * x
            guard root > 0 else { continue }
            let v = root * root * root
            if log(uniformOpenAtZero()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
        }
    }
}
