"""Converts dlib's convolutional networks to ONNX: its face embedding and its MMOD detector.

    onnx = resnet29(dat_bytes)
    onnx = mmod(dat_bytes)

Normalisations move into the convolution before them, in double precision.

Two habits of dlib's residual blocks need care.  Its sum of two maps takes the
larger size of each dimension and fills up with zeros: so the shortcut of a
down-sampling block has fewer channels than the block, and once the block's map
(3 x 3) is smaller than the shortcut's (4 x 4).  Both are filled up by
convolutions here (an identity with more outputs than inputs, one with padding
at two sides), because ONNX Runtime keeps its blocked layout through
convolutions but not through Pad.

The blocked layout wants channels in multiples of 16: MMOD's 45 become 48.  Its
last convolution has one output; written as a transposed convolution with the
mirrored window, which is the same sum, it takes a sixtieth of the time.
"""

import math
from array import array
from dataclasses import replace

import onnx_writer as onnx
from dlib_network import Affine, Conv, Dense, Pool, read_network
from dlib_reader import Reader
from problem import ConversionError

_MEANS = (122.782, 117.001, 104.298)    # of red, green, blue; stands in every contract of these files

_PLAIN = ["affine", "con", "relu", "affine", "con"]
_SAME = ["relu", "add", *_PLAIN, "tag"]
_DOWN = ["relu", "add", "avg", "skip", "tag", *_PLAIN, "tag"]
_RESNET = ["dense", "avg", *_DOWN, *_SAME * 2, *_DOWN, *_SAME * 2, *_DOWN, *_SAME * 3, *_DOWN,
           *_SAME * 3, "max", "relu", "affine", "con"]
_SIDE = 150

_MMOD = ["con", *["relu", "affine", "con"] * 6]
# What detect_mmod.c and the contract rely on: window, overlap of two boxes of one face.
_MMOD_WINDOW = (80, 80)
_MMOD_OVERLAP = (0.3382761351109955, 1.0)
_BLOCK = 16


class _Builder:
    """Nodes and weights; every node's output is its name."""

    def __init__(self):
        self.nodes = []
        self.weights = []

    def weight(self, data, *shape):
        self.weights.append(onnx.Weight(f"w{len(self.weights)}", shape, array("f", data)))
        return self.weights[-1].name

    def node(self, kind, inputs, output=None, **attributes):
        output = output or f"t{len(self.nodes)}"
        self.nodes.append(onnx.Node(kind, inputs, [output], attributes))
        return output

    def conv(self, value, layer):
        """A convolution."""
        inputs = [value, self.weight(layer.weight, layer.filters, layer.inputs, *layer.window),
                  self.weight(layer.bias, layer.filters)]
        return self.node("Conv", inputs, kernel_shape=layer.window, pads=[*layer.padding] * 2,
                         strides=layer.stride)

    def widened(self, value, channels, more):
        """The map with zero channels behind its own."""
        identity = [0.0] * (channels * more)
        identity[:channels * channels:channels + 1] = [1.0] * channels
        return self.node("Conv", [value, self.weight(identity, more, channels, 1, 1)],
                         kernel_shape=[1, 1])

    def enlarged(self, value, channels, by):
        """The map with rows and columns of zeros below and on the right."""
        ones = self.weight([1.0] * channels, channels, 1, 1, 1)
        return self.node("Conv", [value, ones], group=channels, kernel_shape=[1, 1],
                         pads=[0, 0, by, by])


