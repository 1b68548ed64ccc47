extension YAMLSection {
    /// What is wrong with a dotted key that ought to lead to an entry of the format, in words that follow it.
    ///
    /// - Parameter names: the entries there are under a key of named entries.
    package func fault(of key: ArraySlice<String>, names: (_ key: String) -> [String]) -> String? {
        guard let part = key.first else { return nil }
        let rest = key.dropFirst()
        guard let field = fields.first(where: { $0.key == part }) else {
            return "leads nowhere: unknown key '\(part)'\(keyHint(to: part))"
        }
        switch field.shape {
        case .section(let child), .wordOrSection(_, let child), .part(let child, _, _):
            return child.fault(of: rest, names: names)
        case .entries(let pattern):
            // The next part is a name of the user's; what follows it is read by the entry's pattern.
            guard let name = rest.first else { return nil }
            let known = names(part)
            guard name == "*" || known.contains(name) else {
                return "leads nowhere: no entry '\(name)'\(nearestHint(to: name, among: known))"
            }
            guard rest.count > 1 else { return "names an entry, expected one of its keys" }
            return pattern.fault(of: rest.dropFirst(), names: names)
        default: return nil
        }
    }
}
