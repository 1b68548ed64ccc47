import Synchronization

/// What is made at its first use, once: an encoder never needs the synthesis, a decoder never the analysis. What it is
/// made of has been read and checked before.
final class Deferred<Value: Sendable>: Sendable {
    private enum State {
        case pending(@Sendable () -> Value)
        case made(Value)
    }

    private let state: Mutex<State>

    init(_ make: @escaping @Sendable () -> Value) { state = Mutex(.pending(make)) }

    /// Whoever asks while it is being made waits.
    var value: Value {
        state.withLock { state in
            switch state {
            case .made(let value): return value
            case .pending(let make):
                let value = make()
                state = .made(value)  // and what it was made of is let go
                return value
            }
        }
    }
}
