"""Tables and their units, beside SQLite itself and the documentation."""
import json
import os
import sqlite3

import pytest

import gensemcom
from gensemcom import tables
from gensemcom.columns import read_reference
from conftest import ROOT


def test_columns_are_those_of_the_documentation():
    with open(os.path.join(ROOT, "Documentation", "Results.md"), encoding="utf-8") as file:
        assert read_reference(file.read()) == tables.COLUMNS, (
            "columns.json is behind Results.md: gensemcom/columns.py says how to make it again")


def test_frames_have_units_and_types():
    pandas = pytest.importorskip("pandas")
    frame = tables.make("decisions", ["image", "snr_db", "feasible", "concession"],
                        [(0, 3.5, 1, None), (1, 4, 0, "raised")])
    assert frame.attrs["units"] == {"snr_db": "dB"}
    assert frame["snr_db"].dtype == "float64" and frame["feasible"].tolist() == [True, False]
    assert pandas.isna(frame["concession"][0])
    unknown = tables.make("images", ["stateAge", "feasible", "block"], [(None, None, None), (0.5, 1, 2**60 + 1)])
    assert pandas.isna(unknown["block"][0]) and unknown["block"][1] == 2**60 + 1


def test_without_pandas_tables_are_lists(monkeypatch):
    monkeypatch.setattr(tables, "pandas", None)
    rows = tables.make("decisions", ["image", "snr_db", "feasible"], [(0, 3.5, 1), (1, None, None)])
    assert rows == [{"image": 0, "snr_db": 3.5, "feasible": True}, {"image": 1, "snr_db": None, "feasible": None}]
    assert rows.attrs["units"] == {"snr_db": "dB"} and rows.column("image") == [0, 1]


def test_every_table_of_a_run_is_what_sqlite_says(run, monkeypatch):
    connection = sqlite3.connect(os.path.join(run.folder, "run.sqlite"))
    assert set(run.tables) == set(tables.COLUMNS) - {"sweep.csv", "points"}
    for pandas in (tables.pandas, None):
        monkeypatch.setattr(tables, "pandas", pandas)
        for name in run.tables:
            found = connection.execute(f"SELECT * FROM {name}")
            columns, rows = [c[0] for c in found.description], found.fetchall()
            table = getattr(run, name)
            assert len(table) == len(rows), name
            for column, values in zip(columns, zip(*rows)):
                assert column in tables.COLUMNS[name], f"{name}.{column} stands in no documentation"
                read = list(table[column]) if pandas is not None else table.column(column)
                assert [None if pandas is not None and pandas.isna(v) else v for v in read] == list(values), column
    connection.close()


def test_a_run_knows_itself(run):
    assert run.info["virtual"] and isinstance(run.info["versions"], dict) and run.info["latency_budget_s"] == 0.03
    assert "nodes:" in run.topology
    assert run.images.attrs["units"]["air_time_s"] == "s"
    best = run.query("SELECT photo, MAX(gvif) AS gvif FROM images")
    assert len(best) == 1 and best.attrs["units"] == {"gvif": "0 to 1"}
    with pytest.raises(gensemcom.GenSemComError, match="no such column"):
        run.query("SELECT nonsense FROM images")
    with pytest.raises(gensemcom.GenSemComError, match="has no table 'image'; expected one of .*images"):
        run.table("image")
    with pytest.raises(AttributeError):
        run.nonsense


def test_swept_values_are_numbers(sweep):
    assert sweep.axes == {"links.link.snr": [3.0, 12.0], "scheme.policy": ["optimal"]}
    points = sweep.points
    assert points.attrs["units"]["links.link.snr"] == "dB" and points.attrs["units"]["gvif_ci95"] == "0 to 1"
    rows = points if isinstance(points, list) else points.to_dict("records")
    assert [row["links.link.snr"] for row in rows] == [3.0, 12.0] and rows[0]["gvif"] < rows[1]["gvif"]
    assert [row["images"] for row in rows] == [2, 2] and rows[0]["scheme.policy"] == "optimal"
    table = sweep.database.table("points")
    assert table.attrs["units"]["gvif"] == "0 to 1" and table.attrs["units"]["air_time_ms"] == "ms"
    numbers = table if isinstance(table, list) else table.to_dict("records")
    assert [row["links.link.snr_db"] for row in numbers] == [3.0, 12.0]
    assert [row["gvif"] for row in numbers] == [row["gvif"] for row in rows]
    assert [(row["clusters"], row["concessions"]) for row in numbers] \
        == [(r["clusters"], r["concessions"]) for r in rows]
    images = sweep.images
    assert images.attrs["units"]["links.link.snr"] == "dB" and images.attrs["units"]["snr_db"] == "dB"
    rows = images if isinstance(images, list) else images.to_dict("records")
    assert len(rows) == 4 and all(abs(row["snr_db"] - row["links.link.snr"]) < 1e-6 for row in rows)
    point = sweep.point(rows[0]["run"])
    assert len(point.images) == 2
    with pytest.raises(gensemcom.GenSemComError, match="has no point"):
        sweep.point("nonsense")


