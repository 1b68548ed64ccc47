"""The variable-rate scale-hyperprior coder as it is trained here: start, rate, distortion, export.

The network is CompressAI's `ScaleHyperpriorVbr` with its own parameter names. Two things differ from
CompressAI's training: the gain g is drawn from a continuum, not from the levels, and each parameter
has a step size of its own (`units`), the transforms' kernels in coordinates of their own (`bases`).
"""

import math
import random
from pathlib import Path

import numpy
import torch
import torch.nn.functional as functional
from compressai.entropy_models import EntropyBottleneck
from compressai.models import ScaleHyperpriorVbr
from compressai.models.base import get_scale_table
from PIL import Image
from safetensors.torch import load_file, save_file

from learning.muon import orthogonalised

LATENT_GAIN = 29.0  # of y over pixels: quantisation step 1 (gain 1) is then about 40 dB
LOWEST_GAIN, HIGHEST_GAIN, GAIN_COUNT = 0.085, 1.15, 19
TABLES = ("_offset", "_quantized_cdf", "_cdf_length")  # made again by update(), so not stored


# ---------------------------------------------------------------- photos

def photo_paths(folder):
    """Every PNG, JPEG or PPM of a folder, in the order of their names."""
    paths = sorted(p for p in Path(folder).iterdir() if p.suffix.lower() in (".png", ".jpg", ".jpeg", ".ppm"))
    if not paths:
        raise SystemExit(f"{folder}: no PNG, JPEG or PPM photos")
    return paths


def split(paths, every):
    """(training, held out): every n-th photo, from the first on, is kept away from training."""
    if every <= 0:
        return list(paths), []
    return [p for i, p in enumerate(paths) if i % every], list(paths[::every])


def read_photo(path):
    """uint8 tensor (3, H, W)."""
    with Image.open(path) as image:
        return torch.from_numpy(numpy.array(image.convert("RGB"))).permute(2, 0, 1).contiguous()


def training_photos(paths, folders, kept, options):
    """Photos of `paths` as they are; those of more folders, but for the names `kept`, at most `--reduce` high or wide,
    and once more at half to five sixths of their size: what was reduced has little compression of its own left."""
    photos = [read_photo(p) for p in paths]
    for path, photo in zip(paths, photos):
        if min(photo.shape[1:]) < options.crop:
            raise SystemExit(f"{path}: smaller than the crop of {options.crop}")
    for path in (p for folder in folders for p in photo_paths(folder)):
        if any(stem in path.stem for stem in kept):
            continue
        with Image.open(path) as image:
            image = image.convert("RGB")
        least = min(image.size)
        shares = [min(1, options.reduce / least), max(random.uniform(0.5, 0.83), (options.crop + 1) / least)]
        for share in [s for s in shares if s <= 1 and round(s * least) >= options.crop]:
            size = [round(share * side) for side in image.size]
            smaller = image if share == 1 else image.resize(size, Image.LANCZOS)
            photos.append(torch.from_numpy(numpy.array(smaller)).permute(2, 0, 1).contiguous())
    return photos


def cropped_to_multiple(photo, multiple=64):
    """The central part whose sides are multiples of `multiple`."""
    _, h, w = photo.shape
    hh, ww = h // multiple * multiple, w // multiple * multiple
    top, left = (h - hh) // 2, (w - ww) // 2
    return photo[:, top:top + hh, left:left + ww]


# ---------------------------------------------------------------- the network

def empty_network(n, m, gains=None):
    """Random weights; 19 gains, logarithmically spaced, unless others are given; λ = 0.18·g²."""
    network = ScaleHyperpriorVbr(n, m)
    network.gaussian_conditional.scale_table = get_scale_table()
    if gains is None:
        gains = torch.logspace(math.log10(LOWEST_GAIN), math.log10(HIGHEST_GAIN), GAIN_COUNT)
    network.Gain = torch.nn.Parameter(gains.clone(), requires_grad=False)
    network.levels = len(gains)
    network.lmbda = [0.18 * float(g) ** 2 for g in gains]
    return network


