extension FixedWidthInteger {
    /// The whole part of a number, and the nearest bound where the type cannot hold it; NaN is zero.
    ///
    /// For numbers from outside (files, command lines, weights): the ordinary conversion traps on all three.
    @inlinable public init<Number: BinaryFloatingPoint>(saturating value: Number) {
        if let exact = Self(exactly: value.rounded(.towardZero)) {
            self = exact
        } else {
            self = value.isNaN ? 0 : value < 0 ? .min : .max
        }
    }
}

extension Int64 {
    /// The sum, or the bound that it lies beyond.
    @inlinable public func saturatingSum(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, or the bound that it lies beyond.
    @inlinable public func saturatingDifference(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
