import Declarations
import Foundation
import Yams

/// What the topology states for all nodes, as the file has it, for nodes that change a part of it.
package struct CommonParts {
    let scheme: Node?
    let images: Node?
    /// What relative paths start from.
    let folder: String
}

extension NodeSettings {
    package init(_ name: String, _ s: YAMLSection, _ whole: CommonParts) {
        self.name = name
        original = name
        role = s.choice("role", default: NodeKind.transmitter, required: true, "What the process does.")
        threads = s.integer("threads", default: 1, in: 1...256, "Threads that matrix products may use.")
        address = s.text(
            "address", default: "127.0.0.1",
            "Address at which others reach the node. Where others start it and nothing is stated: "
                + "the one it is seen at."
        )
        bind = s.text("bind", "Address the sockets are bound to, where that is another; 0.0.0.0 for all of the host's.")
        port = s.integer(
            "port", default: 0, in: 0...65535, "First port of its links; 0 lets the system choose free ones.")
        ports = s.portRange(
            "ports", "The only UDP ports it may take, for a firewall, as in 41000-41010; check says how many it needs.")
        start = s.choice(
            "start", default: NodeStart.launched,
            "Who starts the process. external: a person, who gets a line to paste; the run waits for it.")
        if !s.has("start") { s.omit("start") }
        launch = s.launchSettings(start)
        // Others' address is found out, and so is no part of the resolved copy.
        statesAddress = s.has("address") || start == .launched && launch == nil
        if !statesAddress { s.omit("address") }
        let words = s.words(
            "command",
            "Command that starts the node, for instance on another host; it gets the node's options appended.")
        // One text is a command line; a program whose path holds spaces is written as a list, or exists.
        command =
            words.count == 1 && !FileManager.default.fileExists(atPath: words[0])
            ? words[0].split(separator: " ").map(String.init) : words
        restart = s.choice(
            "restart", default: RestartPolicy.never,
            "What follows when the process dies: never ends the run, unless an event killed it.")
        restartLimit = s.integer("restartLimit", default: 3, in: 1...1000, "How often it is started again at most.")
        copies = s.integer(
            "copies", default: 1, in: 1...100_000,
            "How many of it there are: NAME1, NAME2 and so on, each with a copy of the link that leaves it. "
                + "Transmitters only."
        )
        joinsLater = s.flag("joinsLater", default: false, "Started by a join event only.")
        scheme = s.ownScheme(whole, showsOutcome: role == .transmitter)
        ownKeys = Set(s.mapping?["scheme"]?.mapping?.compactMap(\.key.string) ?? [])
        images = s.part(
            "images", PartForm(of: whole.images, named: "images", common: PhotoSource.common),
            "This transmitter's photos, as far as they differ from those of all."
        ) { PhotoSource($0, folder: whole.folder) }
        statesFirst = s.mapping?["images"]?.mapping?["first"] != nil
        classifier = s.model(
            "classifier", .classifier, from: whole.folder, .standard,
            "This transmitter's classifier, as `models.classifier`.")
        classNames = s.path("classNames", from: whole.folder, "The names of its classes, as `models.classNames`.")
        checkRole(s)
        s.finish()
    }

    private func checkRole(_ s: YAMLSection) {
        if isDistant, !command.isEmpty {
            s.report(
                "command",
                "and \(start == .external ? "start: external" : s.has("host") ? "host" : "launch") exclude each other")
        }
        if ports != nil, port != 0 { s.report("port", "and ports exclude each other") }
        if ports != nil, copies > 1 { s.report("ports", "cannot be shared by copies") }
        for (key, path) in [("classifier", classifier), ("classNames", classNames)] {
            if let path, path.hasPrefix("/"), !FileManager.default.fileExists(atPath: path) {
                s.report(key, "'\(path)' does not exist")
            }
        }
        guard role != .transmitter else { return }
        if copies > 1 { s.report("copies", "belongs to transmitters only") }
        for key in ["images", "classifier", "classNames"] where s.has(key) {
            s.report(key, "belongs to transmitters only")
        }
        for pair in s.mapping?["scheme"]?.mapping ?? [:] {
            guard let key = pair.key.string, role != .receiver || !Scheme.filling.contains(key) else { continue }
            let place = "\(s.dotted("scheme")).\(key)"
            let message =
                role == .receiver && !NodeShorthands.keys.contains(key)
                ? "belongs to transmitters only; a receiver's scheme may state "
                    + "\(Scheme.filling.sorted().joined(separator: ", "))"
                : Scheme.filling.contains(key)
                    ? "belongs to receivers and transmitters only" : "belongs to transmitters only"
            // A key that does not exist is told as such.
            if !s.diagnostics.problems.contains(where: { $0.key == place }) {
                s.diagnostics.report(place, at: pair.key, message)
            }
        }
    }
}

extension YAMLSection {
    /// `host`, or the section `launch`; neither counts where a person starts the node.
    fileprivate func launchSettings(_ start: NodeStart) -> LaunchSettings? {
        let host = text(
            "host",
            "Host that the node is started on by ssh, as in user@lab3; nothing needs to lie there but the programs.")
        let section = section(
            "launch", "How else it is started on another host: one of ssh, srun, docker and command.")
        let launch = LaunchSettings(section)
        if !has("launch") { omit("launch") }
        if host != nil, has("launch") { report("host", "and launch exclude each other") }
        guard start == .launched else { return nil }
        return launch ?? host.map { LaunchSettings(ssh: $0) }
    }

    /// The keys of a node's scheme, and their shorthands.
    fileprivate func ownScheme(_ whole: CommonParts, showsOutcome: Bool) -> Scheme? {
        let asksProgram = mapping?["scheme"]?.mapping?["caption"]?.string == CaptionSource.captioner.rawValue
        let kind = mapping?["scheme"]?.mapping?["kind"]?.string
        let hasOtherKind = kind != nil && kind != SchemeKind.command.rawValue
        var form = PartForm(of: whole.scheme, named: "scheme", common: Scheme.common)
        form.words = SchemeKind.allCases.map(\.rawValue)
        form.rivals =
            [["policyFile", "policyTable"], ["importance", "label"]]
            + (asksProgram ? [] : [["caption", "captioner"]])
            + (hasOtherKind ? [CodecSettings.keys.union(["kind"])] : [])
        form.showsOutcome = showsOutcome
        let scheme = part(
            "scheme", form,
            "How this transmitter sends, as far as it differs from all: keys of the scheme, or its kind alone. "
                + "At a receiver, how it fills."
        ) { Scheme($0, folder: whole.folder) }
        shorthand("budget", .quantity(.duration), "Latency budget T_max of this transmitter's images: `scheme.budget`.")
        shorthand(
            "inpaint", .text, "How this receiver fills, or what this transmitter sends is filled: `scheme.inpaint`.")
        shorthand("captioner", .text, "Program that describes this transmitter's photos: `scheme.captioner`.")
        return scheme
    }

    /// Notes a key that ``NodeShorthands`` has written out, unless its value stands there already.
    private func shorthand(_ key: String, _ shape: Field.Shape, _ text: String) {
        note(key, shape, text)
        if has(key) { report(key, "is given twice: here and in 'scheme'") }
    }
}
