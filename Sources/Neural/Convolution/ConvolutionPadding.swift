/// How many zeros a convolution thinks before the first row and column of a map.
public enum ConvolutionPadding: Sendable {
    /// ⌊k/2⌋ before and after, as PyTorch's layers have it.
    case centred
    /// TensorFlow's "same": ⌈extent/stride⌉ results, the odd zero after the map.
    case same

    /// Zeros before the first of `extent` numbers.
    public func before(extent: Int, kernel: Int, stride: Int) -> Int {
        switch self {
        case .centred: kernel / 2
        case .same: max(0, ((extent + stride - 1) / stride - 1) * stride + kernel - extent) / 2
        }
    }
}
