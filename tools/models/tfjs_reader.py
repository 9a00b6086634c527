"""Reads the weights of a TensorFlow.js model: a manifest and the file of numbers it describes.

    tensors = read_weights(manifest, data)      # {name: Tensor}, both arguments are bytes

The manifest is JSON: groups of tensors with name, shape and type, packed into
the file in its order without gaps.  Weights may be stored as one or two bytes
each and an affine map for the whole tensor, w = q * scale + min; they come out
as 32-bit floats, rounded once, as TensorFlow.js rounds them.  There is no graph
in these files.  Everything is checked before it is used: the bytes are untrusted.
"""

import json
import math
import sys
from array import array
from dataclasses import dataclass

from problem import ConversionError

MAX_MANIFEST_BYTES = 1 << 20
MAX_DATA_BYTES = 64 << 20       # ten times the largest that we import
MAX_TENSORS = 4096
MAX_RANK = 6
MAX_NAME = 256

_STORED = {"float32": "f", "int32": "i", "uint8": "B", "bool": "B", "uint16": "H"}
_QUANTISED = ("uint8", "uint16")


class TfjsError(ConversionError):
    """The bytes are no weights of TensorFlow.js that we can read."""


@dataclass
class Tensor:
    name: str
    shape: tuple
    data: array         # 'f'; 'i' where the model has integers that no network needs


@dataclass
class _Entry:
    name: str
    shape: tuple
    kind: str           # of the values: float32, int32, bool
    stored: str         # of the bytes
    scale: float = 1.0
    least: float = 0.0

    @property
    def count(self):
        return math.prod(self.shape)


def _number(where, value):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TfjsError(f"{where} has an odd quantization")
    return float(value)


def _entry(item):
    name = item.get("name") if isinstance(item, dict) else None
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        raise TfjsError("a tensor has no usable name")
    shape = item.get("shape")
    if (not isinstance(shape, list) or len(shape) > MAX_RANK
            or any(type(extent) is not int or not 0 < extent <= MAX_DATA_BYTES for extent in shape)):
        raise TfjsError(f"{name} has an odd shape")
    kind = item.get("dtype")
    if kind not in ("float32", "int32", "bool"):
        raise TfjsError(f"{name} is of a type that is not supported")
    if "quantization" not in item:
        return _Entry(name, tuple(shape), kind, kind)
    found = item["quantization"]
    if not isinstance(found, dict) or found.get("dtype") not in _QUANTISED:
        raise TfjsError(f"{name} has an odd quantization")
    return _Entry(name, tuple(shape), kind, found["dtype"], _number(name, found.get("scale")),
                  _number(name, found.get("min")))


def _entries(manifest):
    if len(manifest) > MAX_MANIFEST_BYTES:
        raise TfjsError(f"a manifest of {len(manifest)} bytes, at most {MAX_MANIFEST_BYTES} accepted")
    try:
        groups = json.loads(manifest.decode("utf-8"))
    except (ValueError, RecursionError):
        raise TfjsError("the manifest is not JSON") from None
    if not isinstance(groups, list) or len(groups) != 1 or not isinstance(groups[0], dict):
        raise TfjsError("the manifest is not one group of weights")
    paths, weights = groups[0].get("paths"), groups[0].get("weights")
    if not isinstance(paths, list) or len(paths) != 1:
        raise TfjsError("the weights are not in one file")
    if not isinstance(weights, list) or not 0 < len(weights) <= MAX_TENSORS:
        raise TfjsError("the manifest has no list of weights, or too many")
    return [_entry(item) for item in weights]


def _values(entry, stored):
    stored = array(_STORED[entry.stored], stored)
    if sys.byteorder == "big":
        stored.byteswap()
    code = "f" if entry.kind == "float32" else "i"
    if entry.stored == entry.kind == "float32":
        values = stored
    elif entry.kind == "float32":
        values = array(code, (q * entry.scale + entry.least for q in stored))
    else:
        values = array(code, (round(q * entry.scale + entry.least) for q in stored))
    if code == "f" and not all(map(math.isfinite, values)):
        raise TfjsError(f"{entry.name} has numbers that are not finite")
    return values


def read_weights(manifest, data):
    """{name: Tensor} of a manifest and its one file of numbers."""
    if len(data) > MAX_DATA_BYTES:
        raise TfjsError(f"{len(data)} bytes, at most {MAX_DATA_BYTES} accepted")
    tensors, at = {}, 0
    for entry in _entries(manifest):
        size = entry.count * array(_STORED[entry.stored]).itemsize
        if entry.name in tensors:
            raise TfjsError(f"two tensors are called {entry.name}")
        if size > len(data) - at:
            raise TfjsError(f"the file ends within {entry.name}")
        try:
            tensors[entry.name] = Tensor(entry.name, entry.shape,
                                         _values(entry, data[at:at + size]))
        except OverflowError:
            raise TfjsError(f"{entry.name} has numbers that are too large") from None
        at += size
    if at != len(data):
        raise TfjsError(f"the file has {len(data) - at} bytes more than its manifest")
    return tensors
