/// A job's result, or the one line that says why there is none.
package enum JobResult<Value: Sendable>: Sendable {
    case value(Value)
    case failure(String)

    package init(_ body: () throws -> Value) {
        do { self = .value(try body()) } catch { self = .failure("\(error)") }
    }

    package func event(image: UInt32, _ make: (Value) -> TransmitterRole.Event) -> TransmitterRole.Event {
        switch self {
        case .value(let value): make(value)
        case .failure(let reason): .failed(image: image, reason: reason)
        }
    }
}
