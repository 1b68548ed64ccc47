"""Starting the ``testbed`` program."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import Any, List, Mapping, NoReturn, Optional, Sequence, Union

from .errors import ProgramNotFound, TestbedError
from .runs import Run, open_run
from .sweeps import Sweep, open_sweep

PathLike = Union[str, "os.PathLike[str]"]


def find_testbed(binary: Optional[PathLike] = None) -> str:
    """The path of the ``testbed`` program.

    Looked for as the argument, the environment's ``GENSEMCOM_TESTBED``, ``testbed`` on the PATH, and
    ``.build/release/testbed`` in this folder, in one above it, or in the repository this package lies in.

    Raises:
        ProgramNotFound: the one that is named is no program, or there is none.
    """
    for source, named in (("binary", binary), ("GENSEMCOM_TESTBED", os.environ.get("GENSEMCOM_TESTBED"))):
        if named:
            found = shutil.which(os.fspath(named))
            if not found:
                raise ProgramNotFound(f"{source}: '{os.fspath(named)}' is no program that can be run")
            return os.path.abspath(found)
    on_path = shutil.which("testbed")
    if on_path:
        return os.path.abspath(on_path)
    for start in (os.getcwd(), os.path.dirname(os.path.abspath(__file__))):
        folder = start
        while True:
            candidate = os.path.join(folder, ".build", "release", "testbed")
            if os.access(candidate, os.X_OK):
                return candidate
            if os.path.dirname(folder) == folder:
                break
            folder = os.path.dirname(folder)
    raise ProgramNotFound(
        "no testbed program: give binary=, set GENSEMCOM_TESTBED, put it on the PATH, or build it (Scripts/run)")


def setting(value: Any) -> str:
    """A value as ``--set`` takes it: True is ``yes``, lists, dicts and texts that need quotes are as YAML has them."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False)
    text = "null" if value is None else str(value)
    needs_quotes = text[:1] in tuple(">|&*!%@`") or ": " in text or " #" in text
    return json.dumps(text, ensure_ascii=False) if needs_quotes and text[:1] not in tuple("[{\"'") else text


def _arguments(
    topology: PathLike, settings: Optional[Mapping[str, Any]], seed: Optional[int], virtual: bool,
    output: Optional[PathLike],
) -> List[str]:
    words = [os.fspath(topology)]
    for key, value in (settings or {}).items():
        words += ["--set", f"{key}={setting(value)}"]
    if seed is not None:
        words += ["--seed", str(seed)]
    if virtual:
        words.append("--virtual")
    if output is not None:
        words += ["-o", os.fspath(output)]
    return words


def _call(command: Sequence[str], timeout: Optional[float]) -> "subprocess.CompletedProcess[str]":
    """Runs to the end; one that is interrupted or takes too long is asked to end, as Ctrl-C does, and closes its
    folder."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        errors="replace")
    try:
        out, err = process.communicate(timeout=timeout)
    except BaseException as error:
        process.terminate()  # not Ctrl-C's signal, which the children of a script in the background ignore
        try:
            process.communicate(timeout=30)
        except BaseException:
            process.kill()
            process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            raise TestbedError([f"testbed: no end within {timeout} s"], process.returncode, command) from None
        raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def _fail(done: "subprocess.CompletedProcess[str]", folder: Optional[str]) -> NoReturn:
    lines = [line.strip() for line in done.stderr.splitlines()]
    said = [line for line in lines if line and not line.startswith("warning:")]
    raise TestbedError(said, done.returncode, done.args, folder)


def run(
    topology: PathLike, *, set: Optional[Mapping[str, Any]] = None, virtual: bool = True,
    output: Optional[PathLike] = None, seed: Optional[int] = None, check: bool = True,
    timeout: Optional[float] = None, binary: Optional[PathLike] = None,
) -> Run:
    """Runs a topology with ``testbed run`` and opens what it leaves.

    Args:
        topology: the YAML file.
        set: values for keys of the topology, as ``{"links.uplink.snr": "6 dB"}``; quantities bear their unit.
        virtual: under the virtual clock; otherwise over processes and sockets, in real time.
        output: the run's folder; ``runs/NAME-DATE-TIME`` where absent.
        seed: of every random stream.
        check: whether a run that ended, but missed an expectation, is an error.
        timeout: seconds it may take.
        binary: the program (:func:`find_testbed`).

    Raises:
        TestbedError: with the line that ``testbed`` said.
        ProgramNotFound: there is no ``testbed``.
    """
    command = [find_testbed(binary), "run", "--json", *_arguments(topology, set, seed, virtual, output)]
    done = _call(command, timeout)
    try:
        folder = json.loads(done.stdout)["folder"]
    except (ValueError, KeyError):
        folder = None
    if folder is None or done.returncode not in (0, 1) or (done.returncode and check):
        _fail(done, folder)
    return open_run(folder)


def sweep(
    topology: PathLike, output: PathLike, *, set: Optional[Mapping[str, Any]] = None, virtual: bool = True,
    jobs: Optional[int] = None, seed: Optional[int] = None, timeout: Optional[float] = None,
    binary: Optional[PathLike] = None,
) -> Sweep:
    """Runs all points of a topology's ``sweep:`` with ``testbed sweep``; one that was stopped goes on.

    Args:
        output: the sweep's folder.
        jobs: runs at a time; absent: as many as cores under the virtual clock, one over sockets.

    The others are as :func:`run` takes them.

    Raises:
        TestbedError: with the line that ``testbed`` said.
        ProgramNotFound: there is no ``testbed``.
    """
    command = [find_testbed(binary), "sweep", *_arguments(topology, set, seed, virtual, output)]
    if jobs is not None:
        command += ["--jobs", str(jobs)]
    done = _call(command, timeout)
    if done.returncode:
        _fail(done, os.fspath(output))
    return open_sweep(output)
