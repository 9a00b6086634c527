"""Writes the networks of face-api (npm @vladmandic/face-api) as ONNX: bytes in, bytes out.

    onnx = FILES["faceapi_ssd.onnx"](manifest, weights)

The package publishes weights in the format of TensorFlow.js without a graph, so
the layers stand here.  NCHW inside; weights come out as 32-bit floats, batch
normalisation is folded into the convolution before it, softmax and the decoding
of boxes are part of the network.  Pixels go in as the pack's contract says.

ssd        S. Liu, W. Liu and others: SSD, arXiv:1512.02325, on MobileNet v1, arXiv:1704.04861
tiny       a YOLO v2 of separable convolutions, arXiv:1612.08242
net68      dense blocks whose outputs are added up, as are those of expression
age_gender a small Xception, arXiv:1610.02357
"""

import math
from array import array

import onnx_writer as onnx
from problem import ConversionError
from tfjs_reader import read_weights

_SSD_SIDE, _FACE_SIDE = 512, 112
_SSD_EPSILON = 0.0010000000474974513    # of the batch normalisation, a rounded 0.001
_LEAK = 0.10000000149011612
_SSD_STRIDES = {2: 2, 4: 2, 6: 2, 12: 2}
_SSD_BOXES = 5118
_TINY_COLUMNS = 25                      # five anchors of x, y, width, height, score


class _Network:
    """Nodes and weights under construction; values are known by their names."""

    def __init__(self, name, tensors):
        self.name, self.tensors = name, tensors
        self.nodes, self.weights, self.used = [], [], set()

    def tensor(self, name, rank):
        """The numbers and shape of a weight of the source."""
        found = self.tensors.get(name)
        if found is None or len(found.shape) != rank or found.data.typecode != "f":
            raise ConversionError(f"{self.name} needs a tensor {name} of {rank} dimensions")
        self.used.add(name)
        return found.data, found.shape

    def vector(self, name, size):
        data, shape = self.tensor(name, 1)
        if shape != (size,):
            raise ConversionError(f"{name} has {shape[0]} numbers, {size} expected")
        return data

    def node(self, kind, inputs, output=None, **attributes):
        output = output or f"v{len(self.nodes)}"
        self.nodes.append(onnx.Node(kind, inputs, [output], attributes))
        return output

    def constant(self, name, shape, data):
        if all(weight.name != name for weight in self.weights):
            self.weights.append(onnx.Weight(name, tuple(shape), data))
        return name

    def scalar(self, name, value):
        return self.constant(name, (), array("f", [value]))

    def integers(self, name, values):
        return self.constant(name, (len(values),), array("q", values))

    def model(self, shape, outputs):
        """The bytes of the finished network; outputs are (name, shape)."""
        graph = onnx.Graph(self.name, [onnx.Value("input", ["N", 3, *shape])],
                           [onnx.Value(name, ["N", *rest]) for name, rest in outputs],
                           self.nodes, self.weights)
        return onnx.encode_model(graph)


def _filters(net, name):
    """[height, width, in, out] -> ((out, in, height, width), numbers in that order)."""
    data, (height, width, inward, outward) = net.tensor(name, 4)
    taps, step = height * width, inward * outward
    turned = array("f")
    for o in range(outward):
        for i in range(inward):
            turned.extend(data[tap * step + i * outward + o] for tap in range(taps))
    return (outward, inward, height, width), turned


def _depth_filters(net, name):
    """[height, width, channels, 1] -> ((channels, 1, height, width), numbers in that order)."""
    data, (height, width, channels, each) = net.tensor(name, 4)
    if each != 1:
        raise ConversionError(f"{name} makes {each} channels of each, one expected")
    turned = array("f")
    for c in range(channels):
        turned.extend(data[c::channels])
    return (channels, 1, height, width), turned


