"""The programs that stay running and answer lines of JSON, beside their libraries and without anyone's weights.

Scripts/check/standing-programs runs this with pytest. BLIP is transformers' own network, tiny and drawn at random; the
coder is the one that ships; CompressAI's zoo gets networks drawn at random in place of the downloads.
"""
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "Scripts/tools"
PHOTOS = ROOT / "Topologies/Photos"
TESTBED = Path(os.environ.get("GENSEMCOM_TESTBED", ROOT / ".build/release/testbed"))
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}


class Conversation:
    """A program that is asked line by line; leaving it closes its input."""

    def __init__(self, *command, environment=None):
        self.command, self.environment, self.asked = [str(word) for word in command], environment or {}, 0

    def __enter__(self):
        self.process = subprocess.Popen(
            [sys.executable, *self.command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env={**os.environ, **OFFLINE, **self.environment})
        return self

    def ask(self, **request):
        """The answer, which must be the next line: a protocol has no room for chatter on standard output."""
        self.asked += 1
        self.process.stdin.write(json.dumps({"id": self.asked, **request}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        answer = json.loads(line)
        assert answer.pop("id") == self.asked
        return answer

    def __exit__(self, kind, *_):
        # The end of its input is a program's own end.
        rest, complaint = self.process.communicate(timeout=60)
        if kind is None:
            assert (self.process.returncode, rest) == (0, ""), complaint


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    for name in ("cat", "coffee"):
        picture = Image.open(PHOTOS / f"{name}.jpg").convert("RGB")
        picture.thumbnail((200, 200))
        picture.save(folder / f"{name}.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    return folder


# ---------------------------------------------------------------- captions

@pytest.fixture(scope="session")
def blip(tmp_path_factory):
    """A folder as the model hub has it, of a BLIP with a thousandth of its parameters."""
    import torch
    from transformers import BertTokenizer, BlipConfig, BlipForConditionalGeneration, BlipImageProcessor, BlipProcessor

    folder = tmp_path_factory.mktemp("blip")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "dog", "cat", "on", "the", "grass", "sofa"]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n")
    text = {"vocab_size": len(words), "hidden_size": 16, "encoder_hidden_size": 16, "intermediate_size": 32,
            "projection_dim": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 40,
            "bos_token_id": 2, "eos_token_id": 3, "sep_token_id": 3, "pad_token_id": 0}
    vision = {"hidden_size": 16, "intermediate_size": 32, "projection_dim": 16, "num_hidden_layers": 1,
              "num_attention_heads": 2, "image_size": 32, "patch_size": 16}
    torch.manual_seed(1)
    network = BlipForConditionalGeneration(BlipConfig(text_config=text, vision_config=vision, projection_dim=16))
    network.save_pretrained(folder)
    tokenizer = BertTokenizer(str(folder / "vocab.txt"))
    BlipProcessor(BlipImageProcessor(size={"height": 32, "width": 32}), tokenizer).save_pretrained(folder)
    return folder


def test_blip_answers_line_by_line(blip, photos):
    with Conversation(TOOLS / "caption-blip", "--model", blip) as captioner:
        first = captioner.ask(photo=str(photos / "cat.png"))
        assert set(first) == {"caption"} and isinstance(first["caption"], str)
        # What cannot be captioned is said, and nothing ends.
        missing = captioner.ask(photo=str(photos / "none.png"))
        assert set(missing) == {"error"} and "FileNotFoundError" in missing["error"]
        broken = captioner.ask(photo=str(photos / "broken.png"))
        assert set(broken) == {"error"} and "\n" not in broken["error"]
        assert captioner.ask(photo=str(photos / "cat.png")) == first
        assert set(captioner.ask(photo=str(photos / "coffee.png"))) == {"caption"}


def test_blip_says_the_same_of_one_photo(blip, photos):
    with Conversation(TOOLS / "caption-blip", "--model", blip) as captioner:
        expected = captioner.ask(photo=str(photos / "cat.png"))["caption"]
    done = subprocess.run(
        [sys.executable, TOOLS / "caption-blip", "--model", blip, photos / "cat.png"], capture_output=True, text=True,
        env={**os.environ, **OFFLINE})
    assert done.returncode == 0, done.stderr
    assert done.stdout == expected + "\n"


def run_virtually(folder, scheme):
    """A run of two photos under the virtual clock; the rows of its images."""
    topology = f"""
name: standing
images: {{folder: '{PHOTOS}', count: 2, longestSide: 128}}
nodes: {{tx: {{role: transmitter}}, ch: {{role: channel}}, rx: {{role: receiver}}}}
links: {{up: {{from: tx, to: rx, through: ch, bandwidth: 1 MHz, snr: 10 dB}}}}
models: {{classifier: small-resnet}}
scheme: {scheme}
"""
    (folder / "t.yaml").write_text(topology)
    done = subprocess.run(
        [TESTBED, "run", folder / "t.yaml", "--virtual", "-o", folder / "run"], capture_output=True, text=True,
        env={**os.environ, **OFFLINE})
    assert done.returncode == 0, done.stdout + done.stderr
    import sqlite3
    rows = sqlite3.connect(folder / "run/run.sqlite")
    rows.row_factory = sqlite3.Row
    return [dict(row) for row in rows.execute("SELECT * FROM images ORDER BY image")]


@pytest.mark.skipif(not TESTBED.exists(), reason="no testbed is built")
def test_a_run_asks_one_blip_for_all_captions(blip, photos, tmp_path):
    command = f"{sys.executable} {TOOLS / 'caption-blip'} --model {blip}"
    images = run_virtually(
        tmp_path,
        f"{{budget: 100 ms, caption: captioner, captioner: '{command}', persistent: yes, captionerLimit: 60 s}}")
    assert len(images) == 2 and all(image["status"] == "complete" for image in images)
    assert [image["wording"] for image in images] == ["captioner"] * 2
    with Conversation(TOOLS / "caption-blip", "--model", blip) as captioner:
        told = captioner.ask(photo=str(PHOTOS / "astronaut.jpg"))["caption"]
    assert images[0]["prompt"] == told


@pytest.mark.skipif(not TESTBED.exists(), reason="no testbed is built")
def test_a_run_codes_all_photos_with_one_codec(tmp_path):
    command = f"{sys.executable} {TOOLS / 'compressai-codec'}"
    images = run_virtually(
        tmp_path, f"{{budget: 8 ms, kind: command, codec: learned, encode: '{command}', decode: '{command}', "
                  "persistent: yes, codecLimit: 60 s}")
    assert [(image["scheme"], image["status"]) for image in images] == [("learned", "complete")] * 2
    assert all(0.8 < image["total_bits"] / image["budget_bits"] <= 1 and image["psnr_db"] > 20 for image in images)


# ---------------------------------------------------------------- codecs

def quality(photo, picture):
    a, b = (numpy.asarray(Image.open(path).convert("RGB"), dtype=float) for path in (photo, picture))
    assert a.shape == b.shape
    return 10 * numpy.log10(255 ** 2 / max(1e-9, ((a - b) ** 2).mean()))


def test_the_shipped_coder_fills_the_bits(photos, tmp_path):
    file, picture = tmp_path / "file", tmp_path / "picture"
    with Conversation(TOOLS / "compressai-codec") as codec:
        qualities = []
        for bits in (20_000, 60_000):
            assert codec.ask(photo=str(photos / "cat.png"), bits=bits, file=str(file)) == {}
            assert 0.85 * bits < 8 * file.stat().st_size <= bits
            assert codec.ask(file=str(file), picture=str(picture)) == {}
            qualities.append(quality(photos / "cat.png", picture))
        assert 20 < qualities[0] < qualities[1]
        few = codec.ask(photo=str(photos / "cat.png"), bits=64, file=str(file))
        assert set(few) == {"error"} and few["error"].endswith("where 64 are allowed")
        broken = codec.ask(photo=str(photos / "broken.png"), bits=20_000, file=str(file))
        assert set(broken) == {"error"}
        file.write_bytes(b"short")
        assert set(codec.ask(file=str(file), picture=str(picture))) == {"error"}
        # And it goes on.
        assert codec.ask(photo=str(photos / "coffee.png"), bits=40_000, file=str(file)) == {}


STAND_IN = """
import compressai.zoo.image as image
import torch

def drawn(url, *_, **__):
    # The same network wherever it is asked for, as a download would be.
    torch.manual_seed(int(url.rsplit("-", 2)[-2]))
    name = next(name for name in image.model_urls if name in url)
    quality = int(url.rsplit("-", 2)[-2])
    return image.model_architectures[name](*image.cfgs[name][quality]).state_dict()

image.load_state_dict_from_url = drawn
"""


@pytest.mark.parametrize("name", ["bmshj2018-factorized", "bmshj2018-hyperprior"])
def test_the_zoo_takes_the_highest_quality_that_fits(name, photos, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(STAND_IN)
    environment = {"PYTHONPATH": str(tmp_path)}
    file, picture = tmp_path / "file", tmp_path / "picture"
    with Conversation(TOOLS / "compressai-codec", "--zoo", name, environment=environment) as codec:
        sizes = []
        for bits in (10_000_000, 300_000):
            answer = codec.ask(photo=str(photos / "cat.png"), bits=bits, file=str(file))
            if answer:
                # Networks drawn at random take what they take.
                assert answer["error"].endswith(f"where {bits} are allowed")
                continue
            assert 8 * file.stat().st_size <= bits
            sizes.append((file.read_bytes()[0], file.stat().st_size))
            assert codec.ask(file=str(file), picture=str(picture)) == {}
            assert Image.open(picture).size == Image.open(photos / "cat.png").size
        assert sizes and sizes[0][0] == 8
        few = codec.ask(photo=str(photos / "cat.png"), bits=8, file=str(file))
        assert few["error"].endswith("where 8 are allowed")


def test_an_unknown_network_is_named():
    done = subprocess.run(
        [sys.executable, TOOLS / "compressai-codec", "--zoo", "none"], capture_output=True, text=True, input="",
        env={**os.environ, **OFFLINE})
    assert done.returncode == 1
    assert "no network is called 'none'; known: " in done.stderr and "cheng2020-anchor" in done.stderr


# ---------------------------------------------------------------- measures

@pytest.fixture(scope="session")
def worse(photos, tmp_path_factory):
    """The photo with a few and with many of its pixels changed."""
    folder, random = tmp_path_factory.mktemp("worse"), numpy.random.default_rng(3)
    picture = numpy.asarray(Image.open(photos / "cat.png"), dtype=float)
    for name, strength in (("little", 5), ("much", 60)):
        noisy = (picture + strength * random.standard_normal(picture.shape)).clip(0, 255).astype(numpy.uint8)
        Image.fromarray(noisy).save(folder / f"{name}.png")
    return folder


@pytest.mark.parametrize("tool, network, words", [
    ("lpips-metric", "squeezenet1_1", ["squeeze"]), ("dists-metric", "vgg16", [])])
def test_measures_grow_with_what_is_changed(tool, network, words, photos, worse, tmp_path):
    """Over a network drawn at random: which weights lie beneath is another matter."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("lpips" if tool == "lpips-metric" else "DISTS_pytorch")
    from torchvision import models
    torch.manual_seed(1)
    state = {name: value for name, value in getattr(models, network)(weights=None).state_dict().items()
             if tool == "lpips-metric" or name.startswith("features.")}
    torch.save(state, tmp_path / "network.pth")
    photo = str(photos / "cat.png")
    with Conversation(TOOLS / tool, *words, tmp_path / "network.pth") as metric:
        values = [metric.ask(photo=photo, picture=str(path))["value"]
                  for path in (photo, worse / "little.png", worse / "much.png")]
        assert abs(values[0]) < 1e-6 and values[0] < values[1] < values[2]
        assert set(metric.ask(photo=photo, picture=str(photos / "broken.png"))) == {"error"}
        assert metric.ask(photo=photo, picture=photo)["value"] == values[0]


def test_weights_of_another_network_are_named(tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("DISTS_pytorch")
    torch.save({"features.0.weight": torch.zeros(1)}, tmp_path / "other.pth")
    done = subprocess.run([sys.executable, TOOLS / "dists-metric", tmp_path / "other.pth"],
                          capture_output=True, text=True, input="")
    assert done.returncode == 1 and "other.pth: " in done.stderr and len(done.stderr.splitlines()) == 1
