"""Writes an ONNX model: a deterministic encoder for the protobuf subset we use.

    data = encode_model(graph)     # -> bytes, the same bytes for the same graph

Fields are written in the order of their numbers, nothing is optional that
could vary (no dates, no paths), and tensors hold little-endian raw data.
Knows the file format only (onnx.proto3, IR version 8); no shape is computed here.
"""

import struct
import sys
from dataclasses import dataclass, field

IR_VERSION = 8
OPSET = 17
PRODUCER = "vultus"

FLOAT = 1                                   # TensorProto.DataType
_DATA_TYPE = {"f": FLOAT, "q": 7}          # by the type code of the array
_ATTRIBUTE_TYPE = {"f": 1, "i": 2, "s": 3, "ints": 7}   # AttributeProto.AttributeType


@dataclass
class Node:
    kind: str
    inputs: list
    outputs: list
    attributes: dict = field(default_factory=dict)


@dataclass
class Value:
    """An input or output of the graph; a dimension is a number or a name."""
    name: str
    shape: list


@dataclass
class Weight:
    name: str
    shape: tuple
    data: object            # array('f'), or array('q') of 64-bit integers


@dataclass
class Graph:
    name: str
    inputs: list
    outputs: list
    nodes: list
    weights: list
    doc: str = ""


def _varint(value):
    if value < 0:
        value += 1 << 64
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field_number, value):
    return _varint(field_number << 3) + _varint(value)


def _block(field_number, data):
    if isinstance(data, str):
        data = data.encode("utf-8")
    return _varint(field_number << 3 | 2) + _varint(len(data)) + data


def _attribute(name, value):
    out = _block(1, name)
    if isinstance(value, float):
        kind, body = "f", _varint(2 << 3 | 5) + struct.pack("<f", value)
    elif isinstance(value, int):
        kind, body = "i", _number(3, value)
    elif isinstance(value, str):
        kind, body = "s", _block(4, value)
    else:
        kind, body = "ints", b"".join(_number(8, int(v)) for v in value)
    return out + body + _number(20, _ATTRIBUTE_TYPE[kind])


def _node(node, name):
    out = b"".join(_block(1, i) for i in node.inputs)
    out += b"".join(_block(2, o) for o in node.outputs)
    out += _block(3, name) + _block(4, node.kind)
    for key in sorted(node.attributes):
        out += _block(5, _attribute(key, node.attributes[key]))
    return out


def _weight(weight):
    data = weight.data
    if sys.byteorder == "big":
        data = data[:]
        data.byteswap()
    out = b"".join(_number(1, extent) for extent in weight.shape)
    return out + _number(2, _DATA_TYPE[data.typecode]) + _block(8, weight.name) + _block(9, data.tobytes())


def _value(value):
    shape = b""
    for extent in value.shape:
        shape += _block(1, _block(2, extent) if isinstance(extent, str) else _number(1, extent))
    tensor_type = _number(1, FLOAT) + _block(2, shape)
    return _block(1, value.name) + _block(2, _block(1, tensor_type))


def encode_model(graph):
    """The bytes of an ONNX ModelProto with this graph."""
    body = bytearray()
    for index, node in enumerate(graph.nodes):
        body += _block(1, _node(node, f"{node.kind.lower()}_{index}"))
    body += _block(2, graph.name)
    for weight in graph.weights:
        body += _block(5, _weight(weight))
    for value in graph.inputs:
        body += _block(11, _value(value))
    for value in graph.outputs:
        body += _block(12, _value(value))
    out = _number(1, IR_VERSION) + _block(2, PRODUCER)
    if graph.doc:
        out += _block(6, graph.doc)
    opset = _block(1, "") + _number(2, OPSET)
    return bytes(out + _block(7, bytes(body)) + _block(8, opset))
