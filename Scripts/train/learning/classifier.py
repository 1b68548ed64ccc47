"""The small ResNet behind the class-activation maps: its form, its pictures, its figures."""

import csv
import io
import random
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy
import torch
import torch.nn.functional as functional
from PIL import Image
from safetensors.torch import load_file, save_file
from torchvision.models.resnet import BasicBlock, ResNet

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
# Training photos are 64 pixels wide and enlarged to the 224 of use; sharper ones would look like nothing known.
DETAIL = 64 / 224
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


# ---------------------------------------------------------------- the network

def resnet18(width, classes):
    """torchvision's ResNet-18, with `width` channels instead of 64 after the stem."""
    network = ResNet(BasicBlock, [2, 2, 2, 2], num_classes=classes)
    network.inplanes = width
    network.conv1 = torch.nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
    network.bn1 = torch.nn.BatchNorm2d(width)
    for index, stride in enumerate((1, 2, 2, 2)):
        setattr(network, f"layer{index + 1}", network._make_layer(BasicBlock, width << index, 2, stride))
    network.fc = torch.nn.Linear(8 * width, classes)
    for module in network.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return network


def features(network, x):
    """The last feature maps A_k, (B, 8·width, H/32, W/32)."""
    x = network.maxpool(network.relu(network.bn1(network.conv1(x))))
    return network.layer4(network.layer3(network.layer2(network.layer1(x))))


def cell_logits(network, x):
    """Each cell's share in the logits; their mean over the cells are the network's logits."""
    return functional.conv2d(features(network, x), network.fc.weight[:, :, None, None], network.fc.bias)


def normalised(pixels):
    """uint8 or float in 0…255, (…, 3, H, W), to the network's input."""
    return (pixels.float() / 255 - MEAN) / DEVIATION


def save(network, names, folder):
    """classifier.safetensors (16 bits; batch-norm statistics stay 32 bits) and classes.txt."""
    state = {}
    for name, value in network.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        state[name] = value.detach().cpu().to(torch.float16 if value.dim() > 1 else torch.float32).contiguous()
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(state, folder / "classifier.safetensors", metadata={"detail": f"{DETAIL:.4f}"})
    (folder / "classifier.safetensors").chmod(0o644)
    (folder / "classes.txt").write_text("".join(f"{n}\n" for n in names))


def load(folder):
    """(network, class names)"""
    folder = Path(folder)
    state = {k: v.float() for k, v in load_file(folder / "classifier.safetensors").items()}
    names = (folder / "classes.txt").read_text().splitlines()
    network = resnet18(state["conv1.weight"].shape[0], state["fc.weight"].shape[0])
    network.load_state_dict(state, strict=False)
    return network.eval(), names


# ---------------------------------------------------------------- pictures

@dataclass
class Sample:
    pixels: torch.Tensor  # uint8 (3, H, W)
    label: int
    box: tuple | None     # x0, y0, x1, y1 as shares of the width and height


def decoded(source, shorter=None):
    image = Image.open(source).convert("RGB")
    if shorter and min(image.size) > shorter:
        factor = shorter / min(image.size)
        image = image.resize([max(1, round(s * factor)) for s in image.size], Image.LANCZOS)
    return torch.from_numpy(numpy.array(image)).permute(2, 0, 1).contiguous()


def unit_box(box, width, height):
    x0, y0, x1, y1 = (float(v) for v in box)
    return x0 / width, y0 / height, (x1 + 1) / width, (y1 + 1) / height


def word(name):
    return name.replace("_", " ")


def read_pack(folder, split, labels):
    """The labelled pack: `labels` grows by the names not yet known."""
    folder = Path(folder)
    with zipfile.ZipFile(folder / "boxes.zip") as z:
        boxes = dict(line.split(" ", 1) for line in z.read("boxes.txt").decode().splitlines())
    samples = []
    with zipfile.ZipFile(folder / f"{split}.zip") as z:
        for member in sorted(z.namelist()):
            if member.endswith("/"):
                continue
            pixels = decoded(io.BytesIO(z.read(member)))
            box = unit_box(boxes[f"{split}/{member}"].split(), pixels.shape[2], pixels.shape[1])
            samples.append(Sample(pixels, labels.setdefault(word(member.split("/")[0]), len(labels)), box))
    return samples


