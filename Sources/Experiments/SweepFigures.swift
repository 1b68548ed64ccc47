import Records
import Report
import Results

extension SweepSummary {
    /// A figure of one image that sweeps average.
    struct Figure: Sendable {
        var name: String
        var unit: String
        var meaning: String
        var value: @Sendable (ImageResult) -> Double?

        init(_ name: String, _ unit: String, _ meaning: String, _ value: @escaping @Sendable (ImageResult) -> Double?) {
            (self.name, self.unit, self.meaning, self.value) = (name, unit, meaning, value)
        }
    }

    /// One point's images, and what is averaged over them.
    struct Line {
        var point: SweepPlan.Point
        var scheme: String
        var images: [ImageResult]
        /// For each image those it shares its luck with.
        var clusters: [Cluster]
        var valid: Bool?
        /// What the page links to, from the sweep's folder: the point's report, or its folder where none was kept.
        var place: String

        static let figures: [Figure] = [
            Figure("bits", "bit", "total_bits") { Double($0.totalBits) },
            Figure("bits_per_pixel", "bit/pixel", "total_bits over the pixels") { $0.bitsPerPixel },
            Figure("bandwidth_ratio", "", "channel uses over the picture's samples") { $0.bandwidthRatio },
            Figure("air_time_ms", "ms", "latency on the air") { $0.airTime.map { $0 * 1000 } },
            Figure("gvif", "0 to 1", "GVIF of what arrived") { $0.gvif },
            Figure(
                "whole_gvif", "0 to 1", "what a stream without slices would have been worth: 0 unless all of it came"
            ) { image in
                image.gvif.map { image.status == .complete ? $0 : 0 }
            },
            Figure("mask_psnr_db", "dB", "PSNR of the pixels of the cells received") { $0.maskPSNR },
            Figure("region_psnr_db", "dB", "PSNR of the region that does not move with α") { $0.regionPSNR },
            Figure("psnr_db", "dB", "PSNR of the whole picture") { $0.psnr },
            Figure("ssim", "−1 to 1", "structural similarity of the whole picture") { $0.ssim },
            Figure("alpha", "0 to 1", "threshold in force, 1 where the prompt went alone") { min($0.alpha, 1) },
            Figure("miss_share", "0 to 1", "share of images not whole in time, or over their budget") {
                $0.status == .complete && $0.keepsBudget ? 0 : 1
            },
            Figure("feasible_share", "0 to 1", "share of images for which all bounds of problem (31) could be kept") {
                $0.feasible.map { $0 ? 1 : 0 }
            },
            Figure("rate", "", "source coder Φ in force, where a coder of ours was at work") {
                $0.sourceCoder.map(Double.init)
            },
            Figure("kept_share", "0 to 1", "share of latent cells that arrived") { $0.receivedShare },
            Figure("snr_db", "dB", "receive SNR of the block that the image was settled on; a mean of decibels") {
                $0.snr
            },
        ]

        /// Those whose values may be infinite, and then stand in no mean.
        static let unbounded = ["mask_psnr_db", "region_psnr_db", "psnr_db"]

        func sample(_ figure: String) -> Sample? { [self].sample(figure) }

        /// How many images have no error where the figure looks.
        func exactCount(_ figure: String) -> Int {
            [self].values(figure).filter { $0.value == .infinity }.count
        }

        /// Clusters of all images: a figure that some lack has as many or fewer.
        var clusterCount: Int { Set(clusters).count }
        /// Images for which some bound gave way.
        var concessions: Int { images.filter { $0.concession != nil }.count }
    }
}

extension [SweepSummary.Line] {
    /// The mean of a figure over all images of these lines.
    ///
    /// Images of one run and one coherence block are a cluster; where there are runs enough (repetitions of a point),
    /// all images of one run are.
    func sample(_ figure: String) -> Sample? { Sample(values(figure)) }

    func values(_ figure: String) -> [(value: Double, cluster: Cluster)] {
        guard let figure = SweepSummary.Line.figures.first(where: { $0.name == figure }) else { return [] }
        let manyRuns = Set(map(\.point.name)).count >= Sample.leastClusters
        return flatMap { line in
            zip(line.images, line.clusters).compactMap { image, cluster in
                figure.value(image).map { (value: $0, cluster: manyRuns ? Cluster(run: line.point.name) : cluster) }
            }
        }
    }
}
