import Fidelity
import Imaging
import Neural
import Testing

@Suite struct GVIFTests {
    @Test func equalsNumPy() throws {
        let expected = try referenceValues()["gvif"]!
        let file = try SafeTensors(path: golden("values.safetensors"))
        let scales = try file.tensor("scales", shape: [21, 5, 7]).values
        let mask = try Mask(width: 7, height: 5, values: file.tensor("mask").values.map { $0 > 0 })
        let reference = GVIF.cellInformation(scales: scales, channels: 21, cells: 35, gain: 1.8)
        #expect(abs(reference.reduce(0, +) - expected["reference"]!) < 1e-9 * expected["reference"]!)
        let cells = GVIF.cellInformation(scales: scales, channels: 21, cells: 35, gain: 0.37)
        #expect(try zip(cells, file.tensor("cells").values).allSatisfy { abs($0 - Double($1)) < 1e-5 * abs($0) })
        let channels = GVIF.channelInformation(scales: scales, channels: 21, cells: 35, gain: 0.37, mask: mask.values)
        #expect(try zip(channels, file.tensor("channels").values).allSatisfy { abs($0 - Double($1)) < 1e-5 * abs($0) })
        let sum = reference.reduce(0, +)
        #expect(abs(GVIF.value(information: cells, reference: sum) - expected["all"]!) < 1e-12)
        #expect(abs(GVIF.value(information: cells, mask: mask, reference: sum) - expected["masked"]!) < 1e-12)
        #expect(
            abs(
                GVIF.value(scales: scales, channels: 21, cells: 35, gain: 0.37, referenceGain: 1.8, mask: mask)
                    - expected["masked"]!) < 1e-12)
        let other = try file.tensor("other").values
        #expect(
            abs(
                GVIF.value(scales: other, reference: scales, channels: 21, cells: 35, mask: mask) - expected[
                    "separate"]!) < 1e-9)
    }

    @Test func propertiesOfProposition41() throws {
        let scales = try SafeTensors(path: golden("values.safetensors")).tensor("scales").values
        func value(_ gain: Double, _ mask: Mask?) -> Double {
            GVIF.value(scales: scales, channels: 21, cells: 35, gain: gain, referenceGain: 1.8, mask: mask)
        }
        #expect(value(1.8, nil) == 1)
        #expect(value(1.8, Mask(width: 7, height: 5, repeating: false)) == 0)
        #expect(value(0, nil) == 0)
        #expect(value(9, nil) == 1)  // β is clamped to 1
        var previous = -1.0
        for gain in stride(from: 0.05, through: 1.8, by: 0.05) {
            let now = value(gain, nil)
            #expect(now > previous && now <= 1)
            previous = now
        }
        var mask = Mask(width: 7, height: 5, repeating: false)
        previous = 0
        for i in 0..<35 {
            mask.values[(i * 12) % 35] = true
            let now = value(1.1, mask)
            #expect(now > previous && now < 1)
            previous = now
        }
        #expect(
            GVIF.value(scales: .init(repeating: 0, count: 8), channels: 2, cells: 4, gain: 1, referenceGain: 2) == 1)
    }

    @Test func extremeScalesDoNotOverflow() {
        let information = GVIF.cellInformation(
            scales: .init(repeating: 1e17, count: 24), channels: 24, cells: 1, gain: 10)
        #expect(information[0].isFinite && abs(information[0] - 24 * 122.9) < 20)
    }
}