def read_tiny_validation(folder, classes_table, labels):
    """Tiny ImageNet's own validation photos of the pack's classes (the pack took none of them)."""
    with open(classes_table, newline="") as f:
        coarse = {row["wnid"]: word(row["coarse"]) for row in csv.DictReader(f, delimiter="\t")}
    samples = []
    for line in (Path(folder) / "val" / "val_annotations.txt").read_text().splitlines():
        name, wnid, *box = line.split("\t")
        if wnid in coarse:
            pixels = decoded(Path(folder) / "val" / "images" / name)
            samples.append(Sample(pixels, labels[coarse[wnid]], unit_box(box, 64, 64)))
    return samples


def thumbnails(samples):
    """(N, 768): photos at 16 x 16, their mean taken out, of length one; products of rows are correlations."""
    rows = torch.stack([resized(s.pixels, 16, 16).flatten() for s in samples])
    return functional.normalize(rows - rows.mean(1, keepdim=True), dim=1)


def read_tiny_training(folder, classes_table, labels, apart, limit=0.9):
    """All of Tiny ImageNet's training photos of the pack's classes, but those that look like a photo of `apart`."""
    with open(classes_table, newline="") as f:
        coarse = {row["wnid"]: word(row["coarse"]) for row in csv.DictReader(f, delimiter="\t")}
    held = thumbnails(apart)
    samples = []
    for wnid, name in coarse.items():
        of_class = []
        for line in (Path(folder) / "train" / wnid / f"{wnid}_boxes.txt").read_text().splitlines():
            file, *box = line.split("\t")
            of_class.append(Sample(decoded(Path(folder) / "train" / wnid / "images" / file), labels[name],
                                   unit_box(box, 64, 64)))
        nearest = (thumbnails(of_class) @ held.T).amax(1)
        samples += [sample for sample, likeness in zip(of_class, nearest.tolist()) if likeness < limit]
    return samples


def read_more(table, tiny, caltech, labels, seed=0):
    """Further classes listed in a table: source, folder, name, at most how many."""
    draw = random.Random(seed)
    samples = []
    with open(table, newline="") as f:
        for row in csv.DictReader(f, delimiter="\t"):
            root = {"tiny": tiny, "caltech": caltech}[row["source"]]
            if not root:
                continue
            folder = Path(root) / ("train" if row["source"] == "tiny" else "") / row["folder"]
            paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg"))
            if not paths:
                raise SystemExit(f"{folder}: no photos")
            boxes = {}
            for notes in folder.glob("*_boxes.txt"):
                boxes = {name: box for name, *box in (line.split("\t") for line in notes.read_text().splitlines())}
            label = labels.setdefault(row["name"].replace("_", " "), len(labels))
            for path in draw.sample(paths, min(int(row["most"]), len(paths))):
                box = unit_box(boxes[path.name], 64, 64) if path.name in boxes else None
                samples.append(Sample(decoded(path, shorter=128), label, box))
    return samples


def resized(pixels, height, width):
    """Bilinear, antialiased when made smaller."""
    return functional.interpolate(pixels[None].float(), (height, width), mode="bilinear", antialias=True)[0]


def random_tile(sample, height, width):
    """A random part of a photo at the size of a tile, and where its box lies in the tile (shares)."""
    pixels = sample.pixels
    _, h, w = pixels.shape
    if min(h, w) > 64 and random.random() < 0.6:
        # sharpness must not tell the sources apart
        factor = 64 / min(h, w)
        pixels = resized(pixels, round(h * factor), round(w * factor))
        _, h, w = pixels.shape
    for _ in range(6):
        area = random.uniform(0.35, 1) * h * w
        aspect = width / height * 2 ** random.uniform(-0.45, 0.45)
        cw, ch = min(w, round((area * aspect) ** 0.5)), min(h, round((area / aspect) ** 0.5))
        i, j = random.randint(0, h - ch), random.randint(0, w - cw)
        if sample.box is None:
            break
        x0, y0, x1, y1 = sample.box[0] * w, sample.box[1] * h, sample.box[2] * w, sample.box[3] * h
        inner = max(0, min(x1, j + cw) - max(x0, j)) * max(0, min(y1, i + ch) - max(y0, i))
        if inner >= 0.5 * (x1 - x0) * (y1 - y0):
            break
    tile = resized(pixels[:, i:i + ch, j:j + cw], height, width)
    box = (0.0, 0.0, 1.0, 1.0)
    if sample.box is not None:
        box = tuple(min(1, max(0, v)) for v in ((x0 - j) / cw, (y0 - i) / ch, (x1 - j) / cw, (y1 - i) / ch))
    if random.random() < 0.5:
        tile, box = tile.flip(2), (1 - box[2], box[1], 1 - box[0], box[3])
    mean = tile.mean()
    tile = (tile - mean) * random.uniform(0.75, 1.3) + mean * random.uniform(0.75, 1.25)
    tile = torch.lerp(tile.mean(0, keepdim=True), tile, random.uniform(0.6, 1.3))
    return tile.clamp(0, 255), box


