"""How the block transform learns: losses, step sizes, reconstruction offsets. The trainer's view of that coder."""

import random

import torch
import torch.nn as nn

from learning import block_transform as definition
from learning import codec
from learning.muon import Muon

load_network = definition.load
filled_network = definition.filled
save_network = definition.save


def new_network(options, photos):
    start = definition.linear_start([p for p in photos if min(p.shape[1:]) >= 320], options.channels[1])
    return definition.BlockTransformCoder(start, options.blocks, options.channels[0])


def prepared(network, options, photos, precision):
    """Ready to learn: spatial kernels relative to what their channels hold, blocks added, 16 bits inside."""
    if any(bool((b.magnitude == 1).all()) for b in network.modules() if isinstance(b, definition.Block)):
        definition.measure_magnitudes(network, photos[:16])
    definition.add_blocks(network, options.blocks)
    return network.compute_in(precision)


def state_of(network):
    """What a checkpoint keeps."""
    return {k: v.clone() for k, v in network.state_dict().items()
            if not k.endswith(codec.TABLES) and not k.startswith("gaussian_conditional")}


def analyse(network, x):
    return network.analyse(x)


def synthesise(network, y):
    return network.synthesise(y)


def predicted_scales(network, y, training=True):
    """(θ at gain 1, likelihoods of ẑ); in training gradients pass the rounding of ẑ."""
    z = network.analyse_scales(y)
    rounded, likelihoods = network.entropy_bottleneck(z, training=training)
    if training:
        medians = network.entropy_bottleneck._get_medians()
        rounded = codec.through(z - medians) + medians
    return network.synthesise_scales(rounded), likelihoods


def information(magnitude, scales):
    """−log₂ of the Gaussian's mass between half-integers, in bits; scales in quantisation steps, at least 0.11."""
    mass = torch.special.ndtr((0.5 - magnitude) / scales) - torch.special.ndtr((-0.5 - magnitude) / scales)
    return -torch.log2(mass.clamp(min=1e-9))


def offsets(network, deviation, gains):
    """How far towards zero the decoder puts non-zero symbols back (QuantABCD)."""
    return network.QuantABCD(torch.stack((deviation, gains), 1)).squeeze(1)


# κ of the coder's SymbolQuantiser: what a bit is worth, in squared quantisation steps.
WORTH_OF_BIT = 0.07


@torch.no_grad()
def symbol_sizes(network, y, scales, gain):
    """(|symbols|, where the decoder puts them) as the coder rounds: the cheaper of the two integers around |g·y|."""
    scaled = (y * gain).abs()
    sizes = torch.round(scaled)
    places = sizes.clone()
    some = sizes > 0  # most are not
    deviation = (scales * gain).clamp(min=0.11)[some]
    offset = offsets(network, deviation, torch.as_tensor(gain, device=y.device).expand_as(y)[some])
    size, scaled = sizes[some], scaled[some]
    place, lower = size - offset, (size - 1 - offset) * (size > 1)
    saved = information(size, deviation) - information(size - 1, deviation)
    is_lowered = (scaled - lower) ** 2 < (scaled - place) ** 2 + WORTH_OF_BIT * saved
    sizes[some] = torch.where(is_lowered, size - 1, size)
    places[some] = torch.where(is_lowered, lower, place)
    return sizes, places


def rate_of_latent(network, y, scales, gain, noisy=True):
    """Bits of each picture's y at a gain; gradients reach θ, and y where it is `noisy` instead of rounded.

    Prediction counts where a network is measured; what learns learns without it.
    """
    deviations = (scales * gain).clamp(min=0.11)
    if noisy:
        magnitude = (y * gain + torch.rand_like(y) - 0.5).abs()
    else:
        magnitude, _ = symbol_sizes(network, y, scales, gain)
        if not network.training:
            magnitude, deviations = network.prediction.differences(torch.sign(y) * magnitude, deviations)
    return information(magnitude, deviations).sum((1, 2, 3))


def quantised(network, y, scales, gain):
    """ŷ with the reconstruction offsets, which are constants here: `settle` fits them."""
    scaled = y * gain
    with torch.no_grad():
        _, places = symbol_sizes(network, y, scales, gain)
        difference = torch.sign(scaled) * places - scaled
    return (scaled + difference) / gain


def learns_offsets(name):
    """Whether `settle` makes this tensor."""
    return name.startswith(("QuantABCD", "prediction"))


