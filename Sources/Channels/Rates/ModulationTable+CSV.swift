import Files
import Foundation

extension ModulationTable {
    /// Reads a table of schemes.
    ///
    /// ```
    /// order,code_rate,snr_db        order,code_rate_x1024
    /// 1,0.5,1.0                     2,120
    /// 2,0.75,6.5                    2,193
    /// ```
    /// The columns come in any order. `order` is in bits a symbol, the code rate a share or, as 3GPP prints it, × 1024;
    /// `snr_db` is the SNR at which the scheme's block errors are the target, for some rows or all. Lines that start
    /// with `#` are comments.
    /// - Throws: `ChannelError.table` naming line and column.
    public init(csv text: String, name: String) throws(ChannelError) {
        var columns: [Column]?
        var schemes: [Scheme] = []
        for (index, raw) in text.lines.enumerated() {
            let line = raw.trimmingCharacters(in: .whitespaces.union(.controlCharacters))
            if line.isEmpty || line.hasPrefix("#") { continue }
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            let place = Place(name: name, line: index + 1)
            guard let known = columns else {
                columns = try Self.columns(fields, place)
                continue
            }
            guard fields.count == known.count else {
                throw place.fault("\(known.count) columns are expected, there are \(fields.count)")
            }
            guard schemes.count < Self.most else { throw place.fault("more than \(Self.most) schemes") }
            schemes.append(try Self.scheme(fields, known, place))
        }
        let whole = Place(name: name, line: 0)
        guard columns != nil else { throw whole.fault("it is empty: expected a line with the columns' names") }
        guard !schemes.isEmpty else { throw whole.fault("there are no schemes below the columns' names") }
        self.init(name: name, schemes: schemes)
    }

    private enum Column: String, CaseIterable {
        case order
        case share = "code_rate"
        case of1024 = "code_rate_x1024"
        case snr = "snr_db"
    }

    private struct Place {
        let name: String
        let line: Int

        func fault(_ problem: String) -> ChannelError { .table(name: name, line: line, problem: problem) }
    }

    private static let most = 256

    private static func columns(_ names: [String], _ place: Place) throws(ChannelError) -> [Column] {
        var columns: [Column] = []
        for (number, name) in names.enumerated() {
            guard let column = Column(rawValue: name) else {
                let known = Column.allCases.map(\.rawValue).joined(separator: ", ")
                throw place.fault("column \(number + 1) is named “\(name)”, expected one of \(known)")
            }
            guard !columns.contains(column) else { throw place.fault("column \(name) is there twice") }
            columns.append(column)
        }
        guard columns.contains(.order) else { throw place.fault("column order is missing") }
        guard columns.contains(.share) != columns.contains(.of1024) else {
            throw place.fault("expected one of the columns code_rate and code_rate_x1024")
        }
        return columns
    }

    private static func scheme(
        _ fields: [String], _ columns: [Column], _ place: Place
    ) throws(ChannelError) -> Scheme {
        var (order, codeRate, threshold) = (0, 0.0, Double?.none)
        for (number, (text, column)) in zip(fields, columns).enumerated() {
            func fault(_ expected: String) -> ChannelError {
                place.fault("column \(number + 1), \(column.rawValue), is “\(text)”, expected \(expected)")
            }
            switch column {
            case .order:
                guard let value = Int(text), (1...12).contains(value) else { throw fault("1 to 12 bits a symbol") }
                order = value
            case .share:
                guard let value = Double(text), value > 0, value <= 1 else { throw fault("above 0, at most 1") }
                codeRate = value * 1024
            case .of1024:
                guard let value = Double(text), value > 0, value <= 1024 else { throw fault("above 0, at most 1024") }
                codeRate = value
            case .snr:
                if text.isEmpty { continue }
                guard let value = Double(text), (-40...80).contains(value) else {
                    throw fault("-40 to 80 dB, or nothing")
                }
                threshold = Decibels.linear(value)
            }
        }
        return Scheme(order: order, codeRate: codeRate, threshold: threshold)
    }
}
