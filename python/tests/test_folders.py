"""Folders that are no run, runs that have not ended, databases of tomorrow; pictures."""
import os
import shutil
import sqlite3

import pytest

import gensemcom
from gensemcom import pictures


@pytest.fixture
def copy(run, tmp_path):
    return shutil.copytree(run.folder, tmp_path / "copy")


def test_what_is_no_run_is_named(tmp_path, run, sweep):
    for reader in (gensemcom.open_run, gensemcom.open_sweep):
        with pytest.raises(gensemcom.NotARun, match="nowhere: is no folder"):
            reader(tmp_path / "nowhere")
    with pytest.raises(gensemcom.NotARun, match="is no run's folder"):
        gensemcom.open_run(tmp_path)
    with pytest.raises(gensemcom.NotARun, match="is no sweep's folder"):
        gensemcom.open_sweep(tmp_path)
    with pytest.raises(gensemcom.NotARun, match="open_sweep reads it"):
        gensemcom.open_run(sweep.folder)
    with pytest.raises(gensemcom.NotARun, match="open_run reads it"):
        gensemcom.open_sweep(run.folder)


def test_an_unfinished_run_says_how_to_go_on(copy):
    os.remove(copy / "run.sqlite")
    with pytest.raises(gensemcom.UnfinishedRun, match="testbed report --import"):
        gensemcom.open_run(copy)


def test_a_database_without_a_run_is_unfinished(copy):
    with sqlite3.connect(copy / "run.sqlite") as connection:
        connection.execute("DELETE FROM runs")
    connection.close()
    with pytest.raises(gensemcom.UnfinishedRun, match="holds no run yet"):
        gensemcom.open_run(copy)


def test_an_unfinished_sweep_counts_its_points(sweep, tmp_path):
    copy = shutil.copytree(sweep.folder, tmp_path / "copy")
    os.remove(copy / "sweep.csv")
    shutil.rmtree(sorted((copy / "points").iterdir())[0])
    with pytest.raises(gensemcom.UnfinishedRun, match="1 of 2 points have ended; .* goes on"):
        gensemcom.open_sweep(copy)


def test_a_newer_database_is_refused(copy):
    with sqlite3.connect(copy / "run.sqlite") as connection:
        connection.execute("INSERT INTO grdb_migrations VALUES ('9')")
    connection.close()
    with pytest.raises(gensemcom.NewerDatabase, match="is of version 9, this package knows"):
        gensemcom.open_run(copy)


def test_what_is_no_database_is_named(copy):
    (copy / "run.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(gensemcom.NotARun, match="run.sqlite: is no database of the testbed"):
        gensemcom.open_run(copy)


def test_reading_changes_nothing(copy):
    before = (copy / "run.sqlite").read_bytes()
    gensemcom.open_run(copy).images
    assert (copy / "run.sqlite").read_bytes() == before


def test_pictures_are_arrays(run):
    numpy = pytest.importorskip("numpy")
    pytest.importorskip("PIL")
    original, received = run.picture("sender", 0, "original"), run.picture("sender", 0)
    assert original.shape == received.shape and original.shape[2] == 3 and original.dtype == numpy.uint8
    assert max(original.shape[:2]) == 128
    error = numpy.mean((original.astype(float) - received) ** 2)
    row = run.query("SELECT psnr_db FROM images WHERE image = 0")
    psnr = row[0]["psnr_db"] if isinstance(row, list) else row["psnr_db"][0]
    assert abs(10 * numpy.log10(255**2 / error) - psnr) < 0.01
    mask = run.picture("sender", 0, "mask")
    assert mask.dtype == bool and mask.shape == original.shape[:2]
    importance = run.importance("sender", 0)
    assert importance.ndim == 2 and 0 <= importance.min() and importance.max() <= 1
    assert run.stream("sender", 0)[:3]


def test_pictures_that_are_not_there_are_named(run, sweep):
    with pytest.raises(gensemcom.GenSemComError, match="expected one of original"):
        run.picture("sender", 0, "sketch")
    with pytest.raises(gensemcom.GenSemComError, match="image 7 of .sender.: is not in the run"):
        run.picture("sender", 7)
    with pytest.raises(gensemcom.GenSemComError, match="left no received picture"):
        sweep.point(next(iter(sweep.settings))).picture("sender", 0)


def test_what_is_not_installed_is_named(run, monkeypatch):
    import builtins

    real = builtins.__import__

    def without(name, *arguments, **more):
        if name in ("numpy", "PIL"):
            raise ImportError(name)
        return real(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(gensemcom.MissingDependency, match="numpy and pillow, which are not installed: pip install"):
        pictures.read_picture("x.png")
