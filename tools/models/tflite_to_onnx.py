"""Converts a TensorFlow Lite network to ONNX: bytes in, bytes out.

    onnx = convert(tflite_bytes, RECIPES["pnet"])

A recipe says what the file does not: the names of the outputs, the input shape
and whether the network was trained on pictures with x and y exchanged.
The result is NCHW throughout; only lists of cells, which a detector's decoding reads, are transposed.
"""

from array import array
from dataclasses import dataclass
from functools import partial

import onnx_writer as onnx
from activations import rewrite_prelus
from layers import (ADD, AVGPOOL, CELLS, CONCAT, CONV, DENSE, FLATTEN, FROM_ZERO, LEAKY, MAXPOOL,
                    PAD, PRELU, PRODUCT, RELU, RESIZE, SCALE, SIGMOID, SOFTMAX, SPLIT, STEP, Layer)
from lowering import lower
from problem import ConversionError
from simplify import simplify
from tflite_reader import read_model
from widen import widen

# An epsilon that cuDNN accepts too; with it and this variance a batch
# normalisation divides by the square root of exactly 1.
_EPSILON = 2.0 ** -16


@dataclass(frozen=True)
class Recipe:
    name: str
    input: tuple            # shape; a string is a free dimension
    outputs: tuple          # (name, name of the tensor in the source, shape) each
    swap_xy: bool = False
    wide: bool = False      # channels in whole blocks: for networks of narrow maps (widen.py)

    def free_size(self):
        return isinstance(self.input[2], str)


RECIPES = {
    "pnet": Recipe("pnet", ("N", 3, "H", "W"), (
        ("prob", "pnet/prob1", ("N", 1, "h", "w")),
        ("boxes", "pnet/conv4-2/BiasAdd", ("N", 4, "h", "w"))), swap_xy=True),
    "rnet": Recipe("rnet", ("N", 3, 24, 24), (
        ("prob", "rnet/prob1", ("N", 2)),
        ("boxes", "rnet/conv5-2/conv5-2", ("N", 4))), swap_xy=True),
    "onet": Recipe("onet", ("N", 3, 48, 48), (
        ("prob", "onet/prob1", ("N", 2)),
        ("boxes", "onet/conv6-2/conv6-2", ("N", 4)),
        ("landmarks", "onet/conv6-3/conv6-3", ("N", 10))), swap_xy=True),
    "mobilefacenet": Recipe("mobilefacenet", ("N", 3, 112, 112), (
        ("embedding", "embeddings", ("N", 192)),)),
    "blazeface_short": Recipe("blazeface_short", ("N", 3, 128, 128), (
        ("boxes", "regressors", ("N", 896, 16)),
        ("scores", "classificators", ("N", 896, 1))), wide=True),
    "blazeface_full": Recipe("blazeface_full", ("N", 3, 192, 192), (
        ("boxes", "reshaped_regressor_face_4", ("N", 2304, 16)),
        ("scores", "reshaped_classifier_face_4", ("N", 2304, 1))), wide=True),
    "antispoof": Recipe("antispoof", ("N", 3, 256, 256), (
        ("leaves", "Identity", ("N", 8)),
        ("route", "Identity_1", ("N", 8)))),
}


