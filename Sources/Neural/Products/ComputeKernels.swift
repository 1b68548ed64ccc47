import CKernels

/// The inner loops that this process computes with: `portable`, `avx2` or `avx512`, the widest that runs here unless
/// `GENSEMCOM_KERNELS` names another. Results differ in rounding only.
package enum ComputeKernels {
    /// The level's name, as `GENSEMCOM_KERNELS` takes it.
    package static var name: String { String(cString: ckernels_name()) }

    /// What is wrong with `GENSEMCOM_KERNELS`, in one line: a name that is none, or what the processor or the system
    /// lacks. A program that does not ask ends with that line at its first layer.
    package static var complaint: String? {
        var line = [CChar](repeating: 0, count: 200)
        guard ckernels_complaint(&line, line.count) != 0 else { return nil }
        return String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
