import Testing

@testable import Neural

struct HalfPrecisionTests {
    /// All 65,536 of them, as the compiler widens one: bit for bit, but for what NaNs carry.
    @Test func everyNumberWidens() {
        let different = (0...UInt16.max).filter { bits in
            let (found, expected) = (SafeTensors.widened(bits), Float(Float16(bitPattern: bits)))
            return expected.isNaN ? !found.isNaN : found.bitPattern != expected.bitPattern
        }
        #expect(different.isEmpty)
    }
}
