/// A job's result, or the one line that says why there is none.
package enum JobResult<Value: Sendable>: Sendable {
    case value(Value)
    /// This image cannot be had; the next may be.
    case omission(String)
    /// No further image can be had.
    case failure(String)

    package init(_ body: () throws -> Value) {
        do { self = .value(try body()) } catch let error as OmittedImage { self = .omission(error.description) } catch {
            self = .failure("\(error)")
        }
    }

    package func event(image: UInt32, _ make: (Value) -> TransmitterRole.Event) -> TransmitterRole.Event {
        switch self {
        case .value(let value): make(value)
        case .omission(let reason): .omitted(image: image, reason: reason)
        case .failure(let reason): .failed(image: image, reason: reason)
        }
    }
}

/// What keeps one image from being sent, in one line.
package struct OmittedImage: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