class _Layers:
    """The layers of a network in the order of computation; each must be of the kind expected."""

    def __init__(self, network):
        self.left = [layer for layer in network.layers if layer is not None]
        self.left.reverse()

    def next(self, kind):
        if not self.left or not isinstance(self.left[-1], kind):
            raise ConversionError(f"no {kind.__name__} where one belongs")
        return self.left.pop()

    def folded(self):
        """The next convolution, with the normalisation behind it in its weights."""
        conv, normal = self.next(Conv), self.next(Affine)
        if len(normal.factor) != conv.filters:
            raise ConversionError("a normalisation of another number of channels")
        span = len(conv.weight) // conv.filters
        weight = [w * normal.factor[i // span] for i, w in enumerate(conv.weight)]
        bias = [b * f + o for b, f, o in zip(conv.bias, normal.factor, normal.offset)]
        return replace(conv, weight=weight, bias=bias)


def _in_blocks(conv, first=False):
    """The convolution with zero channels, so that inputs (but the picture's) and outputs fill blocks."""
    inputs = conv.inputs if first else -(-conv.inputs // _BLOCK) * _BLOCK
    filters = -(-conv.filters // _BLOCK) * _BLOCK
    span, more = math.prod(conv.window) * conv.inputs, math.prod(conv.window) * inputs
    weight = []
    for i in range(conv.filters):
        weight += [*conv.weight[i * span:(i + 1) * span], *[0.0] * (more - span)]
    weight += [0.0] * ((filters - conv.filters) * more)
    return replace(conv, filters=filters, inputs=inputs, weight=weight,
                   bias=[*conv.bias, *[0.0] * (filters - conv.filters)])


def _after(side, layer):
    """The side of a square map behind a layer."""
    side += 2 * layer.padding[0] - layer.window[0]
    if side < 0:
        raise ConversionError("a window larger than its map")
    return side // layer.stride[0] + 1


def _metric_loss(reader):
    version = reader.string()
    if version == "loss_metric_2":
        reader.floats(2)
    elif version != "loss_metric_":
        reader.fail("another loss than that of an embedding")


def _means(reader):
    means = reader.floats(3)
    if any(abs(mean - known) > 1e-4 for mean, known in zip(means, _MEANS)):
        reader.fail(f"other mean colours than {_MEANS}")


def _sized_picture(reader):
    reader.string("input_rgb_image_sized")
    _means(reader)
    reader.expect(_SIDE)
    reader.expect(_SIDE)


class _Residual:
    """The chain of residual blocks: value, channels and side of the map so far."""

    def __init__(self, builder, layers, value, channels, side):
        self.builder, self.layers = builder, layers
        self.value, self.channels, self.side = value, channels, side

    def block(self):
        """relu(shortcut + block), with or without down-sampling."""
        build = self.builder
        first, second = self.layers.folded(), self.layers.folded()
        value = build.node("Relu", [build.conv(self.value, first)])
        value = build.conv(value, second)
        side, shortcut = _after(_after(self.side, first), second), self.value
        if first.stride != (1, 1):
            pool = self.layers.next(Pool)
            shortcut = build.node("AveragePool", [shortcut], kernel_shape=pool.window,
                                  pads=[*pool.padding] * 2, strides=pool.stride)
            smaller, side = side, _after(self.side, pool)
            if smaller < side:
                value = build.enlarged(value, second.filters, side - smaller)
            if self.channels < second.filters:
                shortcut = build.widened(shortcut, self.channels, second.filters)
            if smaller > side:
                raise ConversionError("a shortcut smaller than its block")
        elif side != self.side or second.filters != self.channels:
            raise ConversionError("a block that changes the size of its map")
        self.value = build.node("Relu", [build.node("Add", [value, shortcut])])
        self.channels, self.side = second.filters, side


def resnet29(data):
    """ONNX bytes of dlib_face_recognition_resnet_model_v1.dat: [N,3,150,150] to [N,128]."""
    network = read_network(Reader(data), _metric_loss, _RESNET, _sized_picture)
    layers, build = _Layers(network), _Builder()
    first, pool = layers.folded(), layers.next(Pool)
    value = build.node("Relu", [build.conv("input", first)])
    value = build.node("MaxPool", [value], kernel_shape=pool.window, pads=[*pool.padding] * 2,
                       strides=pool.stride)
    chain = _Residual(build, layers, value, first.filters, _after(_after(_SIDE, first), pool))
    for _ in range(_RESNET.count("add")):
        chain.block()
    if layers.next(Pool).window != (0, 0):
        raise ConversionError("a last pooling that is not over the whole map")
    dense = layers.next(Dense)
    if dense.inputs != chain.channels:
        raise ConversionError("a last layer of another size")
    value = build.node("Flatten", [build.node("GlobalAveragePool", [chain.value])], axis=1)
    build.node("Gemm", [value, build.weight(dense.weight, dense.inputs, dense.outputs)],
               "embedding")
    return onnx.encode_model(onnx.Graph(
        "resnet29", [onnx.Value("input", ["N", 3, _SIDE, _SIDE])],
        [onnx.Value("embedding", ["N", dense.outputs])], build.nodes, build.weights))


def _mmod_loss(reader):
    reader.string("loss_mmod_")
    reader.expect(1)
    if (reader.integer(), reader.integer()) != _MMOD_WINDOW:
        reader.fail("a window of another size")
    reader.floats(3)
    overlap = tuple(reader.floats(2))
    if any(abs(a - b) > 1e-6 for a, b in zip(overlap, _MMOD_OVERLAP)):
        reader.fail(f"boxes that overlap otherwise ({overlap})")
    reader.floats(2)


def _pyramid(reader):
    reader.string("input_rgb_image_pyramid")    # steps of 5/6, padding 10 and 11
    _means(reader)


def _mirrored(conv):
    """The window of every input channel the other way round."""
    span = math.prod(conv.window)
    rows = (conv.weight[i:i + span] for i in range(0, len(conv.weight), span))
    return [value for row in rows for value in reversed(row)]


def mmod(data):
    """ONNX bytes of mmod_human_face_detector.dat: [N,3,H,W] to [N,1,h,w].

    Cell [y,x] is the score of the window of 80 x 80 pixels around (8x + 14, 8y + 14).
    """
    network = read_network(Reader(data), _mmod_loss, _MMOD, _pyramid)
    layers, build, value = _Layers(network), _Builder(), "input"
    for index in range(_MMOD.count("affine")):
        conv = layers.folded()
        if conv.stride != ((2, 2) if index < 3 else (1, 1)):
            raise ConversionError("another stride than MMOD's")
        value = build.node("Relu", [build.conv(value, _in_blocks(conv, index == 0))])
    last = layers.next(Conv)
    if (last.filters, last.stride) != (1, (1, 1)):
        raise ConversionError("a last convolution of another kind")
    blocks = _in_blocks(last)
    build.node("ConvTranspose",
               [value, build.weight(_mirrored(blocks)[:blocks.inputs * math.prod(last.window)],
                                    blocks.inputs, 1, *last.window),
                build.weight(last.bias, 1)],
               "scores", kernel_shape=last.window, pads=[*last.padding] * 2)
    return onnx.encode_model(onnx.Graph(
        "mmod", [onnx.Value("input", ["N", 3, "H", "W"])],
        [onnx.Value("scores", ["N", 1, "h", "w"])], build.nodes, build.weights))


FILES = {"resnet29.onnx": resnet29, "mmod.onnx": mmod}
