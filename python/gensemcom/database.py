"""The SQLite databases of runs and sweeps, opened for reading only."""
from __future__ import annotations

import os
import sqlite3
from typing import Any, List, Sequence
from urllib.parse import quote

from .errors import GenSemComError, NewerDatabase, NotARun
from .tables import Table, make

#: Migrations of the database that this package knows.
KNOWN_VERSIONS = {"1", "2"}


class Database:
    """``run.sqlite`` or ``sweep.sqlite``.

    Raises:
        NotARun: it is no database of the testbed.
        NewerDatabase: a later testbed wrote it.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._names: List[str] = []
        try:
            self._names = [row[0] for row in self._rows(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
                " AND name NOT LIKE 'grdb_%' ORDER BY name")]
            versions = {row[0] for row in self._rows("SELECT identifier FROM grdb_migrations")}
        except sqlite3.DatabaseError as error:
            raise NotARun(f"{path}: is no database of the testbed: {error}") from None
        later = sorted(versions - KNOWN_VERSIONS)
        if later:
            raise NewerDatabase(
                f"{path}: is of version {', '.join(later)}, this package knows {', '.join(sorted(KNOWN_VERSIONS))}; "
                "install the one that came with the testbed that wrote it (pip install ./python)")

    def _rows(self, query: str, arguments: Sequence[Any] = ()) -> List[tuple]:
        connection = sqlite3.connect(f"file:{quote(os.path.abspath(self.path))}?mode=ro", uri=True, timeout=20)
        try:
            return connection.execute(query, arguments).fetchall()
        finally:
            connection.close()

    @property
    def names(self) -> List[str]:
        """Tables and views."""
        return list(self._names)

    def table(self, name: str) -> Table:
        """All rows of a table or view.

        Raises:
            GenSemComError: there is no such table; it names those there are.
        """
        if name not in self._names:
            raise GenSemComError(f"{self.path}: has no table '{name}'; expected one of {', '.join(self._names)}")
        return self.query(f'SELECT * FROM "{name}"', name)

    def query(self, sql: str, name: str = "images") -> Table:
        """What a query finds; columns that bear the names of the table ``name`` have its types and units."""
        connection = sqlite3.connect(f"file:{quote(os.path.abspath(self.path))}?mode=ro", uri=True, timeout=20)
        try:
            found = connection.execute(sql)
            return make(name, [column[0] for column in found.description], found.fetchall())
        except sqlite3.DatabaseError as error:
            raise GenSemComError(f"{self.path}: {error}") from None
        finally:
            connection.close()
