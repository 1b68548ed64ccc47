import Synchronization

/// Large pieces of memory that maps gave back, for the maps that follow while one computation runs: fresh memory is
/// cleared by the system page by page, which costs a layer of few products more than the layer. Two at most are kept,
/// none while a piece of another size is asked for, so that a computation takes no more memory than without.
final class KeptMemory: Sendable {
    static let shared = KeptMemory()

    /// Bytes below which a piece is the allocator's own business.
    static let least = 1 << 20
    private static let most = 2

    struct Piece: @unchecked Sendable {
        let address: UnsafeMutableRawPointer
        let bytes: Int
    }
    private struct State {
        var users = 0
        var kept: [Piece] = []
    }
    private let state = Mutex(State())

    /// A piece of at least so many bytes, on cache-line boundaries.
    func piece(bytes: Int) -> Piece {
        let kept: Piece? =
            bytes < Self.least
            ? nil
            : state.withLock { state in
                if let index = state.kept.firstIndex(where: { $0.bytes >= bytes && $0.bytes <= bytes + bytes / 8 }) {
                    return state.kept.remove(at: index)
                }
                Self.release(&state.kept)
                return nil
            }
        return kept ?? Piece(address: .allocate(byteCount: bytes, alignment: 64), bytes: bytes)
    }

    func giveBack(_ piece: Piece) {
        let isKept =
            piece.bytes >= Self.least
            && state.withLock { state in
                guard state.users > 0 else { return false }
                if state.kept.count == Self.most { state.kept.removeFirst().address.deallocate() }
                state.kept.append(piece)
                return true
            }
        if !isKept { piece.address.deallocate() }
    }

    func reusing<R>(_ body: () throws -> R) rethrows -> R {
        state.withLock { $0.users += 1 }
        defer {
            state.withLock { state in
                state.users -= 1
                if state.users == 0 { Self.release(&state.kept) }
            }
        }
        return try body()
    }

    private static func release(_ pieces: inout [Piece]) {
        for piece in pieces { piece.address.deallocate() }
        pieces.removeAll()
    }
}

/// Runs `body`, whose maps take over the memory of those that are gone.
public func reusingMemory<R>(_ body: () throws -> R) rethrows -> R { try KeptMemory.shared.reusing(body) }
