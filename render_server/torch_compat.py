"""Lets torchvision import beside a torch without CUDA.

The torchvision wheel on the package index is built for CUDA. Beside a CPU build of torch its compiled operators cannot load, and since its
Python half refers to two of them by name, `import torchvision` fails, and with it diffusers and transformers. Declaring those two names is
enough; nothing here ever calls them.
"""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
from pathlib import Path

import torch

_SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)


@functools.lru_cache(maxsize=1)
def declare_operators() -> torch.library.Library | None:
    """Declare the missing operators, once; call it before anything imports torchvision.

    Returns what keeps the declarations alive, or None where nothing was missing.
    """
    if torch.version.cuda is not None or _operators_load():
        return None
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for schema in _SCHEMAS:
        library.define(schema)  # type: ignore[no-untyped-call]
    return library


def _operators_load() -> bool:
    """Whether there is nothing to mend: no torchvision at all, or one whose operators fit this torch."""
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return True
    loader = (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES)
    extension = importlib.machinery.FileFinder(str(Path(spec.origin).parent), loader).find_spec("_C")
    if extension is None or extension.origin is None:
        return False
    try:
        torch.ops.load_library(extension.origin)  # type: ignore[no-untyped-call]
    except OSError:
        return False
    return True