def new_network(n, m, photos, scale=LATENT_GAIN):
    """A coder that starts as a linear one: its strided layers are a layer-wise PCA of 2x2 patches.

    Random weights need hours to reach what a linear transform has at once: unquantised and without
    any training this one stands at 38.6 dB (N = 128, M = 256). So nothing may disturb it: all other
    weights are zero (they learn all the same, their inputs are not) and the GDNs next to the identity.
    With a tenth of the usual random weights instead, 28.6 dB are left. `scale` is the gain of y over
    pixels.
    """
    network = empty_network(n, m)
    x = torch.stack([central(p, 320) for p in photos[:60]]).float() / 255
    layers = []
    for k in (min(n, 12), min(n, 48), min(n, 192), m):
        patches = functional.unfold(x, 2, stride=2).permute(0, 2, 1).reshape(-1, 4 * x.shape[1])
        _, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
        layers.append(vectors.flip(1)[:, :k].T.reshape(-1, x.shape[1], 2, 2))
        x = functional.conv2d(x, layers[-1], stride=2)
    mean = x.mean((0, 2, 3))
    with torch.no_grad():
        for index, weight in enumerate(layers):
            down, up = network.g_a[2 * index], network.g_s[6 - 2 * index]
            s = scale if index == 3 else 1.0
            o, i = weight.shape[:2]
            for layer in (down, up):
                layer.weight.zero_()
                layer.bias.zero_()
            down.weight[:o, :i, 2:4, 2:4] = weight * s
            up.weight[:o, :i, 2:4, 2:4] = weight / s
        network.g_a[6].bias.copy_(-mean * scale)
        last = layers[3]
        network.g_s[0].bias[:last.shape[1]] = torch.einsum("oikl,o->ikl", last, mean).mean((1, 2))
        for part in (network.g_a, network.g_s):
            for gdn in (part[1], part[3], part[5]):
                gdn.gamma.copy_(gdn.gamma_reparam.init(torch.eye(n) * 3e-4 + 1e-6))
                gdn.beta.copy_(gdn.beta_reparam.init(torch.ones(n)))
        network.QuantABCD[4].weight.zero_()  # no reconstruction offset at first: a random one costs 1.5 dB
        network.QuantABCD[4].bias.zero_()
    return network


def narrowed(network, widths):
    """Keeps only the first `widths` channels after the three hidden layers of each transform.

    The PCA fills 12, 48 and 128 of N = 128. The others cost arithmetic from the first step and earn
    nothing for hours; without them a step takes a fifth of the time. `widened` is the way back, for
    what is stored and for the testbed.
    """
    m = network.g_a[6].weight.shape[0]
    down, up = (3, *widths, m), (m, *reversed(widths), 3)
    for part, sizes in ((network.g_a, down), (network.g_s, up)):
        for index in range(4):
            layer, (i, o) = part[2 * index], sizes[index:index + 2]
            rows, columns = (i, o) if isinstance(layer, torch.nn.ConvTranspose2d) else (o, i)
            layer.weight = torch.nn.Parameter(layer.weight[:rows, :columns].detach().clone())
            layer.bias = torch.nn.Parameter(layer.bias[:o].detach().clone())
            if index < 3:
                gdn = part[2 * index + 1]
                gdn.gamma = torch.nn.Parameter(gdn.gamma[:o, :o].detach().clone())
                gdn.beta = torch.nn.Parameter(gdn.beta[:o].detach().clone())
    return network


def widths_of(state):
    """Channels after the three hidden layers, without those behind the last whose kernels are not zero."""
    def used(layer):
        down, up = state[f"g_a.{layer}.weight"], state[f"g_s.{6 - layer}.weight"]  # (out, in, …), (in, out, …)
        return int(torch.nonzero(down.abs().sum((1, 2, 3)) + up.abs().sum((1, 2, 3)))[-1]) + 1
    return tuple(used(layer) for layer in (0, 2, 4))


