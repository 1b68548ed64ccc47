#!/usr/bin/env python3
"""The learning policy beside those that do not learn: `learning_curve.py [FOLDER [PICTURE]]` (numpy, matplotlib).

Runs Topologies/learning-policy.yaml with each policy on each seed under the virtual clock, or reads what lies in
FOLDER; prints the means, and draws the mean worth of a photo (its GVIF where it arrived whole, else nothing) so far.
"""
import os
import subprocess
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import gensemcom

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SEEDS = range(1, 11)
PHOTOS = 200
folder = sys.argv[1] if len(sys.argv) > 1 else "runs/learning"
picture = sys.argv[2] if len(sys.argv) > 2 else "learning.png"

# Algorithm 1's table of the same photos and latency budget: what a fixed table can be at its best.
table = os.path.abspath(os.path.join(folder, "table.json"))
os.makedirs(folder, exist_ok=True)
if not os.path.exists(table):
    photos = os.path.join(ROOT, "Topologies", "Photos")
    subprocess.run(
        [gensemcom.find_testbed(), "optimize", "--images", photos, "--latency", "30", "-o", table], check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

POLICIES = {
    "LinUCB (learning_policy.py)": {},
    "optimal, told the fading: outage 20 %": {
        "scheme.policy": "optimal", "scheme.tolerance": 0, "controller.prediction": "gaussMarkov",
        "controller.outage": "20 %"},
    "optimal": {"scheme.policy": "optimal", "scheme.tolerance": 0},
    "fixed table (Algorithm 1)": {"scheme.policy": "threshold-table", "scheme.policyFile": table},
}


def worths(name, settings, seed):
    """Worth of each photo in order, and GVIF of what arrived."""
    output = os.path.join(folder, f"{name.split(',')[0].split(' ')[0]}{len(settings)}-{seed}")
    if not os.path.exists(os.path.join(output, "run.sqlite")):
        topology = os.path.join(ROOT, "Topologies", "learning-policy.yaml")
        gensemcom.run(topology, set={**settings, "images.count": PHOTOS}, seed=seed, output=output, check=False)
    whole, arrived = np.zeros(PHOTOS), np.zeros(PHOTOS)
    for row in gensemcom.open_run(output).database._rows("SELECT image, gvif, status FROM images"):
        arrived[row[0]] = row[1] or 0
        whole[row[0]] = arrived[row[0]] if row[2] == "complete" else 0
    return whole, arrived


print(f"{len(SEEDS)} seeds of {PHOTOS} photos: worth (± standard error over seeds), of the last half; "
      "GVIF of what arrived")
figure, axes = plt.subplots(figsize=(6.4, 4))
for name, settings in POLICIES.items():
    whole, arrived = map(np.array, zip(*(worths(name, settings, seed) for seed in SEEDS)))
    means = whole.mean(axis=1)
    error = means.std(ddof=1) / len(means) ** 0.5
    print(f"{name:40s} {means.mean():.4f} ± {error:.4f}   {whole[:, PHOTOS // 2:].mean():.4f}   {arrived.mean():.4f}")
    # The mean of all photos so far, and its standard error over the seeds.
    so_far = whole.cumsum(axis=1) / np.arange(1, PHOTOS + 1)
    middle, width = so_far.mean(axis=0), so_far.std(axis=0, ddof=1) / len(SEEDS) ** 0.5
    (line,) = axes.plot(middle, label=name)
    axes.fill_between(range(PHOTOS), middle - width, middle + width, color=line.get_color(), alpha=0.2, linewidth=0)
axes.set(xlabel="photos sent", ylabel="mean worth of a photo so far", xlim=(0, PHOTOS), ylim=(0, None))
axes.legend(loc="lower right", fontsize=8)
axes.grid(alpha=0.3)
figure.tight_layout()
figure.savefig(picture, dpi=100)
