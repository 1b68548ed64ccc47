import CommandLineTools

Entry.run(TransmitterNodeCommand.self)