def _padding(kernel, stride):
    """Of "same" convolution and pooling of even sides: what is missing comes after, not before."""
    before, whole = (kernel - stride) // 2 if kernel > stride else 0, max(kernel - stride, 0)
    return (before, before, whole - before, whole - before)


def _convolve(net, value, place, filters, bias, **attributes):
    """`place` names the weights of the result; bias may be None."""
    shape, numbers = filters
    inputs = [value, net.constant(f"{place}.weight", shape, numbers)]
    if bias is not None:
        inputs.append(net.constant(f"{place}.bias", (shape[0],), bias))
    stride = attributes.setdefault("strides", (1, 1))[0]
    attributes.setdefault("pads", _padding(shape[2], stride))
    return net.node("Conv", inputs, kernel_shape=shape[2:], **attributes)


def _plain(net, value, place, stride=1, filters="filters", bias="bias"):
    turned = _filters(net, f"{place}/{filters}")
    return _convolve(net, value, place, turned, net.vector(f"{place}/{bias}", turned[0][0]),
                     strides=(stride, stride))


def _separable(net, value, place, stride=1):
    """Every channel for itself, then 1 x 1 across the channels."""
    depth = _depth_filters(net, f"{place}/depthwise_filter")
    point = _filters(net, f"{place}/pointwise_filter")
    value = _convolve(net, value, f"{place}/depthwise", depth, None, strides=(stride, stride),
                      group=depth[0][0])
    return _convolve(net, value, f"{place}/pointwise", point,
                     net.vector(f"{place}/bias", point[0][0]))


def _relu(net, value):
    return net.node("Relu", [value])


def _add(net, *values):
    total = values[0]
    for value in values[1:]:
        total = net.node("Add", [total, value])
    return total


def _dense(net, value, place, columns, output=None):
    weights, shape = net.tensor(f"{place}/weights", 2)
    bias = net.vector(f"{place}/bias", columns)
    return net.node("Gemm", [value, net.constant(f"{place}.weight", shape, weights),
                             net.constant(f"{place}.bias", (columns,), bias)], output)


def _pooled(net, value):
    """The mean of the last map, which is 7 x 7: [N, channels, 7, 7] -> [N, channels]."""
    return net.node("Flatten", [net.node("GlobalAveragePool", [value])])


# ------------------------------------------------------------------ ssd

def _clipped(net, value):
    return net.node("Clip", [value, net.scalar("zero", 0.0), net.scalar("six", 6.0)])


def _ssd_point(net, value, place, stride=1):
    return _clipped(net, _plain(net, value, place, stride, "weights", "convolution_bn_offset"))