def test_sweeps_are_read_without_pandas(sweep, monkeypatch):
    monkeypatch.setattr(tables, "pandas", None)
    assert [row["links.link.snr"] for row in sweep.points] == [3.0, 12.0]
    assert {row["links.link.snr"] for row in sweep.images} == {3.0, 12.0}


@pytest.mark.parametrize("texts, values, unit", [
    (["20 ms", "1.5ms"], [20.0, 1.5], "ms"), (["3 dB", "-1e1 dB"], [3.0, -10.0], "dB"), (["5", "7"], [5.0, 7.0], ""),
    (["20 ms", "1 s"], ["20 ms", "1 s"], ""), (["last", "3"], ["last", "3"], ""), (["5 %"], [5.0], "%"),
])
def test_quantities(texts, values, unit):
    from gensemcom.sweeps import quantities

    assert quantities(texts) == (values, unit)


def test_json_of_columns_is_tidy():
    with open(os.path.join(ROOT, "python", "gensemcom", "columns.json"), encoding="utf-8") as file:
        assert json.load(file)["blocks"]["capacity_bit_per_s"]["unit"] == "bit/s"


@pytest.mark.parametrize("coherence", [None, "100 ms"])
def test_curves_take_repetitions_together(binary, tmp_path, coherence):
    """With one repetition a curve is sweep.csv's; with more its intervals are those of all their blocks, or runs."""
    path = tmp_path / "again.yaml"
    link = f"model: rayleigh, coherence: {coherence}" if coherence else "model: awgn"
    path.write_text(f"""
images: {{folder: {ROOT}/Topologies/Photos, count: 6, longestSide: 64, preencoded: yes, interval: 100 ms}}
nodes: {{cam: {{role: transmitter}}, air: {{role: channel}}, desk: {{role: receiver}}}}
links: {{up: {{from: cam, through: air, to: desk, bandwidth: 1 MHz, snr: 6 dB, {link}}}}}
models: {{classifier: small-resnet}}
sweep: {{links.up.snr: [0 dB, 9 dB], repetitions: 2}}
""", encoding="utf-8")
    from gensemcom import sweeps
    sweep = gensemcom.sweep(path, tmp_path / "out", binary=binary)
    rows = sweep.curve("gvif").to_dict("records") if tables.pandas is not None else sweep.curve("gvif")
    assert [(row["links.up.snr"], row["scheme"], row["images"]) for row in rows] \
        == [(0.0, "proposed", 12), (9.0, "proposed", 12)]
    points = sweep.database._rows('SELECT "links.up.snr_db", gvif, gvif_ci95, clusters FROM points ORDER BY run')
    for row in rows:
        own = [point for point in points if point[0] == row["links.up.snr"]]
        assert row["gvif"] == pytest.approx(sum(point[1] for point in own) / 2)
        assert row["clusters"] == sum(point[3] for point in own) and row["gvif_ci95"] > 0
    # Each point by itself: the same numbers as the program's.
    sweep._plan = [line for line in sweep._plan if line[0] in {
        run for run, in sweep.database._rows("SELECT run FROM points WHERE repetition = 0")}]
    alone = sweep.database._rows('SELECT gvif, gvif_ci95, clusters FROM points WHERE repetition = 0 ORDER BY run')
    rows = sweep.curve("gvif").to_dict("records") if tables.pandas is not None else sweep.curve("gvif")
    assert [(row["gvif"], row["gvif_ci95"], row["clusters"]) for row in rows] \
        == [pytest.approx(point) for point in alone]
    assert sweeps.interval([("a", 1.0), ("b", 2.0)]) == (1.5, None)
    with pytest.raises(gensemcom.GenSemComError, match="'photo'"):
        sweep.curve("photo")