def settle(network, latents, steps=300, side=16):
    """What follows from symbols: QuantABCD, and their prediction from neighbours."""
    samples = []
    with torch.no_grad():
        for y in random.sample(latents, min(24, len(latents))):
            scales, _ = predicted_scales(network, y[None].float(), training=False)
            samples.append((y.float(), scales[0]))
    settle_offsets(network, samples, steps, side)
    coded = []
    for (y, scales), gain in zip(samples, (0.1, 0.2, 0.4) * len(samples)):
        sizes, _ = symbol_sizes(network, y, scales, gain)
        coded.append((torch.sign(y) * sizes, (scales * gain).clamp(min=0.11)))
    network.prediction.fit(coded, information)


def settle_offsets(network, samples, steps, side):
    """Fits QuantABCD to where symbols lie: the mean of |g·y| less its symbol, by g·θ and g."""
    network.QuantABCD.requires_grad_(True)
    optimiser = torch.optim.Adam(network.QuantABCD.parameters(), lr=3e-3, betas=(0.9, 0.98))
    for index in range(steps):
        optimiser.param_groups[0]["lr"] = 3e-3 * (1 - index / steps)
        y, scales = random.choice(samples)
        _, h, w = y.shape
        i, j = random.randrange(max(1, h - side + 1)), random.randrange(max(1, w - side + 1))
        y, scales = y[:, i:i + side, j:j + side], scales[:, i:i + side, j:j + side]
        gain = float(codec.random_gains(1))
        sizes, _ = symbol_sizes(network, y, scales, gain)
        some = sizes > 0
        deviation = (scales * gain).clamp(min=0.11)[some]
        offset = -offsets(network, deviation, torch.full_like(deviation, gain))
        loss = ((y * gain).abs()[some] - sizes[some] - offset).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    network.QuantABCD.requires_grad_(False)


def start_hyperprior(network, latents):
    """Nothing to do: in logarithms a new hyperprior is centred from its first step."""


class Optimiser:
    """Adam, and Muon for the blocks' matrices; rates in the units of what each parameter acts on."""

    def __init__(self, network, options, joint):
        named = [(n, p) for n, p in network.named_parameters()
                 if not n.endswith("quantiles") and not n.startswith(("QuantABCD", "Gain"))]
        hyper = [p for n, p in named if n.startswith(("hyper_", "entropy"))]
        rates = [(hyper, options.hyperprior_rate or 1e-3)]
        matrices = []
        self.rate = options.transform_rate or 5e-4
        if joint:
            matrix = (".widen.weight", ".narrow.weight")
            matrices = [p for n, p in named if n.endswith(matrix)] if options.muon else []
            blocks = [p for n, p in named if ".blocks." in n and not (options.muon and n.endswith(matrix))]
            projections = {k: [p for n, p in named if n.startswith(f"{k}.projection.")]
                           for k in ("analysis.fine", "analysis.coarse", "synthesis.coarse", "synthesis.fine")}
            rates += [(blocks, self.rate),
                      (projections["analysis.fine"] + projections["analysis.coarse"], 0.4 * self.rate),
                      (projections["synthesis.coarse"], 0.06 * self.rate),
                      (projections["synthesis.fine"], 0.006 * self.rate)]
        self.parameters = [p for group, _ in rates for p in group] + matrices
        others = [p for _, p in network.named_parameters()]
        for p in others:
            p.requires_grad_(False)
        for p in [*self.parameters, network.entropy_bottleneck.quantiles]:
            p.requires_grad_(True)
        groups = [{"params": p, "lr": r, "base": r} for p, r in rates]
        self.adam = torch.optim.Adam(groups, betas=(0.9, 0.99), fused=True)
        self.muon = Muon(matrices)

    def zero_grad(self):
        for p in self.parameters:
            p.grad = None

    def step(self, factor):
        nn.utils.clip_grad_norm_(self.parameters, 5.0)
        for group in self.adam.param_groups:
            group["lr"] = group["base"] * factor
        self.adam.step()
        self.muon.step(self.rate * factor)

    def state(self):
        return {"adam": self.adam.state_dict(), "muon": self.muon.means}

    def restore(self, state):
        self.adam.load_state_dict(state["adam"])
        for mean, kept in zip(self.muon.means, state["muon"], strict=True):
            mean.copy_(kept)


def optimiser(network, options, joint, photos):
    return Optimiser(network, options, joint)
