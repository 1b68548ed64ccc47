"""Photos with captions, CAM-shaped masks, a linear start and small models for Scripts/train/inpainting."""
import io
import json
import tarfile
import zipfile
from pathlib import Path

import numpy
import torch
import torch.nn.functional as functional
from PIL import Image

#: Stable Diffusion 1.x inpainting's form, small: some 4 million numbers in all. Pictures go to a quarter of their side.
AUTOENCODER = dict(block_out_channels=(16, 24, 32), layers_per_block=1, latent_channels=4, norm_num_groups=2,
                   down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3,
                   sample_size=512, mid_block_add_attention=False, scaling_factor=1.0)
UNET = dict(in_channels=9, out_channels=4, sample_size=128, block_out_channels=(24, 48, 96, 112), layers_per_block=1,
            down_block_types=("DownBlock2D", "DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D", "UpBlock2D"), cross_attention_dim=64,
            attention_head_dim=4, norm_num_groups=8, use_linear_projection=True)
TEXT = dict(hidden_size=64, intermediate_size=192, num_hidden_layers=2, num_attention_heads=4,
            max_position_embeddings=77)
#: A size to see whether everything runs.
TINY = (AUTOENCODER, dict(UNET, block_out_channels=(8, 16, 16, 16), cross_attention_dim=16),
        dict(TEXT, hidden_size=16, intermediate_size=32, num_hidden_layers=1))

#: Pixels along the side of a latent cell, and of a mask's cell.
FACTOR, CELL = 4, 16
#: R, G, B to Y, Cb, Cr (BT.601), all in [-1, 1].
COLOURS = torch.tensor([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])


def name_of(stem):
    """'n02101006_Gordon_setter' becomes 'gordon setter'; names without a word become nothing."""
    words = " ".join(part for part in stem.replace("-", " ").split("_") if not any(c.isdigit() for c in part))
    return words.strip().lower()


def article(name):
    return ("an " if name[:1] in "aeiou" else "a ") + name


class Photos:
    """Photos in memory, each with the captions that fit it, drawn by source. `held` is the share of photos kept for
    judging."""

    def __init__(self, pack, classes=None, held=0.12, most=60):
        self.sources, self.held_items, self.decoded = [], [], {}
        pack = Path(pack)
        photos = []
        for path in sorted((pack / "photos").glob("*")):
            if path.suffix.lower() in (".jpg", ".jpeg", ".png"):
                name = name_of(path.stem)
                entry = (path.read_bytes(), [f"a photo of {article(name)}", name] if name else ["a photo"])
                # By the name's hash, so that more photos do not move old ones across.
                judged = (sum(path.name.encode()) * 2654435761 % 1000) < 1000 * held
                if judged:
                    self.held_items.append((path, *entry))
                else:
                    photos.append(entry)
        self._source(photos, share=4, least=320)
        captioned = []
        if (pack / "captions.jsonl").exists():
            with tarfile.open(pack / "captions-images.tar") as tar:
                for line in (pack / "captions.jsonl").read_text().splitlines():
                    entry = json.loads(line)
                    if entry["split"] == "train":
                        captions = [c.strip().lower() for c in entry["captions"]]
                        captioned.append((tar.extractfile(entry["image"]).read(), captions))
        self._source(captioned, share=1.5, least=128)
        named = []
        if classes:
            for folder in sorted(p for p in Path(classes).iterdir()
                                 if p.is_dir() and not p.name.startswith("BACKGROUND")):
                name = folder.name.replace("_", " ").lower()
                for path in sorted(folder.glob("*.jpg"))[:most]:
                    named.append((path.read_bytes(), [f"a photo of {article(name)}"]))
        self._source(named, share=3, least=256)
        small = []
        if (pack / "labelled/train.zip").exists():
            with zipfile.ZipFile(pack / "labelled/train.zip") as archive:
                for name in archive.namelist():
                    if "/" in name and not name.endswith("/"):
                        words = name.split("/")[-2].replace("_", " ")
                        small.append((archive.read(name),
                                      [f"a small photo of {article(words)}", f"a photo of {article(words)}"]))
        self._source(small, share=1, least=128)

    def _source(self, items, share, least):
        if items:
            self.sources.append((share, least, items))

    def captions(self):
        return [caption for _, _, items in self.sources for _, captions in items for caption in captions]

    def draw(self, rng, most, least=128):
        """A random square of a photo, shape (3, side, side) in [-1, 1], and one of its captions; `side` is as large
        as the source is sharp, at most `most`."""
        _, sharp, items = rng.choices(self.sources, [share for share, _, _ in self.sources])[0]
        data, captions = rng.choice(items)
        if data not in self.decoded:
            self.decoded[data] = Image.open(io.BytesIO(data)).convert("RGB")
        image = self.decoded[data]
        shorter = min(image.size)
        side = max(least, min(most, sharp))
        # From the whole picture to as close as the source is sharp.
        extent = min(shorter, shorter * side / rng.uniform(side, max(side, sharp, shorter)))
        left, top = rng.uniform(0, image.width - extent), rng.uniform(0, image.height - extent)
        image = image.resize((side, side), Image.Resampling.BICUBIC, box=(left, top, left + extent, top + extent))
        if rng.random() < 0.5:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return torch.from_numpy(numpy.asarray(image).copy()).permute(2, 0, 1).float() / 127.5 - 1, rng.choice(captions)


