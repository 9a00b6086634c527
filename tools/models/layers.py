"""The small network description between the TensorFlow Lite reader and the ONNX writer.

A network is a list of layers in the order of computation.  Values are named by
integers: tensors of the source by their index, new ones by negative numbers.
Maps are NCHW, convolution weights [out, in / groups, y, x], dense weights
[out, in], slopes, scales and biases [channels]; all of them flat array('f').
Every calculation on weights is done in double precision and rounded once, so
the result is the same on every machine.
"""

from array import array
from dataclasses import dataclass, field

CONV, DENSE, PRELU, RELU, SCALE, MAXPOOL, ADD, SOFTMAX, SIGMOID, SPLIT, FLATTEN = (
    "conv", "dense", "prelu", "relu", "scale", "maxpool", "add", "softmax", "sigmoid",
    "split", "flatten")
# Zero channels behind those of a map; a map made larger; a map as a list of its cells, [n, cells,
# numbers of a cell]; such lists one after the other.
PAD, RESIZE, CELLS, CONCAT = "pad", "resize", "cells", "concat"
# Of trees of networks: max(x, slope x); the mean of windows, without what lies outside of the map; 1 or 0
# for a number from 0 on, or below 0 (mode); the product of two values.
LEAKY, AVGPOOL, STEP, PRODUCT = "leaky", "avgpool", "step", "product"
FROM_ZERO, BELOW_ZERO = "from zero", "below zero"


@dataclass(eq=False)        # a layer is the same only as itself
class Layer:
    kind: str
    inputs: list
    outputs: list
    weight: object = None
    shape: tuple = ()           # of the weight
    bias: object = None
    groups: int = 1
    strides: tuple = (1, 1)
    pads: tuple = (0, 0, 0, 0)  # top, left, bottom, right
    window: tuple = ()          # of a pooling layer
    ceil: bool = False          # may the last window stick out of the map?
    parts: tuple = ()           # channels of each output of a split
    factors: tuple = ()         # of height and width, of a resize
    mode: str = ""              # where a resize looks: a coordinate transformation mode of ONNX; of a step
    slope: float = 0.0          # of a leaky layer

    @property
    def output(self):
        return self.outputs[0]

    def pointwise(self):
        """Is this a plain 1x1 convolution?"""
        return (self.kind == CONV and self.groups == 1 and self.shape[2:] == (1, 1)
                and self.strides == (1, 1) and not any(self.pads))


@dataclass
class Network:
    layers: list
    input: int
    outputs: list
    extents: dict = field(default_factory=dict)     # value -> (height, width) where fixed
    _fresh: int = 0

    def fresh(self):
        """The name of a new value."""
        self._fresh -= 1
        return self._fresh

    def writer(self, value):
        """The layer that computes the value; None for the input."""
        for layer in self.layers:
            if value in layer.outputs:
                return layer
        return None

    def readers(self, value):
        """The layers that read the value, and None once more where it is an output."""
        found = [layer for layer in self.layers if value in layer.inputs]
        return found + [None] * self.outputs.count(value)

    def replace(self, old, new):
        """Puts the layers `new` at the place of `old`."""
        at = self.layers.index(old)
        self.layers[at:at + 1] = new


def permuted(data, shape, order):
    """The elements of an array of this shape after a transposition, flat."""
    strides = [1] * len(shape)
    for axis in range(len(shape) - 2, -1, -1):
        strides[axis] = strides[axis + 1] * shape[axis + 1]
    extents = [shape[axis] for axis in order]
    steps = [strides[axis] for axis in order]
    starts = [0]
    for extent, step in zip(extents[:-1], steps[:-1]):
        starts = [start + i * step for start in starts for i in range(extent)]
    out = array(data.typecode)
    span, step = (extents[-1] - 1) * steps[-1] + 1, steps[-1]
    for start in starts:
        out.extend(data[start:start + span:step])
    return out


def rows_scaled(weight, factors):
    """Each row (first axis) of a weight times its factor."""
    span = len(weight) // len(factors)
    out = array("f")
    for i, factor in enumerate(factors):
        out.extend(factor * w for w in weight[i * span:(i + 1) * span])
    return out


def inputs_scaled(weight, rows, factors):
    """Each input channel (second axis) of a weight with this many rows times its factor."""
    span = len(weight) // (rows * len(factors))
    spread = [factor for factor in factors for _ in range(span)] * rows
    return array("f", (factor * w for factor, w in zip(spread, weight)))
