"""One run: its tables, pictures and streams."""
from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Union

from .database import Database
from .errors import GenSemComError, NotARun, UnfinishedRun
from .pictures import read_matrix, read_picture
from .tables import Table

if TYPE_CHECKING:
    import numpy

#: What :meth:`Run.picture` can show, and the column of ``images`` that names the file.
PICTURES = {
    "original": "original_file", "importance": "importance_file", "decoded": "decoded_file",
    "received": "received_file", "mask": "mask_file",
}


class Tables:
    """What has tables: ``thing.table("blocks")``, or ``thing.blocks``."""

    database: Database
    images: Table
    runs: Table
    nodes: Table
    blocks: Table
    packets: Table
    decisions: Table
    transmissions: Table
    receptions: Table
    scores: Table
    stages: Table
    events: Table
    repetitions: Table

    @property
    def tables(self) -> List[str]:
        """Names of its tables; Documentation/Results.md tells every column."""
        return self.database.names

    def table(self, name: str) -> Table:
        """A table with its units in ``attrs["units"]``: instants in ns, spans in s, levels in dB, rates in bit/s."""
        return self.database.table(name)

    def query(self, sql: str, name: str = "images") -> Table:
        """What an SQL query finds, with types and units of the columns of the table ``name``."""
        return self.database.query(sql, name)

    def __getattr__(self, name: str) -> Table:
        if name.startswith("_") or name == "database" or name not in self.database.names:
            raise AttributeError(f"{type(self).__name__} has no '{name}'")
        return self.database.table(name)

    def __dir__(self) -> List[str]:
        return sorted(set(super().__dir__()) | set(self.tables))


class Run(Tables):
    """A run that has ended.

    Attributes:
        folder: where it lies.
    """

    def __init__(self, folder: Union[str, "os.PathLike[str]"]) -> None:
        self.folder = os.path.abspath(os.fspath(folder))
        shown = os.fspath(folder)
        if not os.path.isdir(self.folder):
            raise NotARun(f"{shown}: is no folder")
        if os.path.exists(os.path.join(self.folder, "plan.txt")):
            raise NotARun(f"{shown}: is a sweep's folder: open_sweep reads it")
        file = os.path.join(self.folder, "run.sqlite")
        if not os.path.exists(file):
            if not os.path.isdir(os.path.join(self.folder, "records")):
                raise NotARun(f"{shown}: is no run's folder: it holds neither run.sqlite nor records")
            raise UnfinishedRun(
                f"{shown}: has no run.sqlite yet: the run goes on, or was killed; "
                f"then 'testbed report --import {shown}' makes it from the records")
        self.database = Database(file)
        found = self.database._rows("SELECT * FROM runs") if "runs" in self.tables else []
        if not found:
            raise UnfinishedRun(
                f"{shown}: run.sqlite holds no run yet: it is being closed, or its controller died early")

    @property
    def info(self) -> Dict[str, Any]:
        """The run's row of ``runs``: seed, origin of its time in ns, budget in s, bandwidth in Hz, versions,
        machine."""
        table = self.table("runs")
        row = dict(table[0]) if isinstance(table, list) else table.iloc[0].to_dict()
        for key in ("versions", "machine", "command"):
            if isinstance(row.get(key), str):
                row[key] = json.loads(row[key])
        return row

    @property
    def topology(self) -> str:
        """The topology with every default filled in, as YAML."""
        with open(os.path.join(self.folder, "topology.yaml"), encoding="utf-8") as file:
            return file.read()

    def file(self, column: str, transmitter: str, image: int, receiver: Optional[str] = None) -> Optional[str]:
        """The path in a column of ``images``; ``None`` where there is no such file.

        Args:
            image: its number at the transmitter, from 0.
            receiver: which receiver's; needed only where several got the image.

        Raises:
            GenSemComError: there is no such image, or several receivers have it.
        """
        shown = f"{self.folder}: image {image} of '{transmitter}'"
        rows = [row for row in self.database._rows(
            f'SELECT transmitter, image, receiver, "{column}" FROM images WHERE image = {int(image)}')
            if row[0] == transmitter and receiver in (None, row[2])]
        if not rows:
            raise GenSemComError(f"{shown}{f' at {receiver!r}' if receiver else ''}: is not in the run")
        files = {row[3] for row in rows}
        if len(files) > 1:
            raise GenSemComError(f"{shown}: has several receivers, name one: {', '.join(sorted(r[2] for r in rows))}")
        name = files.pop()
        return os.path.join(self.folder, name) if name else None

    def picture(
        self, transmitter: str, image: int, kind: str = "received", receiver: Optional[str] = None
    ) -> "numpy.ndarray":
        """A picture as an array of rows × columns × 3, uint8.

        Args:
            kind: ``original``, ``importance`` (an overlay), ``decoded``, ``received`` (with the rest filled; as decoded
                where nothing was), or ``mask`` (rows × columns, bool: True where pixels are known).

        Raises:
            MissingDependency: numpy or Pillow is not installed.
            GenSemComError: there is no such picture.
        """
        if kind not in PICTURES:
            raise GenSemComError(f"'{kind}' is no kind of picture; expected one of {', '.join(PICTURES)}")
        path = self.file(PICTURES[kind], transmitter, image, receiver)
        if path is None and kind == "received":
            path = self.file("decoded_file", transmitter, image, receiver)
        if path is None:
            raise GenSemComError(
                f"{self.folder}: image {image} of '{transmitter}' left no {kind} picture "
                "(nothing was decoded, or the run is preencoded)")
        return read_picture(path, mask=kind == "mask")

    def importance(self, transmitter: str, image: int) -> "numpy.ndarray":
        """The importance matrix I, 0 to 1, one number a latent cell: rows × columns, float32."""
        path = self.file("importance_file", transmitter, image)
        if path is None:
            raise GenSemComError(f"{self.folder}: image {image} of '{transmitter}' left no importance matrix")
        return read_matrix(path[: -len(".png")] + ".npy")

    def stream(self, transmitter: str, image: int) -> bytes:
        """The bitstream that was sent (.gsc)."""
        path = self.file("stream_file", transmitter, image)
        if path is None:
            raise GenSemComError(f"{self.folder}: image {image} of '{transmitter}' left no bitstream")
        with open(path, "rb") as file:
            return file.read()

    def __repr__(self) -> str:
        return f"Run({self.folder!r})"


def open_run(folder: Union[str, "os.PathLike[str]"]) -> Run:
    """Opens the folder of a run.

    Raises:
        NotARun: it is no such folder.
        UnfinishedRun: the run has not ended, or was killed.
        NewerDatabase: a later version of the testbed wrote it.
    """
    return Run(folder)
