import Testing

@testable import Adaptation

struct LayoutSizeTests {
    @Test func sizes() {
        #expect(LayoutSize(argument: "none") == LayoutSize.none && LayoutSize(argument: "auto") == .auto)
        #expect(LayoutSize(argument: "24") == .most(24) && LayoutSize(argument: "1024") == .most(1024))
        for wrong in ["23", "1025", "-1", "", "much"] { #expect(LayoutSize(argument: wrong) == nil) }
        // A twentieth with the length told, and nothing where that is less than a useful one.
        #expect(
            LayoutSize.auto.bytes(budgetBits: 160 * 26) == 24 && LayoutSize.auto.bytes(budgetBits: 160 * 26 - 1) == 0)
        #expect(
            LayoutSize.auto.bits(budgetBits: 10_000) <= 500
                && LayoutSize.auto.bytes(budgetBits: 1 << 40) == LayoutSize.bounds.upperBound)
        #expect(LayoutSize.most(60).bits(budgetBits: 0) == 8 * 62 && LayoutSize.none.bits(budgetBits: 1 << 20) == 0)
    }
}
