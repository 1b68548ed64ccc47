import CommandLineTools

ChannelNodeCommand.runAsProgram()
