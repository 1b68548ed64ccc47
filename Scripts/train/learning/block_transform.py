"""A coder made for processors: block transforms with residual blocks between them, and a hyperprior in logarithms.

    picture ─ 8×8 squares ─► projection ─► blocks at 1/8 ─ 2×2 squares ─► projection ─► blocks at 1/16 ─► y
    ŷ ─► blocks at 1/16 ─► projection ─ 2×2 squares ─► blocks at 1/8 ─► projection ─ 8×8 squares ─► picture

    block:  x ↦ x + narrow(GELU(widen(spatial(x))))      spatial: 5×5 taps of each channel by itself
    hyper:  ln(1 + 2|y|) − centre ─► h_a ─► z ─► Q ─► ẑ ─► h_s ─► ln θ         leaky ReLU (slope 1/10) between layers

A square's numbers lie row by row, its pixels' channels side by side: 8·8·3 = 192, then 2·2·192 = 768. Projections and
blocks work on maps with channels last. All that is learnt starts as a linear transform by PCA, its blocks' last layers
zero. Spatial kernels are learnt relative to their channel's magnitude (three decades lie between the mean colour and
the finest texture) and stored as they apply. Tensors are named as the modules here, the hyperprior's
`hyper_analysis.N`, `hyper_synthesis.N`; `entropy_bottleneck`, `QuantABCD` and `Gain` are CompressAI's, `prediction` is
of the module there.
"""

import math
from pathlib import Path

import torch
import torch.nn as nn
import torch.nn.functional as functional
from compressai.entropy_models import EntropyBottleneck, GaussianConditional
from compressai.models.base import get_scale_table
from compressai.models.utils import conv, deconv
from safetensors.torch import load_file, save_file

from learning import codec
from learning.prediction import Prediction

FINE, COARSE = 8, 2  # pixels a side of a first square, first squares a side of a cell
SLOPE = 0.1
GREATEST_LOGARITHM, LEAST_LOGARITHM = 12 * math.log(2), -14 * math.log(2)  # the ends of the decoder's fixed point


class Depthwise(torch.autograd.Function):
    """5×5 taps of each channel, channels last. The kernel's gradient is taken in 32 bits: four times as fast."""

    @staticmethod
    def forward(context, x, weight, bias):
        context.save_for_backward(x, weight)
        planes = x.permute(0, 3, 1, 2)
        y = functional.conv2d(planes, weight.to(x.dtype), bias.to(x.dtype), padding=2, groups=len(weight))
        return y.permute(0, 2, 3, 1)

    @staticmethod
    def backward(context, gradient):
        x, weight = context.saved_tensors
        planes, channels = gradient.permute(0, 3, 1, 2), len(weight)
        back = functional.conv2d(planes, weight.flip((2, 3)).to(planes.dtype), padding=2, groups=channels)
        _, kernel, bias = torch.ops.aten.convolution_backward(
            planes.float(), x.permute(0, 3, 1, 2).float(), weight, [channels], [1, 1], [2, 2], [1, 1], False, [0, 0],
            channels, [False, True, True])
        return back.permute(0, 2, 3, 1), kernel, bias


class Projection(torch.autograd.Function):
    """A product with a matrix in 32 bits (y spans hundreds of steps); its gradients in `precision`."""

    @staticmethod
    def forward(context, x, weight, bias, precision):
        context.save_for_backward(x.to(precision), weight.to(precision))
        return functional.linear(x, weight, bias)

    @staticmethod
    def backward(context, gradient):
        x, weight = context.saved_tensors
        short = gradient.to(x.dtype)
        rows = short.flatten(0, -2)
        back = (short @ weight).to(gradient.dtype) if context.needs_input_grad[0] else None
        return back, (rows.T @ x.flatten(0, -2)).to(gradient.dtype), gradient.flatten(0, -2).sum(0), None


class Block(nn.Module):
    def __init__(self, channels, magnitude, expansion=2):
        super().__init__()
        self.spatial = nn.Conv2d(channels, channels, 5, padding=2, groups=channels)
        self.widen = nn.Linear(channels, expansion * channels)
        self.narrow = nn.Linear(expansion * channels, channels)
        self.register_buffer("magnitude", magnitude.clone())
        self.precision = torch.float32
        with torch.no_grad():
            self.spatial.weight.mul_(0.5)
            self.spatial.weight[:, :, 2, 2] += 0.5
            self.narrow.weight.zero_()
            self.narrow.bias.zero_()

    def kernel(self):
        """The spatial kernel as it applies."""
        return self.spatial.weight / self.magnitude.clamp(min=0.5).view(-1, 1, 1, 1)

    def forward(self, x):
        short = x.to(self.precision)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.precision == torch.bfloat16):
            y = Depthwise.apply(short, self.kernel(), self.spatial.bias)
            return x + self.narrow(functional.gelu(self.widen(y)))


