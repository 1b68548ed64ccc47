"""Starting the program, and what it says where something is wrong."""
import os
import stat

import pytest

import gensemcom
from gensemcom.program import setting
from conftest import QUICK


@pytest.mark.parametrize("value, text", [
    (True, "yes"), (False, "no"), (3, "3"), ("6 dB", "6 dB"), (["sh", "-c"], '["sh", "-c"]'), (None, "null"),
    (0.5, "0.5"), (">= 0.9", '">= 0.9"'), ("[a: 1]", "[a: 1]"), ("", "")])
def test_settings(value, text):
    assert setting(value) == text


def test_the_program_is_looked_for(tmp_path, monkeypatch):
    program = tmp_path / "testbed"
    program.write_text("#!/bin/sh\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert gensemcom.find_testbed(program) == str(program)
    monkeypatch.setenv("GENSEMCOM_TESTBED", str(program))
    assert gensemcom.find_testbed() == str(program)
    monkeypatch.delenv("GENSEMCOM_TESTBED")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert gensemcom.find_testbed() == str(program)
    with pytest.raises(gensemcom.ProgramNotFound, match="nowhere' is no program"):
        gensemcom.find_testbed("/nowhere")


def test_mistakes_bear_the_programs_line(binary, topology, tmp_path):
    with pytest.raises(gensemcom.TestbedError) as caught:
        gensemcom.run(topology, set={"scheme.bugdet": "30 ms"}, output=tmp_path / "run", binary=binary)
    assert "bugdet" in str(caught.value) and "budget" in str(caught.value) and "\n" not in str(caught.value)
    assert caught.value.exit_code == 2 and not (tmp_path / "run").exists()
    with pytest.raises(gensemcom.TestbedError, match="nowhere.yaml"):
        gensemcom.run(tmp_path / "nowhere.yaml", binary=binary)


def test_a_missed_expectation_is_an_error_unless_told_otherwise(binary, topology, tmp_path):
    wanted = {**QUICK, "expect.gvif": "<= 0.1"}
    with pytest.raises(gensemcom.TestbedError, match="expected gvif") as caught:
        gensemcom.run(topology, set=wanted, output=tmp_path / "run", binary=binary)
    assert caught.value.exit_code == 1 and len(gensemcom.open_run(caught.value.folder).images) == 2
    run = gensemcom.run(topology, set=wanted, output=tmp_path / "other", check=False, binary=binary)
    assert len(run.images) == 2


def test_a_seed_and_sockets(binary, topology, tmp_path):
    run = gensemcom.run(topology, set=QUICK, virtual=False, seed=5, output=tmp_path / "run", binary=binary)
    assert run.info["seed"] == "5" and not run.info["virtual"] and len(run.images) == 2


def test_what_takes_too_long_is_ended(tmp_path):
    program = tmp_path / "testbed"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    with pytest.raises(gensemcom.TestbedError, match="no end within 0.2 s"):
        gensemcom.run("x.yaml", timeout=0.2, binary=program)


def test_a_program_that_says_nothing(tmp_path):
    program = tmp_path / "testbed"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(gensemcom.TestbedError, match="ended with exit code 3 and no word"):
        gensemcom.run("x.yaml", binary=program)
