/// What IPv4 and UDP add to a datagram, in bytes.
public enum WireOverhead {
    public static let udp = 28
}
