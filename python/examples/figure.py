#!/usr/bin/env python3
"""GVIF against the age of the channel's state, out of a sweep: `figure.py [FOLDER [PICTURE]]` (pandas, matplotlib).

Runs Topologies/feedback-delay-sweep.yaml into FOLDER (two minutes under the virtual clock), or reads what is there.
"""
import os
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

import gensemcom

# %% The sweep: made once, afterwards read.
folder = sys.argv[1] if len(sys.argv) > 1 else "runs/feedback"
picture = sys.argv[2] if len(sys.argv) > 2 else "feedback.png"
topology = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Topologies/feedback-delay-sweep.yaml")
sweep = gensemcom.open_sweep(folder) if os.path.isdir(folder) else gensemcom.sweep(topology, folder)

# %% The figure: a curve a predictor, with the 95 % intervals that sweep.csv states.
points = sweep.points
x = "controller.reportDelay"
for prediction, curve in points.groupby("controller.prediction"):
    curve = curve.sort_values(x)
    plt.errorbar(curve[x], curve["gvif"], curve["gvif_ci95"], capsize=3, marker="o", label=prediction)
plt.xlabel(f"report delay, {points.attrs['units'][x]}")
plt.ylabel("GVIF of what arrived")
plt.legend()
plt.savefig(picture, dpi=110)
print(picture)
