"""Writes a safetensors file: the same bytes for the same tensors, ready to be mapped.

    data = encode_tensors([Tensor("filters", "F32", (5, 31, 10, 10), array_of_floats)])

The header is padded with spaces so that the data start at a multiple of 64
bytes, and so does every tensor: SIMD code reads them where they lie.  The
format allows no holes, so what fills them are tensors too, called pad.0, pad.1, ….
Tensors stay in the order in which they are given; there is no metadata.
"""

import json
import struct
import sys
from array import array
from dataclasses import dataclass
from math import prod

ALIGNMENT = 64

# Type codes of arrays that fit; F16 is given as its bits.
_CODES = {"F32": ("f", 4), "F16": ("H", 2), "I32": ("i", 4), "I16": ("h", 2), "U16": ("H", 2),
          "I8": ("b", 1), "U8": ("B", 1)}


@dataclass
class Tensor:
    name: str
    type: str               # F32, F16, I32, I16, U16, I8, U8
    shape: tuple
    data: object            # array of the type, or bytes for U8


def _bytes_of(tensor):
    code, size = _CODES[tensor.type]
    data = array(code, tensor.data)
    if data.itemsize != size or len(data) != prod(tensor.shape):
        raise ValueError(f"tensor {tensor.name}: {len(data)} elements do not fill {tensor.shape}")
    if sys.byteorder == "big":
        data.byteswap()
    return data.tobytes()


def _padded(length):
    return -(-length // ALIGNMENT) * ALIGNMENT


def encode_tensors(tensors):
    """The bytes of a safetensors file with these tensors."""
    header, body = {}, bytearray()

    def add(name, kind, shape, data):
        if name in header:
            raise ValueError(f"two tensors are called {name}")
        header[name] = {"dtype": kind, "shape": shape,
                        "data_offsets": [len(body), len(body) + len(data)]}
        body.extend(data)

    for index, tensor in enumerate(tensors):
        add(tensor.name, tensor.type, list(tensor.shape), _bytes_of(tensor))
        hole = _padded(len(body)) - len(body)
        if hole and index + 1 < len(tensors):
            add(f"pad.{index}", "U8", [hole], bytes(hole))
    text = json.dumps(header, separators=(",", ":")).encode("ascii")
    text += b" " * (_padded(8 + len(text)) - 8 - len(text))
    return struct.pack("<Q", len(text)) + text + bytes(body)
