"""Turns TensorFlow Lite operators (NHWC) into layers (NCHW).

Recognises what old converters write out in parts: PReLU as RELU, ABS or NEG,
SUB, MUL and ADD; softmax as REDUCE_MAX, SUB, EXP, SUM and DIV.

With swap_xy the network is one that was trained on pictures with x and y
exchanged (MTCNN, from Matlab).  Exchanging the two spatial axes of every
kernel, and of the map that the first dense layer flattens, gives the network
that takes upright pictures and answers with upright maps.
"""

from math import prod

from layers import (ADD, AVGPOOL, CELLS, CONCAT, CONV, DENSE, FLATTEN, LEAKY, MAXPOOL, PAD, PRELU,
                    PRODUCT, RELU, RESIZE, SOFTMAX, Layer, Network, permuted)
from problem import ConversionError
from routing import match_projection, match_step
from tflite_reader import BOOL, FLOAT16, FLOAT32

SAME, VALID = 0, 1

MAX_STEP = 1024     # of a stride or pooling window; guards the arithmetic, no network comes near

# operator -> (number of inputs, how many of them may be computed; the rest are constants)
_INPUTS = {
    "ADD": (2, {2}), "SUB": (2, {1, 2}), "DIV": (2, {2}), "MUL": (2, {1, 2}), "CONV_2D": (3, {1}),
    "DEPTHWISE_CONV_2D": (3, {1}), "FULLY_CONNECTED": (3, {1}), "MAX_POOL_2D": (1, {1}),
    "AVERAGE_POOL_2D": (1, {1}), "RELU": (1, {1}), "LEAKY_RELU": (1, {1}), "NEG": (1, {1}),
    "ABS": (1, {1}), "EXP": (1, {1}), "RESHAPE": (2, {1}), "SUM": (2, {1}), "REDUCE_MAX": (2, {1}),
    "PAD": (2, {1}), "RESIZE_BILINEAR": (2, {1}), "STRIDED_SLICE": (4, {1}),
    "GREATER_EQUAL": (2, {1}), "LESS": (2, {1}), "CAST": (1, {1}),
}

# operator -> types of its first input and of its output, where they are not numbers
_TYPES = {"GREATER_EQUAL": (FLOAT32, BOOL), "LESS": (FLOAT32, BOOL), "CAST": (BOOL, FLOAT32)}


def _check_operator(op, model, known):
    """Refuses an operator whose inputs or options are not what the rules below rely on."""
    count, computed = _INPUTS.get(op.kind, (len(op.inputs), {len(op.inputs)}))
    if op.kind == "RESHAPE" and len(op.inputs) == 1:    # newer files have the shape in the options
        count = 1
    if not op.inputs or len(op.inputs) != count or len(op.outputs) != 1:
        raise ConversionError(f"{op.kind} with {len(op.inputs)} inputs and {len(op.outputs)} outputs")
    constants = [value for value in op.inputs if value >= 0 and model.tensors[value].data is not None]
    if count - len(constants) not in computed or any(
            value not in constants and value not in known for value in op.inputs):
        raise ConversionError(f"{op.kind} reads what is not computed yet, or no constant where one belongs")
    if op.outputs[0] in known or model.tensors[op.outputs[0]].data is not None:
        raise ConversionError(f"{op.kind} writes what is there already")
    for name, value in op.options.items():
        if name.startswith(("stride", "filter", "dilation")) and not 0 < value <= MAX_STEP \
                or name == "padding" and value not in (SAME, VALID):
            raise ConversionError(f"{op.kind} with {name} {value}")
    for value, kind in zip(op.inputs[:1] + op.outputs, _TYPES.get(op.kind, (FLOAT32, FLOAT32))):
        if model.tensors[value].kind != kind or not model.tensors[value].shape:
            raise ConversionError(f"{op.kind} on something else than floating-point numbers")


def _expand_halves(model):
    """Weights in half precision, that files bring with an operator that makes them single."""
    kept = []
    for op in model.operators:
        if op.kind != "DEQUANTIZE":
            kept.append(op)
            continue
        source = model.tensors[op.inputs[0]] if len(op.inputs) == 1 and op.inputs[0] >= 0 else None
        result = model.tensors[op.outputs[0]]
        if source is None or source.kind != FLOAT16 or source.data is None \
                or result.kind != FLOAT32 or result.data is not None or result.shape != source.shape:
            raise ConversionError("a DEQUANTIZE of something else than weights in half precision")
        result.data = source.data
    model.operators = kept


