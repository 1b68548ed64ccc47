#!/usr/bin/env python3
"""A policy that learns: LinUCB finds out which share of the believed budget to use.

Reports of the channel come late, wrong or not at all; a photo that counts on more than the channel can carry loses
slices. Here a photo is worth its GVIF where it arrives whole, and nothing otherwise. Each arm is a share of the budget,
within which the policy takes the photo's best (alpha, rate). The reward is the photo's worth over what the whole budget
promised. Needs no package.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from gensemcom import Policy  # noqa: E402

SHARES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
EXPLORATION = 0.4  # how much the width of an arm's interval counts
RIDGE = 1.0  # how slowly an arm believes its first rewards


class Arm:
    """Ridge regression of the reward on the context, one observation at a time (Sherman and Morrison)."""

    def __init__(self, size):
        self.inverse = [[(i == j) / RIDGE for j in range(size)] for i in range(size)]
        self.sums = [0.0] * size

    def spread(self, x):
        return [sum(a * b for a, b in zip(row, x)) for row in self.inverse]

    def bound(self, x):
        y = self.spread(x)
        return sum(a * b for a, b in zip(y, self.sums)) + EXPLORATION * sum(a * b for a, b in zip(x, y)) ** 0.5

    def observe(self, x, reward):
        y = self.spread(x)
        scale = 1 + sum(a * b for a, b in zip(x, y))
        self.inverse = [[v - y[i] * y[j] / scale for j, v in enumerate(row)] for i, row in enumerate(self.inverse)]
        self.sums = [s + reward * v for s, v in zip(self.sums, x)]


class Learner(Policy):
    def __init__(self):
        self.arms = [Arm(3) for _ in SHARES]
        self.chosen = {}

    def decide(self, question):
        context = [1.0, question.snr / 10, question.stateAge]
        arm = max(range(len(SHARES)), key=lambda i: self.arms[i].bound(context))
        self.chosen[question.id] = (arm, context)
        return question.best(SHARES[arm] * question.budgetBits)

    def learn(self, outcome, question):
        arm, context = self.chosen.pop(outcome.id)
        worth = outcome.gvif if outcome.verdict == "complete" else 0.0
        self.arms[arm].observe(context, worth / (question.best().gvif or 1.0))


if __name__ == "__main__":
    Learner().serve()
