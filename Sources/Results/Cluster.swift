/// What an image shares its luck with: images of one cluster crossed the same coherence block of the same run.
///
/// The block's number is enough: links that fade alike, and the several receivers of one image, fall into one cluster.
/// Where a channel never changes there is no luck to be shared, and each image stands for itself;
/// so does one that no block carried.
package struct Cluster: Hashable, Sendable {
    private var run: String
    private var block: Int?
    private var transmitter: String?
    private var image: Int?

    /// - Parameters:
    ///   - run: the point's name in a sweep.
    ///   - constant: the links whose channel never changes, ``ChannelCourse/constantLinks``.
    package init(_ image: ImageResult, run: String = "", constant: Set<String>) {
        self.run = run
        if let block = image.block, !constant.contains(image.link ?? "") {
            self.block = block
        } else {
            (transmitter, self.image) = (image.transmitter, image.image)
        }
    }

    /// A whole run: what its images may have in common beyond their blocks (correlated fading, shadowing) counts, too.
    package init(run: String) { self.run = run }
}
