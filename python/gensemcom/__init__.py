"""The GenSemCom testbed from Python: results, runs, and policies of your own.

>>> import gensemcom
>>> run = gensemcom.run("Topologies/quickstart.yaml", set={"links.uplink.snr": "6 dB"}, virtual=True)
>>> run.images["gvif"].mean()                       # a DataFrame where pandas is installed
>>> sweep = gensemcom.open_sweep("sweeps/feedback")
>>> sweep.points                                    # sweep.csv, swept values as numbers

Tables know their units: ``run.images.attrs["units"]["snr_db"] == "dB"``.
"""
from .errors import (
    GenSemComError, MissingDependency, NewerDatabase, NotARun, ProgramNotFound, TestbedError, UnfinishedRun)
from .policy import Outcome, Policy, Question, Setting
from .program import find_testbed, run, sweep
from .runs import Run, open_run
from .sweeps import Sweep, open_sweep
from .tables import Rows

__all__ = [
    "GenSemComError", "MissingDependency", "NewerDatabase", "NotARun", "Outcome", "Policy", "ProgramNotFound",
    "Question", "Rows", "Run", "Setting", "Sweep", "TestbedError", "UnfinishedRun", "find_testbed", "open_run",
    "open_sweep", "run", "sweep",
]
__version__ = "0.1.0"
