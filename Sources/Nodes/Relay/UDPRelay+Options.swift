import Channels

extension UDPRelay {
    package struct Options: Sendable {
        package var listen: String
        package var forward: String
        /// The link from clients to the target; the way back has the same settings under another name, or its own.
        package var link: LinkConfiguration
        /// False: the way back is not impaired.
        package var impairsAnswers = true
        /// The way back, where it is another.
        package var back: LinkConfiguration?
        package var relay = RelayOptions()
        /// Pass TCP connections to the same port on, unimpaired: programs such as iperf3 steer their UDP tests by one.
        package var passesTCP = true
        /// Told once, from another thread, when the first TCP connection passes.
        package var warn: @Sendable (String) -> Void = { _ in }

        package init(listen: String, forward: String, link: LinkConfiguration) {
            self.listen = listen
            self.forward = forward
            self.link = link
        }
    }
}
