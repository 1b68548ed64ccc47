import CommandLineTools

Entry.run(TestbedRoot.self)