def known_cells(rng, rows, columns):
    """A mask as a class-activation map gives it: a smooth field of a few blobs, thresholded at a random α."""
    y, x = numpy.mgrid[0:rows, 0:columns].astype(numpy.float32)
    y, x = (y + 0.5) / rows, (x + 0.5) / columns
    field = numpy.zeros((rows, columns), numpy.float32)
    for _ in range(rng.randint(1, 4)):
        width, height = rng.uniform(0.08, 0.35), rng.uniform(0.08, 0.35)
        dx, dy = x - rng.uniform(0.1, 0.9), y - rng.uniform(0.1, 0.9)
        field += rng.uniform(0.4, 1) * numpy.exp(-0.5 * ((dx / width) ** 2 + (dy / height) ** 2))
    field = (field - field.min()) / max(1e-6, field.max() - field.min())
    if rng.random() < 0.06:
        return torch.zeros(1, rows, columns)  # text to image
    return torch.from_numpy((field >= rng.uniform(0.15, 0.85)).astype(numpy.float32))[None]


def harmonic(latent, known, rounds=24):
    """Unknown cells (known = 0) of a latent (C, h, w) become the mean of their neighbours: coarse grids first."""
    if not known.any():
        return torch.zeros_like(latent)
    levels = [(latent * known, known)]
    while min(levels[-1][1].shape[-2:]) > 1 and levels[-1][1].min() == 0:
        values, weight = (functional.avg_pool2d(t[None], 2, ceil_mode=True, count_include_pad=False)[0]
                          for t in levels[-1])
        held = (weight > 0).float()
        levels.append((values / weight.clamp(min=1e-6) * held, held))
    found = levels[-1][0]
    for values, held in reversed(levels):
        if found.shape != values.shape:
            found = functional.interpolate(found[None], size=values.shape[-2:], mode="bilinear")[0]
        for _ in range(rounds):
            padded = functional.pad(found[None], (1, 1, 1, 1), mode="replicate")[0]
            mean = (padded[:, :-2, 1:-1] + padded[:, 2:, 1:-1] + padded[:, 1:-1, :-2] + padded[:, 1:-1, 2:]) / 4
            found = torch.where(held > 0, values, mean)
    return found


