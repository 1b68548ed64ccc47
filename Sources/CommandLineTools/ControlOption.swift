import ArgumentParser
import LiveDashboard

extension ControlAddress: ExpressibleByArgument {
    public init?(argument: String) {
        guard let address = try? ControlAddress(argument) else { return nil }
        self = address
    }
}
