"""Reads a TensorFlow Lite file: the FlatBuffer subset that our imports need.

    model = read_model(bytes)      # -> Model, or TfliteError

Every offset, count and size in the file is checked before use, so that a
damaged or hostile file ends in TfliteError and never in another exception, a
hang or a huge allocation.  Knows the file format only: what the operators mean
is the business of lowering.py.  Field numbers follow TensorFlow's schema.fbs.
"""

import struct
import sys
from array import array
from dataclasses import dataclass, field

from problem import ConversionError

MAX_FILE_BYTES = 64 << 20   # twelve times the largest network we import
MAX_ITEMS = 4096            # tensors, operators or buffers in one graph
MAX_RANK = 6
MAX_NAME_BYTES = 512

FLOAT32, FLOAT16, INT32, BOOL = 0, 1, 2, 6

OPERATORS = {
    0: "ADD", 1: "AVERAGE_POOL_2D", 2: "CONCATENATION", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D",
    6: "DEQUANTIZE", 9: "FULLY_CONNECTED", 17: "MAX_POOL_2D", 18: "MUL", 19: "RELU", 22: "RESHAPE",
    23: "RESIZE_BILINEAR", 34: "PAD", 41: "SUB", 42: "DIV", 45: "STRIDED_SLICE", 47: "EXP",
    53: "CAST", 58: "LESS", 59: "NEG", 62: "GREATER_EQUAL", 74: "SUM", 82: "REDUCE_MAX",
    98: "LEAKY_RELU", 101: "ABS",
}

# Option tables: name -> (field number, struct format, default of the schema).
_CONV = {"padding": (0, "b", 0), "stride_w": (1, "i", 0), "stride_h": (2, "i", 0),
         "activation": (3, "b", 0), "dilation_w": (4, "i", 1), "dilation_h": (5, "i", 1)}
_DEPTHWISE = {"padding": (0, "b", 0), "stride_w": (1, "i", 0), "stride_h": (2, "i", 0),
              "multiplier": (3, "i", 0), "activation": (4, "b", 0),
              "dilation_w": (5, "i", 1), "dilation_h": (6, "i", 1)}
_POOL = {"padding": (0, "b", 0), "stride_w": (1, "i", 0), "stride_h": (2, "i", 0),
         "filter_w": (3, "i", 0), "filter_h": (4, "i", 0), "activation": (5, "b", 0)}
_DENSE = {"activation": (0, "b", 0), "weights_format": (1, "b", 0)}
_BINARY = {"activation": (0, "b", 0)}
_REDUCE = {"keep_dims": (0, "b", 0)}
_CONCATENATION = {"axis": (0, "i", 0), "activation": (1, "b", 0)}
_RESIZE = {"align_corners": (2, "b", 0), "half_pixel": (3, "b", 0)}
_SLICE = {"begin_mask": (0, "i", 0), "end_mask": (1, "i", 0), "ellipsis_mask": (2, "i", 0),
          "new_axis_mask": (3, "i", 0), "shrink_axis_mask": (4, "i", 0)}
_LEAKY = {"alpha": (0, "f", 0.0)}
# operator -> (tag of the options union, fields)
OPTIONS = {
    "CONV_2D": (1, _CONV), "DEPTHWISE_CONV_2D": (2, _DEPTHWISE), "MAX_POOL_2D": (5, _POOL),
    "FULLY_CONNECTED": (8, _DENSE), "ADD": (11, _BINARY), "MUL": (21, _BINARY),
    "SUB": (28, _BINARY), "DIV": (29, _BINARY), "SUM": (27, _REDUCE), "REDUCE_MAX": (27, _REDUCE),
    "CONCATENATION": (10, _CONCATENATION), "RESIZE_BILINEAR": (15, _RESIZE),
    "AVERAGE_POOL_2D": (5, _POOL), "STRIDED_SLICE": (32, _SLICE), "LEAKY_RELU": (75, _LEAKY),
}


class TfliteError(ConversionError):
    """The bytes are not a TensorFlow Lite file that we can read."""


@dataclass
class Tensor:
    name: str
    shape: tuple
    kind: int
    data: object = None     # array('f') or array('i') of a constant, else None


@dataclass
class Operator:
    kind: str
    inputs: list
    outputs: list
    options: dict = field(default_factory=dict)


@dataclass
class Model:
    tensors: list
    operators: list
    inputs: list
    outputs: list


class _Buffer:
    """Bounds-checked little-endian reads."""

    def __init__(self, data):
        self.data = data

    def read(self, form, at):
        size = struct.calcsize("<" + form)
        if at < 0 or at + size > len(self.data):
            raise TfliteError(f"truncated: {size} bytes wanted at offset {at} of {len(self.data)}")
        return struct.unpack_from("<" + form, self.data, at)[0]

    def follow(self, at):
        return at + self.read("I", at)


