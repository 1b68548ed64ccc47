"""A sweep: the tables of all its points, and what was swept as numbers."""
from __future__ import annotations

import csv
import math
import os
import re
from typing import Any, Dict, List, Optional, Tuple, Union

from .database import Database
from .errors import GenSemComError, NotARun, UnfinishedRun
from .runs import Run, Tables
from .tables import COLUMNS, Table, make

#: Under so many clusters there is no interval; from so many repetitions on, each run is one.
LEAST_CLUSTERS = 5
#: Seconds that the one block of a channel lasts that never changes.
ENDLESS = 1e9
QUANTITY = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*")


def quantities(texts: List[str]) -> Tuple[List[Any], str]:
    """Values of an axis as numbers with their unit, where all have the same; otherwise as they stand, and no unit."""
    parts = [QUANTITY.fullmatch(text) for text in texts]
    units = {part.group(2) for part in parts if part}
    if not all(parts) or len(units) != 1:
        return list(texts), ""
    return [float(part.group(1)) for part in parts if part], units.pop()


def interval(values: List[Tuple[Any, float]]) -> Tuple[float, Optional[float]]:
    """Mean of (cluster, value) and half the width of its 95 % interval: the jackknife over clusters, Student's t."""
    count, mean = len(values), sum(value for _, value in values) / len(values)
    parts: Dict[Any, List[float]] = {}
    for cluster, value in values:
        part = parts.setdefault(cluster, [0, 0.0])
        part[0] += 1
        part[1] += value - mean
    groups = len(parts)
    if groups < LEAST_CLUSTERS:
        return mean, None
    variance = (groups - 1) / groups * sum((excess / (count - size)) ** 2 for size, excess in parts.values())
    return mean, student(groups - 1) * math.sqrt(variance)


def student(freedom: int) -> float:
    """The 97.5 % quantile of Student's t: tabled, expanded beyond ten degrees of freedom."""
    table = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
    if freedom <= len(table):
        return table[freedom - 1]
    z = 1.959964
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


