import TestSupport
import Testing

@testable import Report
@testable import Results
@testable import Runs

/// What headline, table and console say of bounds that gave way.
@Suite struct BrokenBoundsTests {
    @Test func boundsAreCountedByKind() throws {
        let folder = try ReportTests.folder()
        var images = try RunClosing.close(folder: folder.path).results.images
        try #require(images.count >= 4)
        for index in images.indices {
            (images[index].feasible, images[index].concession) = (true, nil)
            images[index].budgetBits = images[index].totalBits
            images[index].repeatedBits = 0
        }
        #expect(BrokenBounds(images).broken == 0 && BrokenBounds(images).list == nil)
        (images[0].feasible, images[0].concession) = (false, "alpha-bound")
        (images[1].feasible, images[1].concession) = (false, "alpha-bound")
        (images[2].feasible, images[2].concession) = (false, "quality")
        images[3].budgetBits = images[3].totalBits - 1
        let bounds = BrokenBounds(images)
        #expect(bounds.images == images.count && bounds.broken == 4)
        #expect(
            bounds.list
                == "2 α above α_th (31d), 1 below the lowest quality (31c), 1 more bits than C·T_max (31b)")
        // A concession that this version does not know still counts.
        (images[2].feasible, images[2].concession) = (false, "newer")
        #expect(BrokenBounds(images).list?.contains("a bound gave way") == true)
    }
}