@torch.no_grad()
def start_offsets(layers):
    """No offset at first, and units that vanish one after the other as deviations grow: wide symbols have none."""
    count = len(layers[0].bias)
    layers[0].weight[:, 0] = -1 / torch.logspace(-0.8, 0.9, count)
    layers[0].weight[:, 1] = 0
    layers[0].bias.fill_(1)
    layers[2].weight.copy_(torch.eye(count))
    for part in (layers[2].bias, layers[4].weight, layers[4].bias):
        part.zero_()


def squares(x, side):
    """(…, H, W, C) ↦ (…, H/side, W/side, side·side·C)."""
    b, h, w, c = x.shape
    return x.reshape(b, h // side, side, w // side, side, c).transpose(2, 3).reshape(b, h // side, w // side, -1)


def joined(x, side):
    """The way back from `squares`."""
    b, h, w, c = x.shape
    return x.reshape(b, h, w, side, side, -1).transpose(2, 3).reshape(b, h * side, w * side, -1)


class Stage(nn.Module):
    """A projection and blocks: on the way to y the projection comes first, on the way back last."""

    def __init__(self, weight, bias, magnitude, count, expansion):
        super().__init__()
        self.projection = nn.Linear(weight.shape[1], weight.shape[0])
        self.projection.weight.data.copy_(weight)
        self.projection.bias.data.copy_(bias)
        self.blocks = nn.ModuleList(Block(len(magnitude), magnitude, expansion) for _ in range(count))
        self.precision = torch.float32

    def project(self, x):
        return Projection.apply(x, self.projection.weight, self.projection.bias, self.precision)

    def refine(self, x):
        for block in self.blocks:
            x = block(x)
        return x


class BlockTransformCoder(nn.Module):
    """`start` is what `linear_start` gives; `counts`: blocks of analysis (fine, coarse), synthesis (coarse, fine)."""

    def __init__(self, start, counts=(1, 3, 3, 2), hidden=128, expansion=2):
        super().__init__()
        fine, coarse, mean = start["fine"], start["coarse"], start["mean"]
        size, channels = start["fine magnitude"], start["coarse magnitude"]
        m, pixels = len(channels), mean.repeat(FINE * FINE)
        gain = codec.LATENT_GAIN
        self.analysis = nn.ModuleDict({
            "fine": Stage(fine * gain, -gain * fine @ pixels, size, counts[0], expansion),
            "coarse": Stage(coarse, torch.zeros(m), channels, counts[1], expansion)})
        self.synthesis = nn.ModuleDict({
            "coarse": Stage(coarse.T, torch.zeros(coarse.shape[1]), channels, counts[2], expansion),
            "fine": Stage(fine.T / gain, pixels, size, counts[3], expansion)})
        self.hyper_analysis = nn.ModuleList([conv(m, hidden, 3, 1), conv(hidden, hidden), conv(hidden, hidden)])
        self.hyper_synthesis = nn.ModuleList([deconv(hidden, hidden), deconv(hidden, hidden), conv(hidden, m, 3, 1)])
        self.register_buffer("centre", torch.log1p(0.8 * channels))
        with torch.no_grad():
            self.hyper_synthesis[2].weight.mul_(0.3)
            self.hyper_synthesis[2].bias.copy_(torch.log(0.7 * channels))
        self.entropy_bottleneck = EntropyBottleneck(hidden, init_scale=4)
        self.gaussian_conditional = GaussianConditional(None)
        self.gaussian_conditional.scale_table = get_scale_table()
        model = codec.empty_network(2, 2)
        self.QuantABCD, self.Gain = model.QuantABCD, model.Gain
        start_offsets(self.QuantABCD)
        self.prediction = Prediction(m)
        self.precision = torch.float32

    def compute_in(self, precision):
        for module in self.modules():
            if hasattr(module, "precision"):
                module.precision = precision
        return self

    def analyse(self, x):
        """y (B, M, H/16, W/16) of pictures (B, 3, H, W) in [0, 1]."""
        fine, coarse = self.analysis["fine"], self.analysis["coarse"]
        x = fine.refine(fine.project(squares(x.permute(0, 2, 3, 1), FINE)))
        return coarse.refine(coarse.project(squares(x, COARSE))).permute(0, 3, 1, 2)

    def synthesise(self, y):
        coarse, fine = self.synthesis["coarse"], self.synthesis["fine"]
        x = joined(coarse.project(coarse.refine(y.permute(0, 2, 3, 1).contiguous())), COARSE)
        return joined(fine.project(fine.refine(x)), FINE).permute(0, 3, 1, 2)

    def analyse_scales(self, y):
        """z (B, N, H/64, W/64)."""
        x = torch.log1p(2 * y.abs()) - self.centre.view(1, -1, 1, 1)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.precision == torch.bfloat16):
            for layer in self.hyper_analysis[:2]:
                x = functional.leaky_relu(layer(x), SLOPE)
            return self.hyper_analysis[2](x).float()

    def synthesise_scales(self, z):
        """θ at gain 1, as y."""
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.precision == torch.bfloat16):
            for layer in self.hyper_synthesis[:2]:
                z = functional.leaky_relu(layer(z), SLOPE)
            logarithms = self.hyper_synthesis[2](z).float()
        return logarithms.clamp(LEAST_LOGARITHM, GREATEST_LOGARITHM).exp()