class LinearEncoder:
    """The analysis that the autoencoder starts from and keeps: the mean colour of each 4×4 block (Y, Cb, Cr), and how
    far the mean luminance about the block's lower right corner is from that of the four blocks that meet there. A
    decoder of interpolating layers can undo just such even, overlapping pieces."""

    def __init__(self):
        self.means, self.spreads = torch.zeros(4), torch.ones(4)

    def raw(self, pictures):
        """(B, 3, H, W) in [-1, 1] to (B, 4, H/4, W/4), as the encoder's layers do it, zeros beyond the edge."""
        colours = torch.einsum("dc,bchw->bdhw", COLOURS.to(pictures), pictures)
        half = functional.avg_pool2d(colours, 2)
        whole = functional.avg_pool2d(half, 2)
        corner = functional.avg_pool2d(functional.pad(half[:, :1], (-1, 1, -1, 1)), 2)
        about = functional.avg_pool2d(functional.pad(whole[:, :1], (0, 1, 0, 1)), 2, stride=1)
        return torch.cat([whole, corner - about], 1)

    def __call__(self, pictures):
        return (self.raw(pictures) - self.means.to(pictures).view(4, 1, 1)) / self.spreads.to(pictures).view(4, 1, 1)

    def measure(self, pictures):
        raw = torch.cat([self.raw(p[None]).flatten(2)[0] for p in pictures], 1)
        self.means, self.spreads = raw.mean(1), raw.std(1)
        self.means[3] = 0

    @torch.no_grad()
    def place(self, vae, constant=100.0, offset=16.0):
        """Writes this analysis into an `AutoencoderKL`, and its rough inverse into the decoder.

        Group normalisation and SiLU stay, made linear: two channels of ±`constant` outweigh all others in their group,
        so that its deviation hardly depends on the picture; each signal has its negative beside it, so that the
        group's mean is 0; an offset keeps SiLU where it is straight, and the difference of the two takes it out again.
        """
        encoder, decoder = vae.encoder, vae.decoder
        for parameter in encoder.parameters():
            parameter.zero_()
        for module in encoder.modules():
            if isinstance(module, torch.nn.GroupNorm):
                module.weight.fill_(1)
        encoder.conv_in.weight[:3, :, 1, 1] = COLOURS
        first, second = (encoder.down_blocks[i].downsamplers[0].conv for i in (0, 1))
        encoder.down_blocks[1].resnets[0].conv_shortcut.weight[:3, :3, 0, 0] = torch.eye(3)
        for channel in range(3):
            first.weight[channel, channel, :2, :2] = 0.25
            second.weight[channel, channel, :2, :2] = 0.25
        second.weight[3, 0, 1:, 1:] = 0.25
        shortcut = encoder.down_blocks[2].resnets[0].conv_shortcut.weight
        for channel in range(4):
            shortcut[channel, channel, 0, 0], shortcut[4 + channel, channel, 0, 0] = 1, -1
        encoder.mid_block.resnets[1].conv2.bias[8], encoder.mid_block.resnets[1].conv2.bias[9] = constant, -constant
        width = encoder.conv_norm_out.num_channels // encoder.conv_norm_out.num_groups
        assert width >= 10
        deviation = constant * (2 / width) ** 0.5
        encoder.conv_norm_out.weight[:8] = deviation
        encoder.conv_norm_out.bias[:8] = offset
        out = encoder.conv_out
        for channel in range(4):
            for sign, base in ((0.5, 0), (-0.5, 4)):
                out.weight[channel, base + channel, 1, 1] = sign / self.spreads[channel]
        for sign, base in ((0.5, 0), (-0.5, 4)):
            out.weight[3, base, 1:, 1:] = -0.25 * sign / self.spreads[3]
        out.bias[:4] = -self.means / self.spreads
        out.bias[4:] = -20
        for convolution, size in ((vae.quant_conv, 8), (vae.post_quant_conv, 4)):
            convolution.weight.copy_(torch.eye(size)[:, :, None, None])
            convolution.bias.zero_()

        # The decoder: colours at channels 0…2, smoothly interpolated, the corner's surplus at channel 3.
        for module in decoder.modules():
            if hasattr(module, "conv2"):
                module.conv2.weight.mul_(0.1)
        back = torch.linalg.inv(COLOURS)
        decoder.conv_in.weight[:4] = 0
        decoder.conv_in.bias[:4] = 0
        for channel in range(3):
            decoder.conv_in.weight[:3, channel, 1, 1] = back[:, channel] * self.spreads[channel]
        decoder.conv_in.bias[:3] = back @ self.means[:3]
        decoder.conv_in.weight[3, 3, 1, 1] = self.spreads[3]
        smooth, corner = torch.tensor([0.25, 0.5, 0.25]), torch.tensor([0.5, 0.5, -0.3])
        for stage in (0, 1):
            weight = decoder.up_blocks[stage].upsamplers[0].conv.weight
            weight[:4] = 0
            decoder.up_blocks[stage].upsamplers[0].conv.bias[:4] = 0
            for channel in range(3):
                weight[channel, channel] = torch.outer(smooth, smooth)
                if stage == 0:
                    weight[channel, 3] = torch.outer(corner, corner)
            shortcut = decoder.up_blocks[stage + 1].resnets[0].conv_shortcut
            shortcut.weight[:3] = 0
            shortcut.bias[:3] = 0
            for channel in range(3):
                shortcut.weight[channel, channel] = 1
        shortcut = decoder.up_blocks[2].resnets[0].conv_shortcut
        shortcut.weight[3:6], shortcut.bias[3:6] = -shortcut.weight[:3], 0
        last = decoder.up_blocks[2].resnets[1].conv2
        last.weight[:8] *= 0.1
        last.bias[6], last.bias[7] = constant, -constant
        width = decoder.conv_norm_out.num_channels // decoder.conv_norm_out.num_groups
        decoder.conv_norm_out.weight[:6] = constant * (2 / width) ** 0.5 * 2
        decoder.conv_norm_out.bias[:6] = 8
        decoder.conv_out.weight[:, :8] = 0
        decoder.conv_out.bias.zero_()
        for channel in range(3):
            decoder.conv_out.weight[channel, channel, 1, 1], \
                decoder.conv_out.weight[channel, 3 + channel, 1, 1] = 0.25, -0.25


class Average:
    """An exponential moving average of weights, slow only once there is something to average."""

    def __init__(self, *models, decay=0.999):
        self.models, self.decay, self.steps = models, decay, 0
        self.shadow = [[p.detach().clone() for p in m.parameters()] for m in models]

    @torch.no_grad()
    def update(self):
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for model, shadow in zip(self.models, self.shadow):
            torch._foreach_lerp_(shadow, [p.data for p in model.parameters()], 1 - decay)

    @torch.no_grad()
    def swap(self):
        """Exchanges weights and averages; called twice it changes nothing."""
        for model, shadow in zip(self.models, self.shadow):
            for p, s in zip(model.parameters(), shadow):
                kept = p.clone()
                p.copy_(s)
                s.copy_(kept)

    def state(self):
        return {"steps": self.steps, "shadow": self.shadow}

    def load(self, state):
        self.steps = state["steps"]
        for own, saved in zip(self.shadow, state["shadow"]):
            for o, s in zip(own, saved):
                o.copy_(s)


def picture_loss(found, target):
    """Absolute error on three scales, and of the differences between neighbours: edges count."""
    loss = 0
    for scale in range(3):
        loss = loss + (found - target).abs().mean()
        for axis in (2, 3):
            loss = loss + 0.5 * (found.diff(dim=axis) - target.diff(dim=axis)).abs().mean()
        found, target = functional.avg_pool2d(found, 2), functional.avg_pool2d(target, 2)
    return loss