class _Emitter:
    """Collects nodes and weights; gives every value its name."""

    def __init__(self, names):
        self.names = names
        self.nodes = []
        self.weights = []

    def name(self, value):
        return self.names.setdefault(value, f"t{len(self.names)}")

    def weight(self, data, *shape):
        name = f"w{len(self.weights)}"
        self.weights.append(onnx.Weight(name, shape, data))
        return name

    def node(self, kind, layer, extra=(), **attributes):
        inputs = [self.name(value) for value in layer.inputs] + list(extra)
        outputs = [self.name(value) for value in layer.outputs]
        self.nodes.append(onnx.Node(kind, inputs, outputs, attributes))

    def matrix(self, layer):
        """The names of weight and bias."""
        names = [self.weight(layer.weight, *layer.shape)]
        if layer.bias is not None:
            names.append(self.weight(layer.bias, len(layer.bias)))
        return names

    def conv(self, layer):
        self.node("Conv", layer, self.matrix(layer), group=layer.groups,
                  kernel_shape=layer.shape[2:], pads=layer.pads, strides=layer.strides)

    def dense(self, layer, rank):
        if rank == 4:
            flat = Layer(FLATTEN, layer.inputs, [("flat", layer.output)])
            self.node("Flatten", flat, axis=1)
            layer.inputs = flat.outputs
        self.node("Gemm", layer, self.matrix(layer), transB=1)

    def maxpool(self, layer):
        self.node("MaxPool", layer, ceil_mode=int(layer.ceil), kernel_shape=layer.window,
                  pads=layer.pads, strides=layer.strides)

    def avgpool(self, layer):
        self.node("AveragePool", layer, kernel_shape=layer.window, pads=layer.pads,
                  strides=layer.strides)

    def step(self, layer):
        """1 or 0; comparisons give truth values."""
        truth = Layer(STEP, layer.inputs, [("truth", layer.output)])
        self.node("GreaterOrEqual" if layer.mode == FROM_ZERO else "Less", truth,
                  [self.weight(array("f", [0.0]), 1)])
        self.node("Cast", Layer(STEP, truth.outputs, layer.outputs), to=onnx.FLOAT)

    def scale(self, layer):
        count = len(layer.weight)
        zeros = self.weight(array("f", [0.0] * count), count)
        variance = self.weight(array("f", [1.0 - _EPSILON] * count), count)
        self.node("BatchNormalization", layer,
                  [self.weight(layer.weight, count), zeros, zeros, variance], epsilon=_EPSILON)

    def prelu(self, layer, rank):
        self.node("PRelu", layer, [self.weight(layer.weight, *layer.shape, *[1] * (rank - 2))])

    def split(self, layer):
        self.node("Split", layer, [self.weight(array("q", layer.parts), len(layer.parts))], axis=1)

    def pad(self, layer):
        before, after = layer.shape
        amounts = array("q", [0, 0, 0, 0, 0, after - before, 0, 0])
        self.node("Pad", layer, [self.weight(amounts, 8)], mode="constant")

    def resize(self, layer):
        factors = array("f", [1.0, 1.0, *layer.factors])
        self.node("Resize", layer, ["", self.weight(factors, 4)], mode="linear",
                  coordinate_transformation_mode=layer.mode)

    def cells(self, layer):
        rows = Layer(CELLS, layer.inputs, [("rows", layer.output)])
        self.node("Transpose", rows, perm=(0, 2, 3, 1))
        self.node("Reshape", Layer(CELLS, rows.outputs, layer.outputs),
                  [self.weight(array("q", [0, *layer.shape]), 3)])

    def layer(self, layer, rank):
        rules = {CONV: self.conv, MAXPOOL: self.maxpool, SCALE: self.scale, SPLIT: self.split,
                 PAD: self.pad, RESIZE: self.resize, CELLS: self.cells, AVGPOOL: self.avgpool,
                 STEP: self.step}
        ranked = {DENSE: self.dense, PRELU: self.prelu}
        plain = {ADD: ("Add", {}), RELU: ("Relu", {}), SIGMOID: ("Sigmoid", {}),
                 SOFTMAX: ("Softmax", {"axis": 1}), FLATTEN: ("Flatten", {"axis": 1}),
                 CONCAT: ("Concat", {"axis": 1}), LEAKY: ("LeakyRelu", {"alpha": layer.slope}),
                 PRODUCT: ("Mul", {})}
        if layer.kind in rules:
            rules[layer.kind](layer)
        elif layer.kind in ranked:
            ranked[layer.kind](layer, rank)
        else:
            kind, attributes = plain[layer.kind]
            self.node(kind, layer, **attributes)


def _emit(network, names):
    """Nodes and weights of the network; names gives some values their names."""
    emitter = _Emitter(names)
    ranks = {network.input: 4}
    for layer in network.layers:
        rank = ranks[layer.inputs[0]]
        emitter.layer(layer, rank)
        for value in layer.outputs:
            ranks[value] = {DENSE: 2, FLATTEN: 2, CELLS: 3}.get(layer.kind, rank)
    return emitter


def convert(data, recipe):
    """ONNX bytes of the TensorFlow Lite network in `data`.

    Raises TfliteError for bytes that are no such network, ConversionError for
    a network that is not what the recipe expects.
    """
    model = read_model(data)
    network = lower(model, recipe.swap_xy, recipe.free_size())
    by_name = {model.tensors[value].name: value for value in model.outputs}
    names = {network.input: "input"}
    for name, source, _ in recipe.outputs:
        if source not in by_name:
            raise ConversionError(f"no output named {source}")
        names[by_name[source]] = name
    simplify(network)
    rewrite_prelus(network)
    if recipe.wide:
        widen(network)
    emitter = _emit(network, names)
    return onnx.encode_model(onnx.Graph(
        recipe.name, [onnx.Value("input", list(recipe.input))],
        [onnx.Value(name, list(shape)) for name, _, shape in recipe.outputs],
        emitter.nodes, emitter.weights))


FILES = {f"{name}.onnx": partial(convert, recipe=recipe) for name, recipe in RECIPES.items()}