def stored_widths(network):
    """Channels after the three hidden layers, as they are."""
    return tuple(network.g_a[layer].weight.shape[0] for layer in (0, 2, 4))


@torch.no_grad()
def widened(narrow):
    """The network of N channels that computes what a narrow one does: zero kernels, GDN the identity."""
    state = narrow.state_dict()
    n, m = state["h_a.4.weight"].shape[0], state["g_a.6.weight"].shape[0]
    network = empty_network(n, m, narrow.Gain).to(narrow.Gain.device)
    gdn = network.g_a[1]
    full = {}
    for name, whole in network.state_dict().items():
        if name.endswith(TABLES) or name not in state:
            continue
        value = state[name]
        if whole.shape != value.shape:
            whole = torch.zeros_like(whole)
            if name.endswith(".gamma"):
                whole = gdn.gamma_reparam.init(whole)
            elif name.endswith(".beta"):
                whole = gdn.beta_reparam.init(whole + 1)
            whole[tuple(slice(0, k) for k in value.shape)] = value
            value = whole
        full[name] = value
    torch.nn.Module.load_state_dict(network, full, strict=False)
    return network


def random_gains(count):
    """One from each of `count` parts of the range, (count, 1, 1, 1); the range a little beyond the catalogue's."""
    low, high = math.log(0.94 * LOWEST_GAIN), math.log(1.05 * HIGHEST_GAIN)
    steps = torch.arange(count) + torch.rand(count)
    return torch.exp(low + (high - low) * steps / count)[torch.randperm(count)].view(-1, 1, 1, 1)


