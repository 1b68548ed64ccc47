"""A small virtual run and a small sweep, made once by the real program."""
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))

import gensemcom  # noqa: E402

QUICK = {"images.count": 2, "images.longestSide": 128, "links.link.snr": "12 dB", "scheme.budget": "30 ms"}


@pytest.fixture(scope="session")
def binary():
    try:
        return gensemcom.find_testbed()
    except gensemcom.ProgramNotFound as error:
        pytest.skip(f"needs the program: {error}")


@pytest.fixture(scope="session")
def topology():
    return os.path.join(ROOT, "Topologies", "single-link-awgn.yaml")


@pytest.fixture(scope="session")
def run(binary, topology, tmp_path_factory):
    return gensemcom.run(topology, set=QUICK, output=tmp_path_factory.mktemp("run") / "run", binary=binary)


@pytest.fixture(scope="session")
def sweep(binary, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweep")
    with open(os.path.join(ROOT, "Topologies", "single-link-awgn.yaml"), encoding="utf-8") as file:
        text = file.read().replace("folder: Photos", f"folder: {ROOT}/Topologies/Photos")
    path = folder / "swept.yaml"
    path.write_text(
        text.split("\nsweep:")[0] + "\nsweep:\n  links.link.snr: [3 dB, 12 dB]\n  scheme.policy: [optimal]\n",
        encoding="utf-8")
    return gensemcom.sweep(path, folder / "out", set={**QUICK, "images.preencoded": True}, binary=binary)
