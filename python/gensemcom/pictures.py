"""Pictures of a run as arrays."""
from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import MissingDependency, NotARun

if TYPE_CHECKING:
    import numpy


def _need(what: str, *names: str) -> None:
    missing = []
    for module, package in (("numpy", "numpy"), ("PIL", "pillow")):
        if package not in names:
            continue
        try:
            __import__(module)
        except ImportError:
            missing.append(package)
    if missing:
        raise MissingDependency(
            f"{what} need {' and '.join(missing)}, which {'are' if len(missing) > 1 else 'is'} not installed: "
            f"pip install {' '.join(missing)}")


def read_picture(path: str, mask: bool = False) -> "numpy.ndarray":
    """A picture file as an array: rows × columns × 3, uint8; a mask as rows × columns, bool.

    Raises:
        MissingDependency: numpy or Pillow is not installed.
        NotARun: the file is gone or no picture.
    """
    _need("pictures", "numpy", "pillow")
    import numpy
    from PIL import Image

    try:
        with Image.open(path) as image:
            pixels = numpy.asarray(image.convert("L" if mask else "RGB"))
    except (OSError, ValueError) as error:
        raise NotARun(f"{path}: cannot be read: {error}") from None
    return pixels > 127 if mask else pixels


def read_matrix(path: str) -> "numpy.ndarray":
    """A matrix of a run, a number a latent cell: rows × columns, float32.

    Raises:
        MissingDependency: numpy is not installed.
        NotARun: the file is gone or no matrix.
    """
    _need("matrices", "numpy")
    import numpy

    try:
        return numpy.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise NotARun(f"{path}: cannot be read: {error}") from None
