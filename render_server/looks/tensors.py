"""Reads the head of a safetensors file without loading a tensor: what it says of itself, and whether that can be true."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

from shot_format.codec import parse
from shot_format.errors import FormatError
from shot_format.files import storage_errors

MAX_HEAD_BYTES = 1 << 20
MAX_TENSORS = 5000
_BYTES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata of a safetensors file whose head is sound: every byte behind it belongs to exactly one tensor.

    Raises FormatError ("weights-broken", "json-broken", …), LimitError, StorageError.
    """
    with storage_errors(path), open(path, "rb") as file:
        size = path.stat().st_size
        length = struct.unpack("<Q", file.read(8))[0] if size >= 8 else MAX_HEAD_BYTES + 1
        if length > min(MAX_HEAD_BYTES, size - 8):
            raise _broken(path, "its head is longer than may be")
        head = parse(file.read(length), MAX_HEAD_BYTES, f"the head of {path.name}")
    if not isinstance(head, dict) or len(head) > MAX_TENSORS:
        raise _broken(path, "its head is no list of tensors")
    metadata = head.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise _broken(path, "its metadata are no words")
    _check_tensors(path, head, size - 8 - length)
    return metadata


def _check_tensors(path: Path, head: dict[str, Any], size: int) -> None:
    try:
        spans = sorted(_span(each) for each in head.values())
    except (KeyError, TypeError, ValueError):
        raise _broken(path, "a tensor is not described as it should be") from None
    ends = 0
    for start, end in spans:
        if start != ends:
            raise _broken(path, "its tensors overlap or leave gaps")
        ends = end
    if ends != size:
        raise _broken(path, "it is shorter or longer than its tensors")


def _span(tensor: dict[str, Any]) -> tuple[int, int]:
    start, end = tensor["data_offsets"]
    shape = tensor["shape"]
    if type(start) is not int or type(end) is not int or any(type(side) is not int or side < 0 for side in shape):
        raise ValueError
    if start < 0 or end - start != math.prod(shape) * _BYTES[tensor["dtype"]]:
        raise ValueError
    return start, end


def _broken(path: Path, why: str) -> FormatError:
    return FormatError("weights-broken", f"{path.name} cannot be used ({why}); get the file again.")
