"""Stand-ins for what Scripts/models fetches: small checkpoints written as PyTorch writes them, wheels, the field's
libraries, and a server. Scripts/check/models installs them; Python's standard library alone.
"""
import contextlib
import http.server
import io
import json
import pickle
import struct
import sys
import threading
import types
import zipfile

KINDS = {"FloatStorage": "f", "HalfStorage": "e", "LongStorage": "q"}


# ---------------------------------------------------------------- files as PyTorch writes them, without PyTorch

class Storage:
    def __init__(self, key, kind, values):
        self.key, self.kind, self.values = key, kind, values
        self.bytes = struct.pack(f"<{len(values)}{KINDS[kind]}", *values)


class View:
    """A tensor: part of a storage."""

    def __init__(self, storage, shape, strides, offset=0):
        self.arguments = (storage, offset, tuple(shape), tuple(strides), False, {})

    def __reduce__(self):
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.arguments


@contextlib.contextmanager
def torch_names():
    """Names for the pickler to find, while it writes."""
    torch, utilities = types.ModuleType("torch"), types.ModuleType("torch._utils")
    for kind in KINDS:
        setattr(torch, kind, type(kind, (), {"__module__": "torch"}))

    def rebuild():
        pass
    rebuild.__module__, rebuild.__name__, rebuild.__qualname__ = (
        "torch._utils", "_rebuild_tensor_v2", "_rebuild_tensor_v2")
    utilities._rebuild_tensor_v2, torch._utils = rebuild, utilities
    sys.modules.update({"torch": torch, "torch._utils": utilities})
    try:
        yield
    finally:
        del sys.modules["torch"], sys.modules["torch._utils"]


class Writer(pickle.Pickler):
    def __init__(self, stream, short):
        super().__init__(stream, protocol=2)
        self.short, self.storages = short, {}

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        self.storages[value.key] = value
        kind = getattr(sys.modules["torch"], value.kind)
        return ("storage", kind, value.key, "cpu", len(value.values)) + (() if self.short else (None,))


def legacy(state):
    """A .pth file of the old kind."""
    with torch_names():
        stream = io.BytesIO()
        for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
            pickle.dump(value, stream, protocol=2)
        writer = Writer(stream, short=False)
        writer.dump(state)
        keys = sorted(writer.storages)
        pickle.dump(keys, stream, protocol=2)
        for key in keys:
            stream.write(struct.pack("<q", len(writer.storages[key].values)) + writer.storages[key].bytes)
    return stream.getvalue()


def zipped(state):
    """A .pth file of the new kind."""
    with torch_names():
        pickled = io.BytesIO()
        writer = Writer(pickled, short=True)
        writer.dump(state)
    return archive({"net/data.pkl": pickled.getvalue()}
                   | {f"net/data/{k}": s.bytes for k, s in writer.storages.items()})


def archive(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return stream.getvalue()


STATE = {
    "conv.weight": View(Storage("0", "FloatStorage", range(6)), (2, 3), (3, 1)),
    "turned": View(Storage("1", "FloatStorage", range(6)), (3, 2), (1, 3)),
    "part": View(Storage("2", "HalfStorage", [9, 8, 7, 0.5]), (2,), (1,), 2),
    "count": View(Storage("3", "LongStorage", [12345678901]), (), ()),
}
VALUES = {
    "conv.weight": ("F32", [2, 3], struct.pack("<6f", *range(6))),
    "turned": ("F32", [3, 2], struct.pack("<6f", 0, 3, 1, 4, 2, 5)),
    "part": ("F16", [2], struct.pack("<2e", 7, 0.5)), "count": ("I64", [], struct.pack("<q", 12345678901)),
}


def wheel(package, checkpoint, member="stand_in/net.pth", others={}):
    name, version = package.split("==")
    name = name.replace("-", "_")
    information = f"{name}-{version}.dist-info"
    return f"{name}-{version}-py3-none-any.whl", archive({
        member: checkpoint, **others,
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{information}/WHEEL": "Wheel-Version: 1.0\nGenerator: check\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{information}/RECORD": ""})


def read_safetensors(path):
    data = path.read_bytes()
    length, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    metadata, body = header.pop("__metadata__", {}), data[8 + length:]
    return {k: (v["dtype"], v["shape"], body[slice(*v["data_offsets"])]) for k, v in header.items()}, metadata


# ---------------------------------------------------------------- stand-ins for the field's libraries

LIBRARIES = {
    "fetching.py": """
import os, urllib.request
def fetch(path):
    return urllib.request.urlopen(os.environ["STAND_IN_SERVER"] + path, timeout=20).read()
""",
    "torch.py": "def save(state, path):\n    open(path, 'wb').write(state)\n",
    "torchvision/__init__.py": "from . import models\n",
    "torchvision/models.py": """
import types
from fetching import fetch
def small_network(weights):
    return types.SimpleNamespace(state_dict=lambda: fetch('/files/' + weights))
""",
    "compressai/__init__.py": "",
    "compressai/zoo.py": """
import types
from fetching import fetch
def small_codec(quality, metric, pretrained):
    assert metric == 'mse' and pretrained
    return types.SimpleNamespace(state_dict=lambda: fetch(f'/files/codec-{quality}.pth'))
""",
    "huggingface_hub.py": """
import os
from fetching import fetch
def snapshot_download(repository, local_dir, allow_patterns, ignore_patterns):
    os.makedirs(local_dir + '/unet')
    for name in ('model_index.json', 'unet/weights.safetensors'):
        open(local_dir + '/' + name, 'wb').write(fetch(f'/{repository}/{name}'))
""",
}


class Server(http.server.ThreadingHTTPServer):
    """Serves `files` (path -> bytes) and remembers what was asked for."""

    def __init__(self):
        self.files, self.asked = {}, []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.split("#")[0]
        self.server.asked.append(path)
        data = self.server.files.get(path)
        self.send_response(404 if data is None else 200)
        self.send_header("Content-Type", "text/html" if path.endswith("/") else "application/octet-stream")
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, *_):
        pass
