"""Tables with units: pandas DataFrames where pandas is installed, lists of dicts otherwise."""
from __future__ import annotations

import json
import os
from typing import Any, Dict, Iterable, List, Sequence, Union

try:
    import pandas
except ImportError:  # optional
    pandas = None  # type: ignore[assignment]

TYPES = {"0 or 1": "boolean", "whole number": "Int64", "number": "float64"}


def _columns() -> Dict[str, Dict[str, Dict[str, str]]]:
    with open(os.path.join(os.path.dirname(__file__), "columns.json"), encoding="utf-8") as file:
        return json.load(file)


#: table -> column -> {"type", "unit", "meaning"}: the content of Documentation/Results.md.
COLUMNS = _columns()


class Rows(List[Dict[str, Any]]):
    """A table without pandas: one dict a row, with ``attrs`` as a DataFrame has them.

    Attributes:
        attrs: ``{"units": {column: unit}}``.
    """

    def __init__(self, rows: Iterable[Dict[str, Any]], units: Dict[str, str]) -> None:
        super().__init__(rows)
        self.attrs: Dict[str, Any] = {"units": units}

    def column(self, name: str) -> List[Any]:
        """The values of one column."""
        return [row[name] for row in self]


Table = Union["pandas.DataFrame", Rows]


def make(name: str, columns: Sequence[str], values: Iterable[Sequence[Any]], units: Dict[str, str] = {}) -> Table:
    """A table of the results: values in their types, what is unknown as ``None`` (``NaN``/``NA`` in a DataFrame).

    Args:
        name: the table of Documentation/Results.md, by which types and units are known.
        units: units of columns that stand in no documentation, as the axes of a sweep.
    """
    known = COLUMNS.get(name, {})
    types = {column: known.get(column, {}).get("type", "") for column in columns}
    shown = {column: known[column]["unit"] for column in columns if known.get(column, {}).get("unit")}
    shown.update(units)
    if pandas is None:
        flags = [types[column] == "0 or 1" for column in columns]
        return Rows(
            (
                {c: (bool(v) if flag and v is not None else v) for c, v, flag in zip(columns, row, flags)}
                for row in values),
            shown)
    rows = list(values)
    # Each column by itself in its type: whole numbers of nanoseconds beside NULL must not pass through floats.
    frame = pandas.DataFrame({
        column: pandas.Series([row[index] for row in rows], dtype=TYPES.get(types[column], None if rows else "object"))
        for index, column in enumerate(columns)})
    frame.attrs["units"] = shown
    return frame
