"""Prediction of a symbol from its channel's symbols in neighbouring cells: what the coder codes is the difference.

Slices walk the cells along Hilbert's curve, so that of a cell's four neighbours some came before it. With k of them, of
sum Σ, the symbol of a channel is predicted as ⌊w(k)·Σ + ½⌋, and the difference's deviation is d(k) times θ. Few
channels gain by it: the mean colours, which the transforms leave alike from cell to cell. A file holds w as
`prediction.weight` and d as `prediction.deviation`, (M, 4) each, k = 1 … 4; d is 1 for what is not predicted.
"""

from functools import lru_cache

import torch
import torch.nn as nn
import torch.nn.functional as functional

LEAST_SAVING = 0.01  # of a channel's bits


class Prediction(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.register_buffer("weight", torch.zeros(channels, 4))
        self.register_buffer("deviation", torch.ones(channels, 4))

    def differences(self, symbols, deviations):
        """(|differences|, their deviations), of symbols and g·θ (B, M, rows, columns)."""
        total, count = sums_before(symbols)
        weight = functional.pad(self.weight, (1, 0))[:, count]
        share = functional.pad(self.deviation, (1, 0), value=1)[:, count]
        return (symbols - torch.floor(weight * total + 0.5)).abs(), (deviations * share).clamp(min=0.11)

    @torch.no_grad()
    def fit(self, samples, information):
        """By least squares in units of θ; `samples` are (symbols, g·θ) of photos, (M, rows, columns), `information` the
        bits of sizes with deviations."""
        moments = torch.zeros(3, len(self.weight), 5, dtype=torch.float64)  # of Σ·Σ, Σ·q, q·q over θ², by k
        for symbols, deviations in samples:
            total, count = sums_before(symbols)
            weights = 1 / deviations.clamp(min=0.3) ** 2
            for k in range(1, 5):
                here = count == k
                for moment, product in zip(moments, (total * total, total * symbols, symbols * symbols)):
                    moment[:, k] += (weights * product)[:, here].sum(1)
        squares, products, own = moments[:, :, 1:]
        weight = products / squares.clamp(min=1e-9)
        share = ((own - weight * products).clamp(min=0) / own.clamp(min=1e-9)).sqrt()
        share[own == 0] = 1  # a place that nobody has
        for values, found in ((self.weight, weight), (self.deviation, share)):
            values.copy_((found.clamp(-4, 4) * 65536).round() / 65536)
        plain = saved = 0
        for symbols, deviations in samples:
            before = information(symbols.abs(), deviations).sum((1, 2))
            after = information(*(x[0] for x in self.differences(symbols[None], deviations[None]))).sum((1, 2))
            plain, saved = plain + before, saved + before - after
        idle = saved <= LEAST_SAVING * plain
        self.weight[idle], self.deviation[idle] = 0, 1


@lru_cache(maxsize=256)
def neighbours_before(rows, columns):
    """(4, rows, columns): whether the cell above, below, left, right comes earlier in the scan."""
    rank = torch.full((rows + 2, columns + 2), rows * columns)
    for place, (row, column) in enumerate(scan_order(rows, columns)):
        rank[row + 1, column + 1] = place
    sides = (rank[:-2, 1:-1], rank[2:, 1:-1], rank[1:-1, :-2], rank[1:-1, 2:])
    return torch.stack([side < rank[1:-1, 1:-1] for side in sides])


def scan_order(rows, columns):
    """Cells (row, column) in the order of the coder's `ScanOrder`: along Hilbert's curve."""
    side = 1
    while side < max(rows, columns):
        side *= 2
    cells = []
    for distance in range(side * side):
        x = y = 0
        rest, size = distance, 1
        while size < side:
            right = rest >> 1 & 1
            down = (rest ^ right) & 1
            if not down:
                if right:
                    x, y = size - 1 - x, size - 1 - y
                x, y = y, x
            x, y, rest, size = x + size * right, y + size * down, rest >> 2, 2 * size
        if x < columns and y < rows:
            cells.append((y, x))
    return cells


def sums_before(symbols):
    """(Σ, k) of symbols (…, rows, columns): the sum of the neighbours that came before, and how many these are."""
    before = neighbours_before(*symbols.shape[-2:])
    wide = functional.pad(symbols, (1, 1, 1, 1))
    sides = (wide[..., :-2, 1:-1], wide[..., 2:, 1:-1], wide[..., 1:-1, :-2], wide[..., 1:-1, 2:])
    return sum(side * own for side, own in zip(sides, before)), before.sum(0)
