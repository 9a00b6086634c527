"""Builds small TensorFlow Lite files for the tests of tools/models.

A FlatBuffer writer that is as plain as it can be: every table has its vtable
right before it, and what it refers to right behind it.  It uses the reader's
tables of operator codes and option fields; that those are TensorFlow's own is
shown by test_conversion.py, which reads published files.
"""

import struct
from array import array

import tflite_reader

CODES = {name: code for code, name in tflite_reader.OPERATORS.items()}


class Table:
    """{field number: (struct format, number), Table, list or bytes}"""

    def __init__(self, fields):
        self.fields = fields


def _align(out, size=4):
    out.extend(bytes(-len(out) % size))


def emit_list(out, items):
    _align(out)
    at = len(out)
    out.extend(struct.pack("<I", len(items)))
    if isinstance(items, bytes):
        out.extend(items)
    elif items and isinstance(items[0], Table):
        slots = len(out)
        out.extend(bytes(4 * len(items)))
        for i, item in enumerate(items):
            slot = slots + 4 * i
            struct.pack_into("<I", out, slot, emit_table(out, item) - slot)
    else:
        out.extend(struct.pack(f"<{len(items)}i", *items))
    return at


def emit_table(out, table):
    _align(out)
    count = max(table.fields, default=-1) + 1
    vtable = len(out)
    out.extend(struct.pack("<2H", 4 + 2 * count, 4 + 4 * len(table.fields)))
    out.extend(bytes(2 * count))
    _align(out)
    at = len(out)
    out.extend(struct.pack("<i", at - vtable))
    out.extend(bytes(4 * len(table.fields)))
    for i, (number, value) in enumerate(sorted(table.fields.items())):
        slot = at + 4 + 4 * i
        struct.pack_into("<H", out, vtable + 4 + 2 * number, slot - at)
        if isinstance(value, tuple):
            struct.pack_into("<" + value[0], out, slot, value[1])
        else:
            emit = emit_table if isinstance(value, Table) else emit_list
            struct.pack_into("<I", out, slot, emit(out, value) - slot)
    return at


class TinyModel:
    """A network under construction; tensors are named by the numbers that the methods return."""

    def __init__(self):
        self.tensors, self.operators, self.inputs, self.outputs = [], [], [], []

    def tensor(self, name, shape, values=None, kind=tflite_reader.FLOAT32):
        self.tensors.append((name, list(shape), kind, values))
        return len(self.tensors) - 1

    def operator(self, kind, inputs, name, shape, gives=tflite_reader.FLOAT32, **options):
        """Adds an operator with one new output."""
        output = self.tensor(name, shape, kind=gives)
        self.operators.append((kind, list(inputs), [output], options))
        return output

    def prelu(self, value, shape, slopes, by_absolute):
        """PReLU in parts, in one of the two ways that old converters write it."""
        relu = self.operator("RELU", [value], "relu", shape)
        if by_absolute:
            slopes = [a / 2 for a in slopes]
            absolute = self.operator("ABS", [value], "abs", shape)
            rest = self.operator("SUB", [value, absolute], "sub", shape, activation=0)
        else:
            minus = self.operator("NEG", [value], "neg", shape)
            positive = self.operator("RELU", [minus], "relu_neg", shape)
            rest = self.operator("NEG", [positive], "neg_relu_neg", shape)
        slope = self.tensor("slopes", [len(slopes)], slopes)
        product = self.operator("MUL", [slope, rest], "mul", shape, activation=0)
        return self.operator("ADD", [relu, product], "prelu", shape, activation=0)

    def softmax(self, value, shape, name):
        axes = self.tensor("axes", [1], [len(shape) - 1], tflite_reader.INT32)
        one = [*shape[:-1], 1]
        peak = self.operator("REDUCE_MAX", [value, axes], "max", one, keep_dims=1)
        moved = self.operator("SUB", [value, peak], "moved", shape, activation=0)
        exp = self.operator("EXP", [moved], "exp", shape)
        total = self.operator("SUM", [exp, axes], "sum", one, keep_dims=1)
        return self.operator("DIV", [exp, total], name, shape, activation=0)

    def encode(self):
        buffers, tensors = [Table({})], []
        for name, shape, kind, values in self.tensors:
            index = 0
            if values is not None:
                data = array("i" if kind == tflite_reader.INT32 else "f", values).tobytes()
                if kind == tflite_reader.FLOAT16:
                    data = struct.pack(f"<{len(values)}e", *values)
                buffers.append(Table({0: data}))
                index = len(buffers) - 1
            tensors.append(Table({0: shape, 1: ("b", kind), 2: ("I", index), 3: name.encode()}))
        kinds = sorted({kind for kind, *_ in self.operators})
        operators = []
        for kind, inputs, outputs, options in self.operators:
            fields = {0: ("I", kinds.index(kind)), 1: inputs, 2: outputs}
            if options:
                tag, numbers = tflite_reader.OPTIONS[kind]
                fields[3] = ("B", tag)
                fields[4] = Table({numbers[name][0]: (numbers[name][1], value)
                                   for name, value in options.items()})
            operators.append(Table(fields))
        graph = Table({0: tensors, 1: self.inputs, 2: self.outputs, 3: operators})
        codes = [Table({0: ("b", CODES[kind]), 3: ("i", CODES[kind])}) for kind in kinds]
        root = Table({0: ("I", 3), 1: codes, 2: [graph], 4: buffers})
        out = bytearray(b"\0\0\0\0TFL3")
        struct.pack_into("<I", out, 0, emit_table(out, root))
        return bytes(out)


def numbers(count, seed=1):
    """Reproducible values in -1..1 with few digits, exact in float32."""
    return [((i * 2654435761 + seed * 40503) % (1 << 32) // (1 << 24) - 128) / 128
            for i in range(count)]
