import CommandLineTools

Entry.run(ReceiverNodeCommand.self)