def _check(model):
    """Refuses a model that is not a chain of computations from one input to its outputs."""
    if len(model.inputs) != 1:
        raise ConversionError(f"{len(model.inputs)} inputs, one expected")
    known = set(model.inputs)
    for op in model.operators:
        _check_operator(op, model, known)
        known.add(op.outputs[0])
    if not model.outputs or not known.issuperset(model.outputs):
        raise ConversionError("an output that nothing computes")


class _Graph:
    """Who writes and who reads each tensor."""

    def __init__(self, model):
        _expand_halves(model)
        _check(model)
        self.model = model
        self.writer = {out: op for op in model.operators for out in op.outputs}
        self.readers = {}
        for op in model.operators:
            for value in op.inputs:
                self.readers.setdefault(value, []).append(op)

    def constant(self, value):
        return self.model.tensors[value].data

    def shape(self, value):
        return self.model.tensors[value].shape

    def made_by(self, value, kind):
        """The operator of this kind that writes the value, or None."""
        op = self.writer.get(value)
        return op if op is not None and op.kind == kind else None

    def private(self, parts, last):
        """Is nothing but `last` visible outside of these operators?"""
        inside = {id(op) for op in parts}
        for op in parts:
            if op is last:
                continue
            for out in op.outputs:
                if out in self.model.outputs:
                    return False
                if any(id(reader) not in inside for reader in self.readers.get(out, [])):
                    return False
        return True


def _either_way(op):
    first, second = op.inputs
    return (first, second), (second, first)


def _negative_part(graph, value, source):
    """Matches x - |x| (twice the negative part) or -relu(-x) (the negative part).

    Returns (factor, operators) or None.
    """
    op = graph.made_by(value, "SUB")
    if op and op.inputs[0] == source:
        absolute = graph.made_by(op.inputs[1], "ABS")
        if absolute and absolute.inputs == [source]:
            return 2.0, [op, absolute]
    op = graph.made_by(value, "NEG")
    relu = graph.made_by(op.inputs[0], "RELU") if op else None
    minus = graph.made_by(relu.inputs[0], "NEG") if relu else None
    if minus and minus.inputs == [source]:
        return 1.0, [op, relu, minus]
    return None


def _match_prelu(graph, add):
    """relu(x) + slope * negative part of x -> (layer, operators) or None."""
    for left, right in _either_way(add):
        relu, mul = graph.made_by(left, "RELU"), graph.made_by(right, "MUL")
        if not relu or not mul or mul.options["activation"]:
            continue
        for slope, rest in _either_way(mul):
            slopes = graph.constant(slope)
            if slopes is None or graph.shape(slope) != graph.shape(rest)[-1:]:
                continue
            negative = _negative_part(graph, rest, relu.inputs[0])
            if negative is None:
                continue
            factor, parts = negative
            parts = parts + [relu, mul, add]
            if graph.private(parts, add):
                weight = slopes[:]
                for i, value in enumerate(weight):
                    weight[i] = value * factor
                return Layer(PRELU, [relu.inputs[0]], [add.outputs[0]], weight,
                             (len(weight),)), parts
    return None


def _match_softmax(graph, div):
    """exp(x - max x) / sum -> (layer, operators) or None."""
    exp, total = graph.made_by(div.inputs[0], "EXP"), graph.made_by(div.inputs[1], "SUM")
    if not exp or not total or total.inputs[0] != exp.outputs[0]:
        return None
    sub = graph.made_by(exp.inputs[0], "SUB")
    peak = graph.made_by(sub.inputs[1], "REDUCE_MAX") if sub else None
    if not peak or peak.inputs[0] != sub.inputs[0]:
        return None
    last = len(graph.shape(sub.inputs[0])) - 1
    for reduce in (peak, total):
        axes = graph.constant(reduce.inputs[1])
        if axes is None or len(axes) != 1 or axes[0] not in (-1, last):
            return None
    parts = [exp, total, sub, peak, div]
    if not graph.private(parts, div):
        return None
    return Layer(SOFTMAX, [sub.inputs[0]], [div.outputs[0]]), parts


