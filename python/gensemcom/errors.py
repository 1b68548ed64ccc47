"""What can go wrong, each in one line that names the input at fault."""
from __future__ import annotations

from typing import Optional, Sequence


class GenSemComError(Exception):
    """The base of all errors of this package."""


class NotARun(GenSemComError):
    """A folder that is not what a run, or a sweep, leaves."""


class UnfinishedRun(GenSemComError):
    """A run that has not ended, or was killed before its database was written."""


class NewerDatabase(GenSemComError):
    """A database of a later version of the testbed than this package knows."""


class MissingDependency(GenSemComError):
    """A package that is needed for what was asked, and is not installed."""


class ProgramNotFound(GenSemComError):
    """No ``testbed`` program."""


class TestbedError(GenSemComError):
    """``testbed`` ended with an error; the message is the line it said.

    Attributes:
        lines: all lines of its standard error but warnings.
        exit_code: 1 where the run failed or missed an expectation, 2 where an input is at fault; negative: a signal.
        command: the command line.
        folder: the folder it left, if any; :func:`open_run` reads it where the run came to its end.
    """

    __test__ = False  # not a test, whatever pytest thinks of the name

    def __init__(
        self, lines: Sequence[str], exit_code: int, command: Sequence[str], folder: Optional[str] = None
    ) -> None:
        self.lines = list(lines)
        self.exit_code = exit_code
        self.command = list(command)
        self.folder = folder
        first = self.lines[0] if self.lines else f"{command[0]}: ended with exit code {exit_code} and no word"
        more = len(self.lines) - 1
        super().__init__(first + (f" (and {more} more)" if more > 0 else ""))
