"""Makes ``columns.json`` out of the data dictionary: in ``python/``

``python3 -m gensemcom.columns < ../Documentation/Results.md > columns.new && mv columns.new gensemcom/columns.json``
"""
from __future__ import annotations

import json
import sys
from typing import Dict


def read_reference(text: str) -> Dict[str, Dict[str, Dict[str, str]]]:
    """Tables and columns out of Documentation/Results.md, as ``columns.json`` holds them."""
    tables: Dict[str, Dict[str, Dict[str, str]]] = {}
    table: Dict[str, Dict[str, str]] = {}
    for line in text.splitlines():
        if line.startswith("## `"):
            table = tables.setdefault(line.split("`")[1], {})
        cells = [cell.strip() for cell in line.replace(r"\|", "\0").strip("|").split("|")]
        if not line.startswith("| `") or len(cells) < 3:
            continue
        names = cells[0].split("`")[1::2]
        kind, unit, meaning = cells[1:4] if len(cells) > 3 else ["number"] + cells[1:3]
        for column in names:
            half = "half width of the 95 % interval of " if column.endswith("_ci95") else ""
            table[column] = {"type": kind, "unit": unit, "meaning": (half + meaning).replace("\0", "|")}
    return tables


if __name__ == "__main__":
    json.dump(read_reference(sys.stdin.read()), sys.stdout, ensure_ascii=False, indent=1)
    print()