def central(photo, size):
    _, h, w = photo.shape
    if h < size or w < size:
        raise SystemExit(f"a photo of {w}x{h}: training from scratch wants at least {size}x{size}")
    return photo[:, (h - size) // 2:(h + size) // 2, (w - size) // 2:(w + size) // 2]


def load_network(path):
    """Read a safetensors file in CompressAI's names, 16 or 32 bits."""
    state = {k: v.float() for k, v in load_file(path).items() if not k.endswith(TABLES)}
    return filled_network(state, path)


def filled_network(state, origin):
    """A network of the sizes that the tensors have, narrowed when its last hidden channels are zero."""
    n, m = state["h_a.4.weight"].shape[0], state["g_a.6.weight"].shape[0]
    stored = [state[f"g_a.{layer}.weight"].shape[0] for layer in (0, 2, 4)]  # fewer than N in a checkpoint
    network = narrowed(empty_network(n, m, state["Gain"]), stored)
    missing, unexpected = torch.nn.Module.load_state_dict(network, state, strict=False)
    missing = [k for k in missing if not k.endswith(TABLES)]
    if missing or unexpected:
        raise SystemExit(f"{origin}: missing {missing}, unexpected {list(unexpected)}")
    return narrowed(network, widths_of(network.state_dict()))


def save_network(network, path):
    """Write 16-bit safetensors, a narrow network widened.

    Kernels and GDN matrices are rounded to half precision; biases, quantiles, the bottleneck's small
    matrices, gains and offsets stay in single precision, since together they weigh nothing.
    """
    state = {}
    for name, value in widened(network).state_dict().items():
        if name.endswith(TABLES):
            continue
        half = name.startswith(("g_", "h_")) and (name.endswith(".weight") or name.endswith(".gamma"))
        state[name] = value.detach().cpu().to(torch.float16 if half else torch.float32).contiguous()
    partial = f"{path}.partial"
    save_file(state, partial)
    Path(partial).chmod(0o644)
    Path(partial).replace(path)


@torch.no_grad()
def units(network, photos):
    """For each parameter but the transforms' kernels (`bases`), the step that its place asks for.

    Channel magnitudes span three decades, from the mean colour to the finest texture, while the error
    that may be made is the same in every channel: a fraction of the quantisation step. So a weight's
    unit is (tolerance of the layer's output) / (magnitude of its input channel). With one step size
    for all weights the fine channels stay where they started and the coarse ones shake. Tolerances:
    1 for y, and 1/s elsewhere in g_a and g_s, where s is the gain of y over pixels. The hyperprior
    predicts scales relative to their size, so its tolerance is each output channel's magnitude.
    """
    seen = {}

    def magnitude(x):
        a = x.detach().square().mean((0, 2, 3)).sqrt()
        return a.clamp(min=0.1 * float(a.square().mean().sqrt()))  # a silent channel gets no boundless step

    def record(name):
        return lambda _, inputs, output: seen.setdefault(name, []).append((magnitude(inputs[0]), magnitude(output)))

    hooks = [m.register_forward_hook(record(n)) for n, m in network.named_modules()
             if n.startswith(("g_", "h_")) and n.count(".") == 1]
    for photo in photos:
        x = cropped_to_multiple(photo)[None].to(next(network.parameters()).device).float() / 255
        y = network.g_a(x)
        network.h_s(torch.round(network.h_a(torch.abs(y))))
        network.g_s(y)
    for hook in hooks:
        hook.remove()
    found = {}
    modules = dict(network.named_modules())
    for name, pairs in seen.items():
        into, out = (torch.stack(side).mean(0) for side in zip(*pairs))
        module = modules[name]
        if name == "g_a.6":
            out = torch.ones_like(out)
        elif name.startswith("g_"):
            out = torch.full_like(out, 1 / LATENT_GAIN)
        elif name == "h_a.4":
            out = torch.ones_like(out)
        if name.startswith("g_") and hasattr(module, "weight"):
            found[f"{name}.bias"] = out
        elif isinstance(module, torch.nn.ConvTranspose2d):
            found[f"{name}.weight"] = (out[None, :] / into[:, None])[:, :, None, None]
            found[f"{name}.bias"] = out
        elif isinstance(module, torch.nn.Conv2d):
            found[f"{name}.weight"] = (out[:, None] / into[None, :])[:, :, None, None]
            found[f"{name}.bias"] = out
        elif hasattr(module, "gamma"):
            # stored is √γ; γ_ij x_j² may change by the tolerance relative to x_i
            found[f"{name}.gamma"] = (0.1 / into[None, :]).clamp(max=10)
            found[f"{name}.beta"] = 0.1
    return found


@torch.no_grad()
def bases(network, photos, noise=4.0, floor=0.03):
    """For each kernel of the transforms, coordinates in which its steps are independent.

    The 25 taps of a kernel see neighbouring values of a channel, and in a coarse channel these are
    nearly equal: a step in each tap's own coordinate is then almost always a step of their sum, and
    what overlaps, sharpens or smooths is learnt last. So the taps of each input channel
    are turned into the eigenvectors of what they see, and the unit of each eigenvector is (tolerance
    of the output) / (its magnitude), as in `units`. A transposed kernel's taps fall into four sets by
    the parity of the output that they reach; each set has eigenvectors of its own. `noise` is the
    quantisation step that y is given for the synthesis; magnitudes below `floor` of the layer's mean
    count as that.

    Returns name -> (eigenvectors (in, 25, 25), units (in, 25)).
    """
    modules = {n: m for n, m in network.named_modules()
               if n.startswith("g_") and n.count(".") == 1 and hasattr(m, "weight")}
    inputs, moments = {}, {}
    hooks = [m.register_forward_hook(lambda _, given, __, name=n: inputs.__setitem__(name, given[0].detach()))
             for n, m in modules.items()]
    whole = [[(i, j) for i in range(5) for j in range(5)]]
    parities = [[(i, j) for i in range(a, 5, 2) for j in range(b, 5, 2)] for a in (0, 1) for b in (0, 1)]
    for photo in photos:
        x = cropped_to_multiple(photo)[None].to(next(network.parameters()).device).float() / 255
        y = network.g_a(x)
        network.g_s(y + noise * (torch.rand_like(y) - 0.5))
        for name, value in inputs.items():
            h, w = value.shape[2:]
            padded = functional.pad(value, (2, 2, 2, 2))[0]
            for index, taps in enumerate(whole if name.startswith("g_a") else parities):
                if name.startswith("g_a"):  # tap i of output p sees input 2p + i − 2
                    planes = [padded[:, i:i + h:2, j:j + w:2] for i, j in taps]
                else:  # tap i of output 2p + (i mod 2) sees input p + 1 − i div 2
                    planes = [padded[:, 3 - i // 2:3 - i // 2 + h, 3 - j // 2:3 - j // 2 + w] for i, j in taps]
                seen = torch.stack(planes, 1).flatten(2)
                second = torch.einsum("ctp,cup->ctu", seen, seen) / (seen.shape[2] * len(photos))
                moments[name, index] = moments.get((name, index), 0) + second
    for hook in hooks:
        hook.remove()
    found = {}
    for name in modules:
        sets = whole if name.startswith("g_a") else parities
        channels = moments[name, 0].shape[0]
        vectors = torch.zeros(channels, 25, 25, device=moments[name, 0].device)
        values, at = vectors.new_zeros(channels, 25), 0
        for index, taps in enumerate(sets):
            end = at + len(taps)
            values[:, at:end], turned = torch.linalg.eigh(moments[name, index])
            vectors[:, [5 * i + j for i, j in taps], at:end] = turned
            at = end
        values = values.clamp(min=0)
        magnitude = values.sqrt().clamp(min=floor * float(values.mean().sqrt()))
        found[f"{name}.weight"] = (vectors, (1 if name == "g_a.6" else 1 / LATENT_GAIN) / magnitude)
    return found


class Optimiser:
    """Muon for the kernels of `bases`, Adam for the rest; each parameter's step in its own unit.

    Muon (Jordan 2024): the momentum of a kernel, as a matrix of outputs by inputs, is replaced by the
    nearest one of which all singular values are alike. In the coordinates of `bases` what the inputs say
    is white, so a step moves every direction of the output alike, however rarely the photos ask for it.
    """

    def __init__(self, groups, units, bases, betas=(0.9, 0.99), momentum=0.95):
        self.groups, self.units, self.bases, self.betas, self.momentum = groups, units, bases, betas, momentum
        self.count = 0
        self.moments = {n: [torch.zeros_like(self.turned(n, p)) for _ in range(1 if n in bases else 2)]
                        for group in groups for n, p in group["named"]}

    def state(self):
        return {"count": self.count, "units": self.units, "bases": self.bases, "moments": self.moments}

    def restore(self, state):
        self.count, self.units, self.bases, self.moments = (state[k] for k in ("count", "units", "bases", "moments"))

    def zero_grad(self):
        for group in self.groups:
            for _, p in group["named"]:
                p.grad = None

    def turned(self, name, kernel):
        """A kernel's gradient along its eigenvectors, (in, out, 25); any other gradient as it is."""
        if name not in self.bases:
            return kernel
        by_input = kernel.transpose(0, 1) if name.startswith("g_a") else kernel  # transposed kernels are (in, out, …)
        return torch.bmm(by_input.flatten(2), self.bases[name][0])

    def turned_back(self, name, move):
        """A step along the eigenvectors, in their units, as a step of the kernel."""
        vectors, unit = self.bases[name]
        kernel = torch.bmm(move * unit[:, None, :], vectors.transpose(1, 2)).unflatten(2, (5, 5))
        return kernel.transpose(0, 1) if name.startswith("g_a") else kernel

    @torch.no_grad()
    def step(self, factor):
        self.count += 1
        for group in self.groups:
            for name, p in group["named"]:
                if p.grad is not None:
                    move = self.along_eigenvectors(name, p.grad) if name in self.bases \
                        else self.elementwise(name, p.grad)
                    p.sub_(move, alpha=group["rate"] * factor)

    def along_eigenvectors(self, name, gradient):
        grad = self.turned(name, gradient) * self.bases[name][1][:, None, :]
        mean, = self.moments[name]
        mean.mul_(self.momentum).add_(grad)
        matrix = (grad + self.momentum * mean).transpose(0, 1).flatten(1)
        matrix = orthogonalised(matrix) * (0.2 * max(matrix.shape) ** 0.5)  # elements about as large as Adam's steps
        return self.turned_back(name, matrix.unflatten(1, (grad.shape[0], 25)).transpose(0, 1))

    def elementwise(self, name, grad):
        first, second = self.betas
        mean, square = self.moments[name]
        mean.lerp_(grad, 1 - first)
        square.mul_(second).addcmul_(grad, grad, value=1 - second)
        correction = (1 - second ** self.count) ** 0.5 / (1 - first ** self.count)
        return mean / (square.sqrt() + 1e-12) * self.units.get(name, 1.0) * correction


def predicted_scales(network, y, training=True):
    """(scales θ at gain 1, likelihoods of ẑ); in training gradients pass the rounding of ẑ."""
    z = network.h_a(torch.abs(y))
    rounded, likelihoods = network.entropy_bottleneck(z, training=training)
    if not training:
        return network.h_s(rounded), likelihoods
    offset = network.entropy_bottleneck._get_medians()
    return network.h_s(through(z - offset) + offset), likelihoods


def through(x):
    """Rounding that is the identity for gradients."""
    return x + (torch.round(x) - x).detach()


def rate_of_latent(network, y, scales, gain, noisy=True):
    """Bits of each picture's y at a gain, −Σ log₂ P; the gain a number or (pictures, 1, 1, 1)."""
    _, likelihoods = network.gaussian_conditional(y * gain, scales * gain, training=noisy)
    return -torch.log2(likelihoods).sum((1, 2, 3))


def quantised(network, y, scales, gain):
    """ŷ at a gain, with the reconstruction offsets of QuantABCD."""
    scaled = y * gain
    magnitude = through(torch.abs(scaled))
    deviation = network.gaussian_conditional.lower_bound_scale(scales * gain).unsqueeze(4)
    gains = torch.as_tensor(gain, device=y.device).expand_as(scales).unsqueeze(4)
    offset = -network.QuantABCD(torch.cat((deviation, gains), 4)).squeeze(4)
    offset = torch.where(magnitude < 1e-4, torch.zeros_like(offset), offset)
    return torch.sign(scaled).detach() * (magnitude + offset) / gain


# ---------------------------------------------------------------- figures

@torch.no_grad()
def measure(kind, network, photos, gains, latents=None):
    """Per gain: (bpp of y, bpp of z, PSNR in dB of the 8-bit picture), averaged over the photos.

    Bits are −log₂ P of the rounded symbols. With `latents` given (y of
    every photo) the transforms are left out, and PSNR is None: it does not depend on the hyperprior.
    """
    training = network.training
    network.eval()
    rows, described = [], []
    for index, photo in enumerate(photos):
        y = kind.analyse(network, photo[None].float() / 255) if latents is None else latents[index][None]
        scales, z_likelihoods = kind.predicted_scales(network, y, training=False)
        described.append((photo, y, scales, float(-torch.log2(z_likelihoods).sum())))
    for gain in gains:
        figures = []
        for photo, y, scales, z_bits in described:
            pixels = photo.shape[1] * photo.shape[2]
            bits = float(kind.rate_of_latent(network, y, scales, gain, noisy=False))
            if latents is not None:
                figures.append((bits / pixels, z_bits / pixels))
                continue
            picture = kind.synthesise(network, kind.quantised(network, y, scales, gain))
            picture = (picture * 255).round().clamp(0, 255)[0]
            mse = float(((picture - photo.float()) ** 2).mean())
            figures.append((bits / pixels, z_bits / pixels, 10 * math.log10(255 ** 2 / mse)))
        means = tuple(numpy.mean(figures, axis=0))
        rows.append(means if latents is None else means + (None,))
    network.train(training)
    return rows


def describe(rows):
    """`bpp/PSNR` of each gain."""
    return "  ".join(f"{y + z:.3f}" + ("" if psnr is None else f"/{psnr:.2f}") for y, z, psnr in rows)