def cover(box, rows, columns):
    """Share of each cell that a box in cell units (x0, y0, x1, y1) covers."""
    x0, y0, x1, y1 = box
    i, j = torch.arange(rows), torch.arange(columns)
    down = (torch.clamp(i + 1, max=y1) - torch.clamp(i, min=y0)).clamp(min=0)
    across = (torch.clamp(j + 1, max=x1) - torch.clamp(j, min=x0)).clamp(min=0)
    return down[:, None] * across[None, :]


# ---------------------------------------------------------------- figures

def activation_map(cells, label, height, width):
    """CAM of a label at the picture's size, normalised to 0…1."""
    cam = functional.interpolate(cells[None, None, label], (height, width), mode="bilinear")[0, 0]
    return (cam - cam.min()) / (cam.max() - cam.min()).clamp(min=1e-9)


class Localisation:
    """Pointing game and energy share, beside what the centre point and the box's area give."""

    def __init__(self):
        self.rows = []

    def add(self, cam, box):
        h, w = cam.shape
        x0, y0, x1, y1 = box[0] * w, box[1] * h, box[2] * w, box[3] * h
        i, j = divmod(int(cam.argmax()), w)
        inside = cam[round(y0):max(round(y1), round(y0) + 1), round(x0):max(round(x1), round(x0) + 1)]
        self.rows.append((x0 <= j + 0.5 <= x1 and y0 <= i + 0.5 <= y1, x0 <= w / 2 <= x1 and y0 <= h / 2 <= y1,
                          float(inside.sum() / cam.sum()), (x1 - x0) * (y1 - y0) / (h * w)))

    def describe(self):
        hit, centre, energy, area = (100 * numpy.mean([r[k] for r in self.rows]) for k in range(4))
        return (f"pointing game {hit:.1f} % (centre point {centre:.1f} %), "
                f"energy in the box {energy:.1f} % (area {area:.1f} %), {len(self.rows)} boxes")


@torch.no_grad()
def figures(network, samples, size=224, most=None):
    """Lines of text: accuracy and localisation on photos scaled to `size`, and on mosaics of four."""
    network.eval()
    if most:
        samples = samples[::max(1, len(samples) // most)]
    whole, small, by_top, mosaics = Localisation(), Localisation(), Localisation(), Localisation()
    first = fifth = 0
    for sample in samples:
        cells = cell_logits(network, normalised(resized(sample.pixels, size, size))[None])[0]
        order = cells.mean((1, 2)).argsort(descending=True)[:5].tolist()
        first += order[0] == sample.label
        fifth += sample.label in order
        cam = activation_map(cells, sample.label, size, size)
        whole.add(cam, sample.box)
        by_top.add(activation_map(cells, order[0], size, size), sample.box)
        if (sample.box[2] - sample.box[0]) * (sample.box[3] - sample.box[1]) < 0.4:
            small.add(cam, sample.box)
    draw = random.Random(5)
    shuffled = draw.sample(samples, len(samples) // 4 * 4)
    half = size // 2
    for k in range(0, len(shuffled), 4):
        four = shuffled[k:k + 4]
        if len({s.label for s in four}) < 4:
            continue
        tiles = [resized(s.pixels, half, half) for s in four]
        picture = torch.cat([torch.cat(tiles[:2], 2), torch.cat(tiles[2:], 2)], 1)
        cells = cell_logits(network, normalised(picture)[None])[0]
        for place, s in enumerate(four):
            x, y = (place % 2) / 2, (place // 2) / 2
            box = (x + s.box[0] / 2, y + s.box[1] / 2, x + s.box[2] / 2, y + s.box[3] / 2)
            mosaics.add(activation_map(cells, s.label, size, size), box)
    n = len(samples)
    return [f"top-1 {100 * first / n:.1f} %, top-5 {100 * fifth / n:.1f} % of {n} photos, "
            f"{network.fc.out_features} classes",
            f"named label: {whole.describe()}", f"top label: {by_top.describe()}",
            f"objects under 40 % of the photo: {small.describe()}", f"mosaics of four photos: {mosaics.describe()}"]
