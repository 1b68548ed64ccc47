import Yams

/// How a section may change a part of another.
package struct PartForm {
    /// The other, and its key at the top.
    let whole: Node?
    let name: String
    /// Keys that hold everywhere alike, and are stated in the other only.
    let common: Set<String>
    /// What may stand in place of a mapping, for the schema.
    package var words: [String] = []
    /// Keys of which one takes the place of the others.
    package var rivals: [Set<String>] = []
    /// Whether the resolved copy may hold more than what the section states.
    package var showsOutcome = true

    package init(of whole: Node?, named name: String, common: Set<String>) {
        self.whole = whole
        self.name = name
        self.common = common
    }
}

extension YAMLSection {
    /// A section that states some keys of another, the rest being as they are there.
    ///
    /// - Returns: nil where nothing is stated.
    package func part<Value>(_ key: String, _ form: PartForm, _ text: String, read: (YAMLSection) -> Value) -> Value? {
        let (whole, name, common) = (form.whole, form.name, form.common)
        let pattern = YAMLSection { _ = read($0) }
        pattern.leaveOut(common)
        note(key, .part(of: pattern, named: name, words: form.words), text)
        guard let own = mapping?[key] else { return nil }
        guard let stated = own.mapping else {
            report(key, "expected a mapping of keys to values")
            return nil
        }
        for pair in stated where common.contains(pair.key.string ?? "") {
            diagnostics.report(
                "\(dotted(key)).\(pair.key.string ?? "")", at: pair.key,
                "holds for all nodes alike: it belongs to the topology's own '\(name)'")
        }
        let section = YAMLSection(
            path: dotted(key), node: Self.merged(stated, into: whole, form.rivals),
            diagnostics: Diagnostics(file: diagnostics.file))
        let value = read(section)
        takeProblems(of: section, under: key, beside: whole, named: name, read)
        settle(key) { outcome in
            let all = (section.resolved().mapping.map(Array.init) ?? []).map { ($0.key, $0.value) }
            if outcome, form.showsOutcome { return Node(all.filter { !common.contains($0.0.string ?? "") }) }
            let taken = stated.filter { $0.value.isNothing }.map { ($0.key, $0.value) }
            return Node(all.filter { stated[$0.0] != nil } + taken)
        }
        return value
    }

    /// What is wrong with the topology's own section is told there, and only there.
    private func takeProblems<Value>(
        of section: YAMLSection, under key: String, beside whole: Node?, named name: String,
        _ read: (YAMLSection) -> Value
    ) {
        let there = YAMLSection(path: name, node: whole, diagnostics: Diagnostics(file: diagnostics.file))
        _ = read(there)
        func line(_ problem: Problem, after path: String) -> String {
            "\(problem.key.dropFirst(path.count)) \(problem.message)"
        }
        let known = Set(there.diagnostics.problems.map { line($0, after: name) })
        for problem in section.diagnostics.problems where !known.contains(line(problem, after: dotted(key))) {
            var problem = problem
            problem.key = diagnostics.aliases[problem.key] ?? problem.key
            diagnostics.problems.append(problem)
        }
    }

    /// A key without a value takes away what the topology says.
    private static func merged(_ own: Node.Mapping, into whole: Node?, _ rivals: [Set<String>]) -> Node {
        let keys = Set(own.map { $0.key.string ?? "" })
        let displaced = rivals.filter { !$0.isDisjoint(with: keys) }.reduce(keys) { $0.union($1) }
        var pairs = (whole?.mapping.map(Array.init) ?? []).filter { !displaced.contains($0.key.string ?? "") }
            .map { ($0.key, $0.value) }
        pairs += own.filter { !$0.value.isNothing }.map { ($0.key, $0.value) }
        var merged = Node.Mapping(pairs)
        merged.mark = own.mark
        return .mapping(merged)
    }
}

extension Node {
    fileprivate var isNothing: Bool {
        guard let scalar, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null"].contains(scalar.string)
    }
}
