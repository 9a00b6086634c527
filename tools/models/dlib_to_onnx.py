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
"""

from array import array

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

    def conv(self, value, layer, affine=None, output=None):
        """A convolution, with the normalisation behind it."""
        weight, bias = layer.weight, layer.bias
        if affine:
            if len(affine.factor) != layer.filters:
                raise ConversionError("a normalisation of another number of channels")
            span = len(weight) // layer.filters
            weight = [w * affine.factor[i // span] for i, w in enumerate(weight)]
            bias = [b * f + o for b, f, o in zip(bias, affine.factor, affine.offset)]
        inputs = [value, self.weight(weight, layer.filters, layer.inputs, *layer.window),
                  self.weight(bias, layer.filters)]
        return self.node("Conv", inputs, output, kernel_shape=layer.window,
                         pads=[*layer.padding] * 2, strides=layer.stride)

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

    def pair(self):
        return self.next(Conv), self.next(Affine)


def _after(side, layer, axis=0):
    side += 2 * layer.padding[axis] - layer.window[axis]
    if side < 0:
        raise ConversionError("a window larger than its map")
    return side // layer.stride[axis] + 1


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
        first, normal = self.layers.pair()
        value = build.node("Relu", [build.conv(self.value, first, normal)])
        second, normal = self.layers.pair()
        value = build.conv(value, second, normal)
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
    first, normal = layers.pair()
    pool = layers.next(Pool)
    value = build.node("Relu", [build.conv("input", first, normal)])
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


FILES = {"resnet29.onnx": resnet29}
