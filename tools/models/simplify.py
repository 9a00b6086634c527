"""Rewrites a network into one that computes the same with fewer linear layers.

* two linear 1x1 convolutions in a row become one;
* a 1x1 convolution of a 1x1 map becomes a dense layer;
* the softmax of two classes on a map becomes a sigmoid of their difference;
* small 1x1 convolutions that read the same map become one and a split.

Sums run through math.fsum, whose result does not depend on the order of the
terms: the product of two float32 is exact in a double, so every merged weight
is the correctly rounded one, the same on every machine and Python version.
"""

from array import array
from math import fsum
from operator import mul

from layers import (CONV, DENSE, FLATTEN, SIGMOID, SOFTMAX, SPLIT, Layer)
from problem import ConversionError


def _merge_weights(first, second):
    """Weights and bias of second(first(x)), both of them matrices."""
    middle, inputs = first.shape[0], first.shape[1]
    outputs = second.shape[0]
    columns = [first.weight[i::inputs] for i in range(inputs)]
    weight, bias = array("f"), array("f")
    for o in range(outputs):
        row = second.weight[o * middle:(o + 1) * middle]
        weight.extend(fsum(map(mul, row, column)) for column in columns)
        bias.append(fsum([second.bias[o], *map(mul, row, first.bias)]))
    return weight, (outputs, inputs, *second.shape[2:]), bias


def merge_linear(network):
    """Merges each 1x1 convolution whose only reader is another one into it."""
    for second in list(network.layers):
        first = network.writer(second.inputs[0])
        if not second.pointwise() or first is None or not first.pointwise():
            continue
        if network.readers(first.output) != [second]:
            continue
        # Where the middle is narrower than both ends, two steps are less work than one.
        inputs, middle, outputs = first.shape[1], first.shape[0], second.shape[0]
        if inputs * outputs > middle * (inputs + outputs):
            continue
        second.weight, second.shape, second.bias = _merge_weights(first, second)
        second.inputs = list(first.inputs)
        network.layers.remove(first)


def flatten_head(network):
    """conv 1x1 on a 1x1 map, then flatten -> dense."""
    for flat in list(network.layers):
        conv = network.writer(flat.inputs[0])
        if flat.kind != FLATTEN or conv is None or not conv.pointwise():
            continue
        if network.extents.get(conv.inputs[0]) != (1, 1) or network.readers(conv.output) != [flat]:
            continue
        conv.kind, conv.shape, conv.outputs = DENSE, conv.shape[:2], flat.outputs
        network.layers.remove(flat)


def softmax_to_sigmoid(network):
    """softmax(a, b)[1] = sigmoid(b - a): one channel, and no pass over two."""
    for softmax in list(network.layers):
        conv = network.writer(softmax.inputs[0])
        if softmax.kind != SOFTMAX or conv is None or conv.kind != CONV:
            continue
        if conv.shape[0] != 2 or network.readers(conv.output) != [softmax]:
            raise ConversionError("a softmax on a map of other than two classes")
        half = len(conv.weight) // 2
        conv.weight = array("f", (b - a for a, b in zip(conv.weight[:half], conv.weight[half:])))
        conv.bias = array("f", [conv.bias[1] - conv.bias[0]])
        conv.shape = (1, *conv.shape[1:])
        softmax.kind = SIGMOID


def join_heads(network):
    """Small 1x1 convolutions of one map: one pass over the map, then a split."""
    heads = {}
    for layer in network.layers:
        if layer.pointwise() and layer.shape[0] <= 4:
            heads.setdefault(layer.inputs[0], []).append(layer)
    for value, convs in heads.items():
        if len(convs) < 2:
            continue
        weight, bias, parts = array("f"), array("f"), []
        for conv in convs:
            weight.extend(conv.weight)
            bias.extend(conv.bias)
            parts.append(conv.shape[0])
        joined = Layer(CONV, [value], [network.fresh()], weight,
                       (sum(parts), *convs[0].shape[1:]), bias)
        split = Layer(SPLIT, joined.outputs[:], [conv.output for conv in convs], parts=tuple(parts))
        network.replace(convs[0], [joined, split])
        for conv in convs[1:]:
            network.layers.remove(conv)


def simplify(network):
    merge_linear(network)
    flatten_head(network)
    softmax_to_sigmoid(network)
    join_heads(network)
