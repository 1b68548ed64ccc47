import Foundation

extension SafeTensors {
    /// Gives the pages of one tensor back to the system; reading it again fetches them from the file.
    ///
    /// A model read once would otherwise stand in memory twice: as numbers, and as touched pages of the mapping.
    public func release(_ name: String) {
        guard let entry = entries[name], entry.data_offsets.count == 2 else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        bytes.withUnsafeBytes { (raw: UnsafeRawBufferPointer) in
            guard let base = raw.baseAddress else { return }
            let begin = Int(bitPattern: base) + start + entry.data_offsets[0]
            let end = Int(bitPattern: base) + start + entry.data_offsets[1]
            // Whole pages only: the neighbours' numbers lie on the same ones at either end.
            let (first, last) = ((begin + page - 1) / page * page, end / page * page)
            guard last - first >= 1 << 20, let address = UnsafeMutableRawPointer(bitPattern: first) else { return }
            _ = madvise(address, last - first, MADV_DONTNEED)
        }
    }
}