def _ssd_depth(net, value, place, stride):
    shape, numbers = _depth_filters(net, f"{place}/depthwise_weights")
    gamma, beta, mean, variance = (
        net.vector(f"{place}/BatchNorm/{part}", shape[0])
        for part in ("gamma", "beta", "moving_mean", "moving_variance"))
    if min(variance) < 0:
        raise ConversionError(f"{place} has a negative variance")
    scale = [g / math.sqrt(v + _SSD_EPSILON) for g, v in zip(gamma, variance)]
    taps = shape[2] * shape[3]
    numbers = array("f", (w * scale[i // taps] for i, w in enumerate(numbers)))
    bias = array("f", (b - m * s for b, m, s in zip(beta, mean, scale)))
    return _clipped(net, _convolve(net, value, place, (shape, numbers), bias,
                                   strides=(stride, stride), group=shape[0]))


def _ssd_features(net):
    """The six maps that boxes are read from: 32, 16, 8, 4, 2 and 1 cells a side."""
    value, maps = _ssd_point(net, "input", "MobilenetV1/Conv2d_0_pointwise", 2), []
    for layer in range(1, 14):
        value = _ssd_depth(net, value, f"MobilenetV1/Conv2d_{layer}_depthwise",
                           _SSD_STRIDES.get(layer, 1))
        value = _ssd_point(net, value, f"MobilenetV1/Conv2d_{layer}_pointwise")
        if layer == 11:
            maps.append(value)
    maps.append(value)
    for layer in range(8):
        value = _ssd_point(net, value, f"Prediction/Conv2d_{layer}_pointwise", 1 + layer % 2)
        if layer % 2:
            maps.append(value)
    return maps


def _ssd_rows(net, maps, head, columns):
    """[N, anchors * columns, h, w] of every map -> [N, boxes, columns]."""
    rows = []
    for index, value in enumerate(maps):
        value = _plain(net, value, f"Prediction/BoxPredictor_{index}/{head}", 1, "weights", "biases")
        value = net.node("Transpose", [value], perm=(0, 2, 3, 1))
        rows.append(net.node("Reshape", [value, net.integers(f"rows{columns}", [0, -1, columns])]))
    return net.node("Concat", rows, axis=1)


def _ssd_decode(net, rows):
    """Corrections (y, x, height, width) of the prior boxes -> (y1, x1, y2, x2), parts of the side."""
    priors, shape = net.tensor("Output/extra_dim", 3)
    if shape != (1, _SSD_BOXES, 4):
        raise ConversionError(f"{shape[1]} prior boxes, {_SSD_BOXES} expected")
    centres, steps, halves = array("f"), array("f"), array("f")
    for at in range(0, len(priors), 4):
        low, size = priors[at:at + 2], [priors[at + 2 + k] - priors[at + k] for k in (0, 1)]
        centres.extend(low[k] + size[k] / 2 for k in (0, 1))
        steps.extend(size[k] / 10 for k in (0, 1))
        halves.extend(size[k] / 2 for k in (0, 1))
    pair = (1, _SSD_BOXES, 2)
    move, grow = (net.node("Slice", [rows, net.integers(f"from{k}", [k]),
                                     net.integers(f"to{k}", [k + 2]), net.integers("last", [2])])
                  for k in (0, 2))
    move = net.node("Mul", [move, net.constant("steps", pair, steps)])
    move = net.node("Add", [move, net.constant("centres", pair, centres)])
    grow = net.node("Exp", [net.node("Mul", [grow, net.scalar("fifth", 1 / 5)])])
    grow = net.node("Mul", [grow, net.constant("halves", pair, halves)])
    net.node("Concat", [net.node("Sub", [move, grow]), net.node("Add", [move, grow])], "boxes",
             axis=2)


def _ssd(net):
    maps = _ssd_features(net)
    _ssd_decode(net, _ssd_rows(net, maps, "BoxEncodingPredictor", 4))
    classes = _ssd_rows(net, maps, "ClassPredictor", 3)     # background, face, one without use
    face = net.node("Slice", [classes, net.integers("from1", [1]), net.integers("to1", [2]),
                              net.integers("last", [2])])
    net.node("Sigmoid", [net.node("Squeeze", [face, net.integers("last", [2])])], "scores")
    return net.model((_SSD_SIDE, _SSD_SIDE), [("boxes", (_SSD_BOXES, 4)), ("scores", (_SSD_BOXES,))])


# ------------------------------------------------------------------ tiny

def _valid(net, value, place, columns, output=None):
    """A convolution without padding."""
    shape, numbers = _filters(net, f"{place}/filters")
    if shape[0] != columns:
        raise ConversionError(f"{place} has {shape[0]} columns, {columns} expected")
    inputs = [value, net.constant(f"{place}.weight", shape, numbers),
              net.constant(f"{place}.bias", (columns,), net.vector(f"{place}/bias", columns))]
    return net.node("Conv", inputs, output, kernel_shape=shape[2:])


def _tiny(net):
    """Maps of one cell for every 32 pixels; the sides of the input are multiples of that.

    The first convolution has no padding, so a side of 32 n comes to the second
    pooling as 16 n - 1, which is why only that one has padding.
    """
    value = _valid(net, "input", "conv0", 16)
    for layer in range(1, 6):
        value = net.node("LeakyRelu", [value], alpha=_LEAK)
        value = net.node("MaxPool", [value], kernel_shape=(2, 2), strides=(2, 2),
                         pads=_padding(2, 1 if layer == 2 else 2))
        value = _separable(net, value, f"conv{layer}")
    value = net.node("LeakyRelu", [value], alpha=_LEAK)
    value = net.node("MaxPool", [value], kernel_shape=(2, 2), strides=(1, 1), pads=_padding(2, 1))
    _valid(net, value, "conv8", _TINY_COLUMNS, "cells")
    return net.model(("H", "W"), [("cells", (_TINY_COLUMNS, "h", "w"))])


# ------------------------------------------------------------------ faces of 112 x 112

def _dense_block(net, value, place, first):
    """Four convolutions; each sees the sum of all before it."""
    plain = _plain if first else _separable
    total = out = _relu(net, plain(net, value, f"{place}/conv0", 2))
    parts = [out]
    for layer in range(1, 4):
        parts.append(_separable(net, total, f"{place}/conv{layer}"))
        total = _relu(net, _add(net, *parts))
    return total


def _features(net):
    value = "input"
    for block in range(4):
        value = _dense_block(net, value, f"dense{block}", block == 0)
    return _pooled(net, value)


def _net68(net):
    _dense(net, _features(net), "fc", 136, "points")
    return net.model((_FACE_SIDE, _FACE_SIDE), [("points", (136,))])


def _expression(net):
    net.node("Softmax", [_dense(net, _features(net), "fc", 7)], "expression", axis=1)
    return net.model((_FACE_SIDE, _FACE_SIDE), [("expression", (7,))])


def _reduction(net, value, place, active=True):
    out = _separable(net, _relu(net, value) if active else value, f"{place}/separable_conv0")
    out = _separable(net, _relu(net, out), f"{place}/separable_conv1")
    out = net.node("MaxPool", [out], kernel_shape=(3, 3), strides=(2, 2), pads=_padding(3, 2))
    return _add(net, out, _plain(net, value, f"{place}/expansion_conv", 2))


def _age_gender(net):
    value = _relu(net, _plain(net, "input", "entry_flow/conv_in", 2))
    value = _reduction(net, value, "entry_flow/reduction_block_0", False)
    value = _reduction(net, value, "entry_flow/reduction_block_1")
    for block in range(2):
        out = value
        for layer in range(3):
            out = _separable(net, _relu(net, out),
                             f"middle_flow/main_block_{block}/separable_conv{layer}")
        value = _add(net, out, value)
    value = _reduction(net, value, "exit_flow/reduction_block")
    value = _pooled(net, _relu(net, _separable(net, value, "exit_flow/separable_conv")))
    _dense(net, value, "fc/age", 1, "age")
    net.node("Softmax", [_dense(net, value, "fc/gender", 2)], "gender", axis=1)     # male, female
    return net.model((_FACE_SIDE, _FACE_SIDE), [("age", (1,)), ("gender", (2,))])


# ------------------------------------------------------------------ recipes

def _is_of_preprocessing(tensor):
    """Shapes and constants of TensorFlow's graph, which the layers above know by themselves."""
    return tensor.data.typecode != "f" or not tensor.shape


def _recipe(name, write):
    def make(manifest, weights):
        net = _Network(name, read_weights(manifest, weights))
        made = write(net)
        left = sorted(tensor for tensor, found in net.tensors.items()
                      if tensor not in net.used and not _is_of_preprocessing(found))
        if left:
            raise ConversionError(f"{name} has no use for the tensor {left[0]}")
        return made
    return make


FILES = {f"faceapi_{name}.onnx": _recipe(f"faceapi_{name}", write) for name, write in (
    ("ssd", _ssd), ("tiny", _tiny), ("net68", _net68), ("age_gender", _age_gender),
    ("expression", _expression))}