# ---------------------------------------------------------------- start, storage

@torch.no_grad()
def linear_start(photos, m):
    """The PCA of 8×8 squares of pixels, and that of 2×2 of what it gives; magnitudes in steps of y."""
    x = torch.stack([codec.central(p, 320) for p in photos[:90]]).float().permute(0, 2, 3, 1) / 255
    mean = x.mean((0, 1, 2))

    def components(rows):
        values, vectors = torch.linalg.eigh(rows.T @ rows / len(rows))
        return vectors.flip(1).T, values.flip(0).clamp(min=1e-9).sqrt()

    first = squares(x - mean, FINE)
    fine, size = components(first.flatten(0, 2))
    second = squares(first @ fine.T * codec.LATENT_GAIN, COARSE)
    coarse, channels = components(second.flatten(0, 2))
    return {"mean": mean, "fine": fine, "fine magnitude": size * codec.LATENT_GAIN,
            "coarse": coarse[:m], "coarse magnitude": channels[:m]}


def stored(network):
    """The tensors as they apply: kernels and matrices in half precision, the rest in single."""
    state = {}
    for name, value in network.state_dict().items():
        if name.endswith((*codec.TABLES, ".magnitude")) or name.startswith("gaussian_conditional"):
            continue
        half = name.endswith(".weight") and not name.startswith(("QuantABCD", "prediction"))
        if name.endswith(".spatial.weight"):
            value = network.get_submodule(name.removesuffix(".spatial.weight")).kernel()
        state[name] = value.detach().cpu().to(torch.float16 if half else torch.float32).contiguous()
    return state


def save(network, path):
    partial = f"{path}.partial"
    save_file(stored(network), partial)
    Path(partial).chmod(0o644)
    Path(partial).replace(path)


def is_block_transform(state):
    return "analysis.fine.projection.weight" in state


def counts_of(state):
    return tuple(1 + max((int(k.split(".")[3]) for k in state if k.startswith(f"{part}.blocks.")), default=-1)
                 for part in ("analysis.fine", "analysis.coarse", "synthesis.coarse", "synthesis.fine"))


def empty(m, counts, hidden, fine=3 * FINE * FINE, expansion=2):
    start = {"mean": torch.zeros(3), "fine": torch.zeros(fine, 3 * FINE * FINE),
             "coarse": torch.zeros(m, COARSE * COARSE * fine),
             "fine magnitude": torch.ones(fine), "coarse magnitude": torch.ones(m)}
    return BlockTransformCoder(start, counts, hidden, expansion)


def filled(state, origin):
    """A network of the sizes that the tensors have; `state` is a file's or a checkpoint's."""
    m, hidden = state["hyper_synthesis.2.weight"].shape[:2]
    widen = next((v for k, v in state.items() if k.endswith(".widen.weight")), torch.zeros(2, 1))
    fine, expansion = len(state["analysis.fine.projection.weight"]), widen.shape[0] // widen.shape[1]
    network = empty(m, counts_of(state), hidden, fine, expansion)
    network.Gain = nn.Parameter(state["Gain"].clone(), requires_grad=False)
    missing, unexpected = network.load_state_dict({k: v.float() for k, v in state.items()}, strict=False)
    optional = ("gaussian_conditional", "prediction")  # coders up to E predict nothing
    missing = [k for k in missing if not k.endswith((*codec.TABLES, ".magnitude")) and not k.startswith(optional)]
    if missing or unexpected:
        raise SystemExit(f"{origin}: missing {missing}, unexpected {list(unexpected)}")
    return network


def load(path):
    return filled(load_file(path), path)


def add_blocks(network, counts):
    """Stages with fewer blocks than `counts` (as in `counts_of`) get more at their ends, which change nothing yet."""
    (a, b), (c, d) = ([stages[k] for k in keys] for stages, keys in (
        (network.analysis, ("fine", "coarse")), (network.synthesis, ("coarse", "fine"))))
    for stage, count in zip((a, b, c, d), counts, strict=True):
        while 0 < len(stage.blocks) < count:
            last = stage.blocks[-1]
            stage.blocks.append(Block(len(last.magnitude), last.magnitude, len(last.widen.bias) // len(last.magnitude)))


@torch.no_grad()
def measure_magnitudes(network, photos):
    """Learn spatial kernels relative to what their channels hold: for a network that was read from a stored file."""
    seen = {}
    hooks = [block.register_forward_pre_hook(lambda module, given: seen.setdefault(module, []).append(
        given[0].float().square().mean((0, 1, 2)))) for block in network.modules() if isinstance(block, Block)]
    for photo in photos:
        x = codec.cropped_to_multiple(photo)[None].float() / 255
        network.synthesise(network.analyse(x))
    for hook in hooks:
        hook.remove()
    for block, squares_ in seen.items():
        block.spatial.weight.copy_(block.kernel())
        block.magnitude.copy_(torch.stack(squares_).mean(0).sqrt())
        block.spatial.weight.mul_(block.magnitude.clamp(min=0.5).view(-1, 1, 1, 1))
