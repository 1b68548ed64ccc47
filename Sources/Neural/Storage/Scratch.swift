/// Scratch memory of one worker, on cache-line boundaries. Freed with the owner.
///
/// Handed to one worker each, so sharing the array of them is safe.
package final class Scratch: @unchecked Sendable {
    package let floats: UnsafeMutablePointer<Float>
    private let piece: KeptMemory.Piece

    package init(count: Int) {
        piece = KeptMemory.shared.piece(bytes: max(1, count) * MemoryLayout<Float>.stride)
        floats = piece.address.bindMemory(to: Float.self, capacity: max(1, count))
    }

    deinit { KeptMemory.shared.giveBack(piece) }
}
