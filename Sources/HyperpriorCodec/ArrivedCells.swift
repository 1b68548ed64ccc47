import Imaging
import SideInformation

extension Bitstream {
    /// The cells whose slice is there, without decoding anything: what a receiver will know once it has decoded.
    public var arrivedMask: Mask {
        var arrived = Mask(width: mask.width, height: mask.height, repeating: false)
        let selected = ScanOrder(rows: mask.height, columns: mask.width).cells.filter { mask.values[Int($0)] }
        for (index, slice) in slices.enumerated() where slice != nil {
            for position in table.entries[index].cells { arrived.values[Int(selected[position])] = true }
        }
        return arrived
    }
}
