import Imaging
import Testing

@Suite struct ResamplingTests {
    @Test(arguments: [(32, 24), (23, 31), (100, 48), (64, 17), (90, 70)])
    func equalsPillowToTheBit(size: (Int, Int)) throws {
        let image = try Image(contentsOf: golden("coffee.ppm"))
        for (name, filter) in [("bilinear", ResamplingFilter.bilinear), ("bicubic", .bicubic), ("lanczos", .lanczos)] {
            let expected = try Image(contentsOf: golden("\(name)-\(size.0)x\(size.1).ppm"))
            #expect(
                largestDifference(image.resized(width: size.0, height: size.1, filter: filter), expected) == 0,
                "\(name)")
        }
    }

    @Test func shorterSideKeepsTheAspect() {
        let wide = Image(width: 500, height: 333).resized(shorterSide: 224)
        #expect((wide.width, wide.height) == (336, 224))
        let tall = Image(width: 333, height: 500).resized(shorterSide: 224)
        #expect((tall.width, tall.height) == (224, 336))
    }

    @Test(arguments: [(32, 32), (14, 18), (5, 6), (7, 33)])
    func planesFollowTorch(size: (Int, Int)) throws {
        let expected = try Plane(npy: golden("matrix-\(size.0)x\(size.1).npy"))
        let found = try Plane(npy: golden("matrix.npy")).resized(width: size.1, height: size.0)
        #expect(zip(found.values, expected.values).allSatisfy { abs($0 - $1) < 1e-6 })
    }
}

@Suite struct SpreadTests {
    @Test func cellsStayWhereTheyAre() {
        let cells = Plane(width: 4, height: 2, values: [0, 1, 2, 3, 4, 5, 6, 7])
        let spread = cells.spread(cell: 16, width: 40, height: 20)
        #expect(spread.width == 40 && spread.height == 20)
        #expect(spread[0, 0] == 0)
        // Between the centres of the first two cells of a row the value runs from 0 to 1.
        #expect(abs(spread[0, 8] - 0.03125) < 1e-6 && abs(spread[0, 23] - 0.96875) < 1e-6)
    }
}

@Suite struct NumPyTests {
    @Test func ordersAndTypes() throws {
        let fortran = try NumPyArray(contentsOf: golden("fortran.npy"))
        #expect(fortran.shape == [2, 3, 4])
        #expect(fortran.values == (0..<24).map(Float.init))
        #expect(try Plane(npy: golden("boolean.npy")).values == [1, 0, 1])
        #expect(try Plane(npy: golden("half.npy")).values == [0.5, -2, 65504])
    }

    @Test func writtenArraysReadBack() throws {
        let array = NumPyArray(shape: [1, 4, 3, 2], values: (0..<24).map { Float($0) * 0.37 })
        #expect(try NumPyArray(bytes: array.data(), name: "memory") == array)
        #expect(array.data().count % 64 == 24 * 4 % 64)
    }

    @Test func damageIsRefused() throws {
        let bytes = NumPyArray(shape: [2, 3], values: .init(repeating: 1, count: 6)).data()
        for count in 0..<bytes.count {
            #expect(throws: ImageFailure.self) { try NumPyArray(bytes: Array(bytes[..<count]), name: "x.npy") }
        }
        #expect(throws: ImageFailure.self) { try Plane(npy: golden("fortran.npy")) }
    }
}

@Suite struct ColourTests {
    @Test func mapsAreMonotoneInLightness() {
        for map in [ColourMap.viridis, .cividis] {
            let picture = map.image(Plane(width: 256, height: 1, values: (0..<256).map { Float($0) / 255 }))
            let lightness = Plane(luminanceOf: picture).values
            #expect(zip(lightness, lightness.dropFirst()).allSatisfy { $1 > $0 - 0.004 })
        }
        #expect(ColourMap.viridis[0] == (0x44, 0x01, 0x54))
        #expect(ColourMap.viridis[1] == (0xfd, 0xe7, 0x25))
        #expect(ColourMap.viridis[.nan] == ColourMap.viridis[-3])
    }

    @Test func overlayShowsTheHotCorner() {
        var importance = Plane(width: 2, height: 2)
        importance[0, 1] = 1
        let picture = Image(width: 32, height: 32, grey: 100).overlaid(with: importance, map: .viridis)
        let cold = picture.cropped(x: 0, y: 0, width: 1, height: 1).pixels
        let hot = picture.cropped(x: 31, y: 0, width: 1, height: 1).pixels
        #expect(hot[0] > cold[0] && hot[1] > cold[1])
    }
}

@Suite struct MaskTests {
    @Test func cellsBecomeBlocksAndEdgesExtend() {
        var mask = Mask(width: 2, height: 2, repeating: false)
        mask[1, 1] = true
        let large = mask.upsampled(by: 16, width: 30, height: 40)
        #expect(large.width == 30 && large.height == 40)
        #expect(!large[15, 29] && !large[31, 15] && large[16, 16] && large[39, 29])
        #expect(large.count == 14 * 24)
        #expect(Mask(large.image) == large)
    }

    @Test func editing() {
        let image = Image(width: 5, height: 3, pixels: (0..<45).map { UInt8($0) })
        let padded = image.padded(width: 8, height: 4)
        #expect(padded.cropped(x: 0, y: 0, width: 5, height: 3) == image)
        #expect(padded.pixels.suffix(3) == image.pixels.suffix(3))
        var canvas = Image(width: 5, height: 3, grey: 0)
        canvas.paste(image, x: -2, y: 1)
        #expect(canvas.cropped(x: 0, y: 1, width: 3, height: 2) == image.cropped(x: 2, y: 0, width: 3, height: 2))
        let mask = Mask(width: 5, height: 3, values: (0..<15).map { $0 == 7 })
        #expect(image.masked(mask, outside: .grey(9)).pixels[21..<24] == image.pixels[21..<24])
        #expect(image.masked(mask, outside: .grey(9)).pixels[0..<3] == [9, 9, 9])
    }
}
