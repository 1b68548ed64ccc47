import Testing

@testable import Determinism

/// Numbers from outside become integers without a trap, at the nearest bound.
@Suite struct SaturationTests {
    @Test func spansSaturate() {
        #expect(Instant.Span.seconds(1e12).nanoseconds == .max)
        #expect(Instant.Span.seconds(-1e300).nanoseconds == .min)
        #expect(Instant.Span.seconds(.infinity).nanoseconds == .max)
        #expect(Instant.Span.seconds(.nan).nanoseconds == 0)
        #expect(Instant.Span.seconds(0.02).nanoseconds == 20_000_000)
        #expect(Instant.Span.seconds(-1.5e-9).nanoseconds == -2)
    }

    @Test func sumsAndDifferencesSaturate() {
        let (last, first) = (Instant(nanoseconds: .max), Instant(nanoseconds: .min))
        #expect(last + .seconds(1) == last)
        #expect(first - .seconds(1) == first)
        #expect((last - first).nanoseconds == .max)
        #expect((first - last).nanoseconds == .min)
        #expect(first + .init(nanoseconds: .min) == first)
        #expect((Instant.Span(nanoseconds: .min) - .init(nanoseconds: 1)).nanoseconds == .min)
        #expect(Instant(nanoseconds: 5) - .init(nanoseconds: 7) == Instant(nanoseconds: -2))
    }

    @Test func integersTakeTheWholePart() {
        #expect(Int(saturating: 2.9) == 2)
        #expect(Int(saturating: -2.9) == -2)
        #expect(Int(saturating: 1e300) == .max)
        #expect(Int(saturating: -Double.infinity) == .min)
        #expect(Int32(saturating: Float.nan) == 0)
        #expect(UInt8(saturating: 255.9) == 255)
        #expect(UInt8(saturating: -0.5) == 0)
        #expect(Int64(saturating: 0x1p63) == .max)
        #expect(Int64(saturating: -0x1p63) == .min)
    }
}