class Sweep(Tables):
    """A sweep that has ended. In its tables ``run`` is a point's name.

    Attributes:
        folder: where it lies.
    """

    def __init__(self, folder: Union[str, "os.PathLike[str]"]) -> None:
        self.folder = os.path.abspath(os.fspath(folder))
        shown = os.fspath(folder)
        if not os.path.isdir(self.folder):
            raise NotARun(f"{shown}: is no folder")
        if not os.path.exists(os.path.join(self.folder, "plan.txt")):
            is_run = os.path.isdir(os.path.join(self.folder, "records"))
            raise NotARun(f"{shown}: " + ("is a run's folder: open_run reads it" if is_run else "is no sweep's folder"))
        with open(os.path.join(self.folder, "plan.txt"), encoding="utf-8") as file:
            self._plan = [line.split("\t") for line in file.read().splitlines()[1:] if line.count("\t") == 2]
        points = os.path.join(self.folder, "points")
        ended = [name for name, _, _ in self._plan if os.path.isdir(os.path.join(points, name))]
        if not os.path.exists(os.path.join(self.folder, "sweep.csv")):
            raise UnfinishedRun(
                f"{shown}: {len(ended)} of {len(self._plan)} points have ended; "
                f"'testbed sweep' with the same topology and -o {shown} goes on")
        self.database = Database(os.path.join(self.folder, "sweep.sqlite"))

    @property
    def settings(self) -> Dict[str, Dict[str, str]]:
        """For each point's name the values of the axes, as the topology has them."""
        settings = {}
        for name, _, description in self._plan:
            words = re.split(r", (?=[A-Za-z_][\w.\-]*=|repetition \d+$)", description)
            settings[name] = dict(word.split("=", 1) for word in words if not word.startswith("repetition "))
        return settings

    @property
    def axes(self) -> Dict[str, List[Any]]:
        """The swept keys with their values in order: numbers where all have one unit (:attr:`units`), else texts."""
        found: Dict[str, List[str]] = {}
        for values in self.settings.values():
            for key, value in values.items():
                if value not in found.setdefault(key, []):
                    found[key].append(value)
        return {key: quantities(values)[0] for key, values in found.items()}

    @property
    def points(self) -> Table:
        """``sweep.csv``: a row a point and scheme, means with the half widths of their 95 % intervals (``_ci95``).

        Swept values are numbers, with their unit in ``attrs["units"]``, where all values of the axis have the same
        unit; they stand in columns with the unit in their name, too (``links.uplink.snr_db``).
        """
        with open(os.path.join(self.folder, "sweep.csv"), encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        columns, values = rows[0], [list(row) for row in rows[1:]]
        fixed = {"repetition": int, "images": int, "concessions": int, "clusters": int,
                 "valid": lambda text: text == "true"}
        units: Dict[str, str] = {}
        axes = set(next(iter(self.settings.values()), {}))
        for index, column in enumerate(columns):
            texts = [row[index] for row in values]
            if column in axes:
                numbers, unit = quantities(texts)
                if unit:
                    units[column] = unit
            elif column in ("run", "seed", "scheme"):
                continue
            else:
                kind: Any = int if column.endswith("_exact") else fixed.get(column, float)
                numbers = [kind(text) if text else None for text in texts]
            for row, number in zip(values, numbers):
                row[index] = number
        return make("sweep.csv", columns, values, units)

    @property
    def images(self) -> Table:  # type: ignore[override]
        """A row an image and receiver of all points, with the swept values as further columns."""
        table = self.database.table("images")
        plan, units = self.settings, {}
        keys: List[str] = list(next(iter(plan.values()), {}))
        for key in keys:
            names = list(plan)
            numbers, unit = quantities([plan[name][key] for name in names])
            value = dict(zip(names, numbers))
            if isinstance(table, list):
                for row in table:
                    row[key] = value.get(row["run"])
            else:
                table[key] = [value.get(name) for name in table["run"]]
            if unit:
                units[key] = unit
        table.attrs["units"] = {**table.attrs["units"], **units}
        return table

    def curve(self, figure: str = "gvif") -> Table:
        """A row a setting and scheme, its repetitions taken together: mean over the images, ``_ci95``, images and
        clusters.

        The half width of the 95 % interval is the jackknife's over clusters, as in ``sweep.csv`` and ``sweep.html``:
        images of one run and coherence block, or, from five repetitions on, all images of a run. Under five clusters
        there is none.

        Args:
            figure: a column of ``images``.

        Raises:
            GenSemComError: there is no such column of numbers.
        """
        known = COLUMNS["images"].get(figure, {})
        if known.get("type") not in ("number", "whole number", "0 or 1"):
            raise GenSemComError(f"images has no column of numbers called '{figure}'")
        constant = set(self.database._rows(
            "SELECT run, link FROM blocks GROUP BY run, link HAVING MIN(duration_s) >= ?", (ENDLESS,)))
        settings, axes = self.settings, list(self.axes)
        groups: Dict[Tuple[str, ...], List[Tuple[str, Any, float]]] = {}
        for run, link, block, transmitter, image, scheme, value in self.database._rows(
                f'SELECT run, link, block, transmitter, image, scheme, "{figure}" FROM images '
                'ORDER BY run, transmitter, image'):
            if value is None or run not in settings:
                continue
            cluster = (block,) if block is not None and (run, link) not in constant else (transmitter, image)
            key = (*(settings[run][axis] for axis in axes), scheme)
            groups.setdefault(key, []).append((run, (run, *cluster), float(value)))
        rows = []
        for key, values in groups.items():
            runs = {run for run, _, _ in values}
            chosen = [(run if len(runs) >= LEAST_CLUSTERS else cluster, value) for run, cluster, value in values]
            rows.append([*key, *interval(chosen), len(values), len({cluster for cluster, _ in chosen})])
        units: Dict[str, str] = {figure: known["unit"], f"{figure}_ci95": known["unit"]}
        for index, axis in enumerate(axes):
            numbers, unit = quantities([row[index] for row in rows])
            for row, number in zip(rows, numbers):
                row[index] = number
            if unit:
                units[axis] = unit
        return make("sweep.csv", [*axes, "scheme", figure, f"{figure}_ci95", "images", "clusters"], rows, units)

    def point(self, name: str) -> Run:
        """The run of one point.

        Raises:
            GenSemComError: there is no such point, or it did not end.
        """
        if name not in {point for point, _, _ in self._plan}:
            raise GenSemComError(f"{self.folder}: has no point '{name}'; the first is '{self._plan[0][0]}'")
        return Run(os.path.join(self.folder, "points", name))

    def __repr__(self) -> str:
        return f"Sweep({self.folder!r})"


def open_sweep(folder: Union[str, "os.PathLike[str]"]) -> Sweep:
    """Opens the folder of a sweep.

    Raises:
        NotARun: it is no such folder.
        UnfinishedRun: points are missing; the message says how to go on.
        NewerDatabase: a later version of the testbed wrote it.
    """
    return Sweep(folder)
