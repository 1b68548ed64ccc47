#!/usr/bin/env python3
"""Times the field's own implementations beside which the codec's figures stand.

usage: Scripts/bench-codec.py [--side 512] [--channels 128 192] [--model FILE.safetensors] [--threads 2] [--repeat 3]

One JSON object a line, as the Swift benchmark (GENSEMCOM_BENCH=1) prints them: CompressAI's compress and decompress of
a square picture with a scale hyperprior (random weights unless --model names some), numpy's matrix product, and
constriction's ANS coder on Gaussian symbols.
"""
import argparse
import json
import os
import time
import warnings

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--side", type=int, default=512)
parser.add_argument("--channels", type=int, nargs=2, default=(128, 192))
parser.add_argument("--model")
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--repeat", type=int, default=3)
arguments = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
warnings.filterwarnings("ignore")

import numpy as np
import torch

torch.set_num_threads(arguments.threads)


def report(figure, value, unit):
    print(json.dumps({"bench": "reference", "figure": figure, "value": float(f"{value:.5g}"), "unit": unit}), flush=True)


def best(body):
    """The least wall time and processor time of the repetitions, in seconds."""
    wall, processor = float("inf"), float("inf")
    for _ in range(arguments.repeat):
        w, p = time.perf_counter(), time.process_time()
        body()
        wall, processor = min(wall, time.perf_counter() - w), min(processor, time.process_time() - p)
    return wall, processor


def picture(side):
    y, x = np.mgrid[0:side, 0:side]
    rng = np.random.default_rng(5)
    channels = [120 + 60 * np.sin(x / (15 + 5 * c) + y / 30) + rng.normal(0, 5, (side, side)) for c in range(3)]
    return torch.from_numpy(np.clip(np.stack(channels), 0, 255).astype(np.float32) / 255)[None]


from compressai.models import ScaleHyperprior, ScaleHyperpriorVbr

level = {}
if arguments.model:
    from safetensors.torch import load_file

    state = {k: v.float() if v.dtype == torch.float16 else v for k, v in load_file(arguments.model).items()}
    n, m = state["g_a.0.weight"].shape[0], state["g_a.6.weight"].shape[0]
    net = ScaleHyperpriorVbr(n, m) if "Gain" in state else ScaleHyperprior(n, m)
    if "Gain" in state:
        net.Gain = torch.nn.Parameter(state["Gain"].clone(), requires_grad=False)
        net.levels = len(state["Gain"])
        level = {"s": net.levels // 2}
    state = {k: v for k, v in state.items() if "_quantized_cdf" not in k and "_offset" not in k and "_cdf_length" not in k and k != "gaussian_conditional.scale_table"}
    torch.nn.Module.load_state_dict(net, state, strict=False)
else:
    n, m = arguments.channels
    torch.manual_seed(1)
    net = ScaleHyperprior(n, m)
    with torch.no_grad():
        net.g_a[6].weight.mul_(60)
net.eval()
net.update(force=True)
x = picture(arguments.side)
report("N", n, "channels")
report("M", m, "channels")
a = torch.ones(1024, 1024)
wall, processor = best(lambda: a @ a)
report("PyTorch's sgemm", 2 * 1024**3 / wall / 1e9, "GFLOP/s")
with torch.no_grad():
    coded = net.compress(x, **level)
    wall, processor = best(lambda: net.compress(x, **level))
    report("CompressAI's compress", 1000 * wall, "ms")
    report("CompressAI's compress, processor time", 1000 * processor, "ms")
    wall, processor = best(lambda: net.decompress(coded["strings"], coded["shape"], **level))
    report("CompressAI's decompress", 1000 * wall, "ms")
    report("CompressAI's decompress, processor time", 1000 * processor, "ms")

try:
    import constriction
except ImportError:
    raise SystemExit
count = 1 << 20
rng = np.random.default_rng(1)
ladder = np.exp(np.linspace(np.log(0.11), np.log(256), 64))
scales = ladder[(rng.random(count) * rng.random(count) * 64).astype(int)]
symbols = np.clip(np.round(rng.normal(0, scales)), -2000, 2000).astype(np.int32)
family = constriction.stream.model.QuantizedGaussian(-2000, 2000)
means = np.zeros(count)


def encode():
    coder = constriction.stream.stack.AnsCoder()
    coder.encode_reverse(symbols, family, means, scales)
    return coder.get_compressed()


words = encode()
wall, processor = best(encode)
report("constriction's ANS encoding", count / processor / 1e6, "M symbols/s")
wall, processor = best(lambda: constriction.stream.stack.AnsCoder(words).decode(family, means, scales))
report("constriction's ANS decoding", count / processor / 1e6, "M symbols/s")