class _Table:
    def __init__(self, buffer, at):
        self.buffer = buffer
        self.at = at
        self.vtable = at - buffer.read("i", at)
        self.vtable_bytes = buffer.read("H", self.vtable)
        if self.vtable_bytes < 4 or self.vtable_bytes % 2:
            raise TfliteError(f"bad vtable at offset {self.vtable}")

    def _position(self, number):
        slot = 4 + 2 * number
        if slot + 2 > self.vtable_bytes:
            return 0
        offset = self.buffer.read("H", self.vtable + slot)
        return self.at + offset if offset else 0

    def scalar(self, number, form, default=0):
        at = self._position(number)
        return self.buffer.read(form, at) if at else default

    def table(self, number):
        at = self._position(number)
        return _Table(self.buffer, self.buffer.follow(at)) if at else None

    def vector(self, number, item_bytes, limit):
        """Returns (offset of the first item, count)."""
        at = self._position(number)
        if not at:
            return 0, 0
        at = self.buffer.follow(at)
        count = self.buffer.read("I", at)
        if count > limit:
            raise TfliteError(f"a list of {count} items at offset {at}, at most {limit} accepted")
        if at + 4 + count * item_bytes > len(self.buffer.data):
            raise TfliteError(f"truncated: the list at offset {at} passes the end of the file")
        return at + 4, count

    def integers(self, number, limit=MAX_ITEMS):
        at, count = self.vector(number, 4, limit)
        return list(struct.unpack_from(f"<{count}i", self.buffer.data, at)) if count else []

    def tables(self, number, limit=MAX_ITEMS):
        at, count = self.vector(number, 4, limit)
        return [_Table(self.buffer, self.buffer.follow(at + 4 * i)) for i in range(count)]

    def bytes(self, number, limit):
        at, count = self.vector(number, 1, limit)
        return self.buffer.data[at:at + count]


def little_endian_array(code, data):
    """array(code) from little-endian bytes, whatever this machine's order."""
    values = array(code)
    if values.itemsize != 4:
        raise TfliteError("this Python has no four-byte array type")
    values.frombytes(data)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def _constant(kind, shape, data):
    if not data:
        return None
    count = 1
    for extent in shape:
        count *= extent
    size = {FLOAT32: 4, FLOAT16: 2, INT32: 4}.get(kind)
    if size is None:
        raise TfliteError(f"a constant of tensor type {kind}, which is not supported")
    if len(data) != count * size:
        raise TfliteError(f"a constant of shape {list(shape)} with {len(data)} bytes")
    if kind == FLOAT16:
        return array("f", struct.unpack(f"<{count}e", data))
    return little_endian_array("f" if kind == FLOAT32 else "i", data)


def _tensor(table, buffers):
    shape = tuple(table.integers(0, MAX_RANK))
    if any(extent < 1 or extent > 1 << 24 for extent in shape):
        raise TfliteError(f"a tensor of shape {list(shape)}")
    kind = table.scalar(1, "b")
    index = table.scalar(2, "I")
    if index >= len(buffers):
        raise TfliteError(f"a tensor names buffer {index} of {len(buffers)}")
    name = bytes(table.bytes(3, MAX_NAME_BYTES)).decode("utf-8", "replace")
    data = buffers[index].bytes(0, MAX_FILE_BYTES)
    return Tensor(name, shape, kind, _constant(kind, shape, data))


def _operator(table, codes, tensor_count):
    code = table.scalar(0, "I")
    if code >= len(codes):
        raise TfliteError(f"an operator names code {code} of {len(codes)}")
    kind = codes[code]
    inputs, outputs = table.integers(1, 64), table.integers(2, 64)
    if not outputs or any(not -1 <= i < tensor_count for i in inputs) \
            or any(not 0 <= i < tensor_count for i in outputs):
        raise TfliteError(f"{kind} names a tensor that does not exist")
    options = {}
    if kind in OPTIONS:
        tag, fields = OPTIONS[kind]
        found = table.table(4) if table.scalar(3, "B") == tag else None
        for name, (number, form, default) in fields.items():
            options[name] = found.scalar(number, form, default) if found else default
    return Operator(kind, inputs, outputs, options)


def _operator_code(table):
    # Old files have the code in an int8; newer ones repeat it in an int32.
    code = max(table.scalar(0, "b"), table.scalar(3, "i"))
    if code not in OPERATORS:
        raise TfliteError(f"operator code {code} is not supported")
    return OPERATORS[code]


def read_model(data):
    """Reads the first graph of a TensorFlow Lite file."""
    if len(data) > MAX_FILE_BYTES:
        raise TfliteError(f"{len(data)} bytes, at most {MAX_FILE_BYTES} accepted")
    if data[4:8] != b"TFL3":
        raise TfliteError("no TensorFlow Lite file (the identifier TFL3 is missing)")
    buffer = _Buffer(memoryview(data))
    root = _Table(buffer, buffer.follow(0))
    codes = [_operator_code(t) for t in root.tables(1)]
    graphs = root.tables(2, 16)
    if len(graphs) != 1:
        raise TfliteError(f"{len(graphs)} graphs, one expected")
    buffers = root.tables(4)
    tensors = [_tensor(t, buffers) for t in graphs[0].tables(0)]
    inputs, outputs = graphs[0].integers(1, 64), graphs[0].integers(2, 64)
    if any(not 0 <= i < len(tensors) for i in inputs + outputs):
        raise TfliteError("the graph names a tensor that does not exist")
    operators = [_operator(t, codes, len(tensors)) for t in graphs[0].tables(3)]
    return Model(tensors, operators, inputs, outputs)
