"""What a training needs to know of the machine: threads, allocator, precision.

One thread is the fastest way beside other work: two that wait for each other cost four to eight times one's step.
glibc gives freed memory back to the system, and every step then pays for it in page faults, unless its thresholds are
raised before the process starts; so the scripts start themselves again. OpenBLAS's settings, which some systems make
for other programs, slow NumPy down and are taken away.
"""

import os
import sys

ALLOCATOR = {"MALLOC_MMAP_THRESHOLD_": "8000000000", "MALLOC_TRIM_THRESHOLD_": "16000000000"}
FOREIGN = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def start_again(threads):
    """Replace this process by one with the environment that a training wants, unless it has it."""
    wanted = {**ALLOCATOR, "OMP_NUM_THREADS": str(threads)}
    kept = {k: v for k, v in os.environ.items() if k not in FOREIGN}
    if any(os.environ.get(k) != v for k, v in wanted.items()) or len(kept) < len(os.environ):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**kept, **wanted})
    import torch
    torch.set_num_threads(threads)


def precision(device, choice="auto"):
    """What products are computed in: bfloat16 where the processor multiplies it, or as the caller says."""
    import torch
    if choice != "auto":
        return {"float32": torch.float32, "bfloat16": torch.bfloat16}[choice]
    if str(device).startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    has = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return torch.bfloat16 if has() else torch.float32