def _pads(op, size, window, strides, free_size):
    """(top, left, bottom, right), and whether the last window may stick out."""
    if op.options["padding"] != SAME:
        return (0, 0, 0, 0), False
    if free_size and strides != (1, 1):
        # Only here is the padding nothing but the window that sticks out at the end.
        if op.kind == "MAX_POOL_2D" and window == (2, 2) and strides == (2, 2):
            return (0, 0, 0, 0), True
        raise ConversionError(f"{op.kind} with SAME padding in a network of free size")
    before, after = [], []
    for extent, kernel, stride in zip(size, window, strides):
        total = max(0, (-(-extent // stride) - 1) * stride + kernel - extent)
        before.append(total // 2)
        after.append(total - total // 2)
    return (*before, *after), False


class _Lowering:
    def __init__(self, model, swap_xy, free_size):
        self.graph = _Graph(model)
        self.swap_xy = swap_xy
        self.free_size = free_size

    def upright(self, y, x):
        return (x, y) if self.swap_xy else (y, x)

    def map_size(self, value):
        shape = self.graph.shape(value)
        if len(shape) != 4:
            raise ConversionError(f"a map of shape {list(shape)}, four axes expected")
        return self.upright(shape[1], shape[2])

    def weights(self, op, rank):
        """(weight, its shape, bias), copied: the rewrites change them in place."""
        weight, bias = (self.graph.constant(value) for value in op.inputs[1:])
        shape = self.graph.shape(op.inputs[1])
        if op.options["activation"]:
            raise ConversionError(f"{op.kind} with an activation")
        if weight.typecode != "f" or bias.typecode != "f" or len(shape) != rank:
            raise ConversionError(f"{op.kind} with weights of shape {list(shape)}")
        return weight[:], shape, bias[:]

    def conv(self, op):
        weight, (first, high, wide, last), bias = self.weights(op, 4)
        channels = self.graph.shape(op.inputs[0])[-1]
        if (op.options["dilation_h"], op.options["dilation_w"]) != (1, 1):
            raise ConversionError(f"{op.kind} with dilation")
        y, x = self.upright(1, 2)
        window = self.upright(high, wide)
        strides = self.upright(op.options["stride_h"], op.options["stride_w"])
        pads, _ = _pads(op, self.map_size(op.inputs[0]), window, strides, self.free_size)
        if op.kind == "CONV_2D":
            order, result, groups = (0, 3, y, x), (first, last, *window), 1
        else:
            if first != 1 or op.options["multiplier"] != 1:
                raise ConversionError("a depthwise convolution with a multiplier")
            order, result, groups = (3, 0, y, x), (last, 1, *window), last
        if last != channels or len(bias) != result[0]:
            raise ConversionError(f"{op.kind} with weights for {last} channels on {channels}")
        return Layer(CONV, [op.inputs[0]], [op.outputs[0]],
                     permuted(weight, (first, high, wide, last), order), result, bias, groups,
                     strides, pads)

    def pool(self, op):
        window = self.upright(op.options["filter_h"], op.options["filter_w"])
        strides = self.upright(op.options["stride_h"], op.options["stride_w"])
        if op.options["activation"]:
            raise ConversionError("pooling with activation")
        pads, ceil = _pads(op, self.map_size(op.inputs[0]), window, strides, self.free_size)
        if ceil and op.kind != "MAX_POOL_2D":
            raise ConversionError(f"{op.kind} in a network of free size")
        return Layer(MAXPOOL if op.kind == "MAX_POOL_2D" else AVGPOOL, [op.inputs[0]],
                     [op.outputs[0]], strides=strides, pads=pads, window=window, ceil=ceil)

    def dense(self, op):
        weight, (rows, columns), bias = self.weights(op, 2)
        shape = self.graph.shape(op.inputs[0])
        if columns != prod(shape[1:]) or len(bias) != rows or len(shape) not in (2, 4):
            raise ConversionError(f"FULLY_CONNECTED of {columns} numbers on a map of {list(shape)}")
        if len(shape) == 4:
            y, x = self.upright(1, 2)
            weight = permuted(weight, (rows, *shape[1:]), (0, 3, y, x))
        return Layer(DENSE, [op.inputs[0]], [op.outputs[0]], weight, (rows, columns), bias)

    def reshape(self, op):
        shape, result = self.graph.shape(op.inputs[0]), self.graph.shape(op.outputs[0])
        if len(shape) == 4 and shape[1:3] == (1, 1) and len(result) == 2:
            return Layer(FLATTEN, [op.inputs[0]], [op.outputs[0]])
        if len(shape) != 4 or len(result) != 3 or prod(shape) != prod(result) \
                or result[0] != shape[0] or shape[3] % result[2] or self.swap_xy:
            raise ConversionError("a RESHAPE other than of a map to a vector or to a list of cells")
        return Layer(CELLS, [op.inputs[0]], [op.outputs[0]], shape=result[1:])

    def concatenation(self, op):
        shapes = [self.graph.shape(value) for value in op.inputs]
        rank = len(shapes[0])
        if rank not in (2, 3) or op.options["axis"] not in (1, 1 - rank) or op.options["activation"] \
                or any(len(shape) != rank or shape[::2] != shapes[0][::2] for shape in shapes):
            raise ConversionError("a CONCATENATION other than of vectors or of lists of cells")
        return Layer(CONCAT, list(op.inputs), [op.outputs[0]])

    def pad(self, op):
        amounts, channels = self.graph.constant(op.inputs[1]), self.graph.shape(op.inputs[0])[-1]
        if len(amounts) != 8 or any(amounts[:7]) or not 0 < amounts[7] <= MAX_STEP:
            raise ConversionError("a PAD other than of channels, behind")
        return Layer(PAD, [op.inputs[0]], [op.outputs[0]], shape=(channels, channels + amounts[7]))

    def resize(self, op):
        before, after = self.map_size(op.inputs[0]), self.map_size(op.outputs[0])
        if any(small > large or large % small for small, large in zip(before, after)):
            raise ConversionError("a RESIZE_BILINEAR by other than a whole factor")
        mode = ("align_corners" if op.options["align_corners"] else
                "half_pixel" if op.options["half_pixel"] else "asymmetric")
        return Layer(RESIZE, [op.inputs[0]], [op.outputs[0]], mode=mode,
                     factors=tuple(large // small for small, large in zip(before, after)))

    def relu(self, op):
        return Layer(RELU, [op.inputs[0]], [op.outputs[0]])

    def leaky(self, op):
        if not 0.0 <= op.options["alpha"] <= 1.0:
            raise ConversionError(f"LEAKY_RELU with a slope of {op.options['alpha']}")
        return Layer(LEAKY, [op.inputs[0]], [op.outputs[0]], slope=op.options["alpha"])

    def product(self, op):
        first, second = op.inputs
        if self.graph.constant(first) is not None or self.graph.constant(second) is not None \
                or op.options["activation"] or self.graph.shape(first) != self.graph.shape(second):
            raise ConversionError("a MUL other than of two values of one shape")
        return Layer(PRODUCT, [first, second], [op.outputs[0]])

    def add(self, op):
        if op.options["activation"] or self.graph.shape(op.inputs[0]) != self.graph.shape(op.inputs[1]):
            raise ConversionError("an ADD other than of two maps of one shape")
        return Layer(ADD, list(op.inputs), [op.outputs[0]])

    def layer(self, op):
        rules = {"CONV_2D": self.conv, "DEPTHWISE_CONV_2D": self.conv, "ADD": self.add,
                 "MAX_POOL_2D": self.pool, "FULLY_CONNECTED": self.dense,
                 "RESHAPE": self.reshape, "CONCATENATION": self.concatenation, "PAD": self.pad,
                 "RESIZE_BILINEAR": self.resize, "RELU": self.relu, "LEAKY_RELU": self.leaky,
                 "AVERAGE_POOL_2D": self.pool, "MUL": self.product}
        if op.kind not in rules:
            raise ConversionError(f"{op.kind} at a place where it is not understood")
        return rules[op.kind](op)


def lower(model, swap_xy=False, free_size=False):
    """The layers of a TensorFlow Lite model, as a Network."""
    lowering = _Lowering(model, swap_xy, free_size)
    graph = lowering.graph
    composed, absorbed = {}, set()
    matchers = {"ADD": _match_prelu, "DIV": _match_softmax, "CAST": match_step}
    if not swap_xy:
        matchers["FULLY_CONNECTED"] = match_projection
    for op in model.operators:
        match = matchers[op.kind](graph, op) if op.kind in matchers else None
        if match:
            composed[id(op)] = match[0]
            absorbed.update(id(part) for part in match[1])
    layers = []
    for op in model.operators:
        if id(op) in composed:
            layers.append(composed[id(op)])
        elif id(op) not in absorbed:
            layers.append(lowering.layer(op))
    extents = {}
    if not free_size:
        for index, tensor in enumerate(model.tensors):
            if len(tensor.shape) == 4 and tensor.kind == FLOAT32:
                extents[index] = lowering.map_size(index)
    return Network(layers, model.inputs[0], list(model.outputs), extents)
