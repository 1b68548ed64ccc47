"""Photos with captions, CAM-shaped masks and small models for Scripts/train-inpainting."""
import io
import json
import random
import tarfile
import zipfile
from pathlib import Path

import numpy
import torch
import torch.nn.functional as functional
from PIL import Image

#: The form of Stable Diffusion 1.x inpainting, small: some 14 million numbers in all, 28 MB in 16 bits.
AUTOENCODER = dict(block_out_channels=(32, 48, 96, 128), layers_per_block=1, latent_channels=4, norm_num_groups=16,
                   down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4, sample_size=512)
UNET = dict(in_channels=9, out_channels=4, sample_size=64, block_out_channels=(64, 128, 176), layers_per_block=1,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=128,
            attention_head_dim=4, norm_num_groups=16, use_linear_projection=True)
TEXT = dict(hidden_size=128, intermediate_size=384, num_hidden_layers=3, num_attention_heads=4, max_position_embeddings=77)
#: A size to see whether everything runs.
TINY = (dict(AUTOENCODER, block_out_channels=(16, 16, 16, 16)), dict(UNET, block_out_channels=(16, 32, 32), cross_attention_dim=32),
        dict(TEXT, hidden_size=32, intermediate_size=64, num_hidden_layers=1))


def name_of(stem):
    """'n02101006_Gordon_setter' becomes 'Gordon setter'; names without a word become nothing."""
    words = " ".join(part for part in stem.replace("-", " ").split("_") if not any(c.isdigit() for c in part))
    return words.strip().lower()


class Photos:
    """Photos kept as compressed bytes, each with the captions that fit it. `held` is the share kept for judging."""

    def __init__(self, pack, small=True, held=0.05):
        self.items, self.held_items = [], []
        pack = Path(pack)
        for path in sorted((pack / "photos").glob("*")):
            if path.suffix.lower() in (".jpg", ".jpeg", ".png"):
                name = name_of(path.stem)
                self._add(path.name, path.read_bytes(), [f"a photo of a {name}"] if name else ["a photo"], held, repeat=4)
        if (pack / "captions.jsonl").exists():
            with tarfile.open(pack / "captions-images.tar") as tar:
                for line in (pack / "captions.jsonl").read_text().splitlines():
                    entry = json.loads(line)
                    data = tar.extractfile(entry["image"]).read()
                    captions = [c.strip().lower() for c in entry["captions"]]
                    target = self.items if entry["split"] == "train" else self.held_items
                    target.append((data, captions))
        if small and (pack / "labelled/train.zip").exists():
            for split, target in (("train", self.items), ("val", self.held_items)):
                with zipfile.ZipFile(pack / f"labelled/{split}.zip") as archive:
                    for name in archive.namelist():
                        if "/" in name and not name.endswith("/"):
                            target.append((archive.read(name), [f"a photo of a {name.split('/')[-2].replace('_', ' ')}"]))

    def _add(self, name, data, captions, held, repeat):
        # By the name's hash, so that more photos do not move old ones across.
        judged = (sum(name.encode()) * 2654435761 % 1000) < 1000 * held
        (self.held_items if judged else self.items).extend([(data, captions)] * (1 if judged else repeat))

    def captions(self):
        return [caption for _, captions in self.items for caption in captions]

    def draw(self, rng, side):
        """A random square of `side` pixels, shape (3, side, side) in [-1, 1], and one of its captions."""
        data, captions = rng.choice(self.items)
        image = Image.open(io.BytesIO(data)).convert("RGB")
        shorter = min(image.size)
        scale = side / shorter * rng.uniform(1.0, max(1.0, min(1.6, shorter / side)) + 0.05)
        size = [max(side, round(extent * scale)) for extent in image.size]
        image = image.resize(size, Image.Resampling.LANCZOS)
        left, top = rng.randint(0, size[0] - side), rng.randint(0, size[1] - side)
        image = image.crop((left, top, left + side, top + side))
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
    if rng.random() < 0.08:
        return torch.zeros(1, rows, columns)  # text to image
    return torch.from_numpy((field >= rng.uniform(0.15, 0.8)).astype(numpy.float32))[None]


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
            for p, s in zip(model.parameters(), shadow):
                s.lerp_(p, 1 - decay)

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
