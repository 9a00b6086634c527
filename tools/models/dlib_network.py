"""Reads a network in dlib's serialisation: what its C++ templates would read.

    network = read_network(Reader(data), loss, layers, picture)

The file names no structure: it is written down by the caller, from the loss
inwards to the picture, and every layer of the file is compared with it.
`layers` has one letter group per layer: "tag" and "skip" leave only a version
in the file, the others ("con", "affine", "relu", "add", "max", "avg", "dense")
leave their numbers, which come back in the order of computation.

Weights of layers that normalise by statistics of the training are turned into a
factor and an offset per channel, as dlib does for inference.
"""

import math
from array import array
from dataclasses import dataclass

_ANY = 1 << 32


@dataclass
class Conv:
    filters: int
    window: tuple           # rows, columns
    stride: tuple
    padding: tuple
    weight: array           # [filters, inputs, rows, columns]
    bias: array
    inputs: int


@dataclass
class Affine:
    factor: array
    offset: array


@dataclass
class Pool:
    window: tuple           # (0, 0): the whole map
    stride: tuple
    padding: tuple


@dataclass
class Dense:
    outputs: int
    inputs: int
    weight: array           # [inputs, outputs]


@dataclass
class Network:
    loss: object
    picture: object
    layers: list            # in the order of computation: None for layers without numbers


def _windowed(reader):
    values = [reader.integer(_ANY) for _ in range(6)]
    return tuple(values[0:2]), tuple(values[2:4]), tuple(values[4:6])


def _con(reader):
    version = reader.string()
    if version not in ("con_4", "con_5"):
        reader.fail(f"layer \"{version[:20]}\" instead of a convolution")
    sizes, params = reader.tensor()
    filters = reader.integer(_ANY)
    window, stride, padding = _windowed(reader)
    shape, bias = reader.sizes(1), reader.sizes(1)
    reader.floats(4)
    if version == "con_5" and not reader.truth():
        reader.fail("a convolution without bias")
    count = math.prod(shape)
    if shape[0] != filters or shape[2:] != window or math.prod(bias) != filters \
            or len(params) != count + filters or 0 in stride:
        reader.fail(f"a convolution of {shape} with {sizes} numbers")
    return Conv(filters, window, stride, padding, params[:count], params[count:], shape[1])


def _statistics(reader, gamma, beta):
    """Factor and offset of a layer that normalises with the statistics that follow."""
    reader.tensor()
    reader.tensor()
    means, variances = reader.tensor()[1], reader.tensor()[1]
    reader.integer(_ANY)
    reader.integer(_ANY)
    epsilon = reader.floats(5)[4]
    if not len(means) == len(variances) == len(gamma) or min(variances) + epsilon <= 0.0:
        reader.fail("unusable statistics")
    factor = array("d", (g / math.sqrt(v + epsilon) for g, v in zip(gamma, variances)))
    return factor, array("d", (b - f * m for b, f, m in zip(beta, factor, means)))


def _affine(reader):
    version = reader.string()
    if version not in ("affine_", "affine_2", "bn_con2"):
        reader.fail(f"layer \"{version[:20]}\" instead of a normalisation")
    _, params = reader.tensor()
    count = math.prod(reader.sizes(1))
    if math.prod(reader.sizes(1)) != count or len(params) != 2 * count or not count:
        reader.fail(f"a normalisation with {len(params)} numbers")
    gamma, beta = params[:count], params[count:]
    if version == "bn_con2":
        return Affine(*_statistics(reader, gamma, beta))
    reader.expect(0)        # for maps, not for vectors
    if version == "affine_2" and reader.truth():
        reader.fail("a normalisation that is switched off")
    return Affine(gamma, beta)


def _pool(name):
    def read(reader):
        reader.string(name)
        return Pool(*_windowed(reader))
    return read


def _dense(reader):
    version = reader.string()
    if version not in ("fc_2", "fc_3"):
        reader.fail(f"layer \"{version[:20]}\" instead of a dense one")
    outputs, inputs = reader.integer(_ANY), reader.integer(_ANY)
    _, params = reader.tensor()
    reader.sizes(1)
    reader.sizes(1)
    reader.expect(1)        # without bias
    reader.floats(4)
    if version == "fc_3":
        reader.truth()
    if len(params) != outputs * inputs:
        reader.fail(f"{len(params)} weights for {inputs} x {outputs}")
    return Dense(outputs, inputs, params)


def _plain(name):
    def read(reader):
        reader.string(name)
    return read


_DETAILS = {"con": _con, "affine": _affine, "relu": _plain("relu_"), "add": _plain("add_prev_"),
            "max": _pool("max_pool_2"), "avg": _pool("avg_pool_2"), "dense": _dense}


def _rest(reader, tensors):
    """What training leaves behind."""
    for _ in range(3):
        reader.truth()
    for _ in range(tensors):
        reader.tensor()


def read_network(reader, loss, layers, picture):
    """The Network; loss and picture are functions that read the details of the two ends."""
    reader.expect(1)
    ends = [loss(reader)]
    versions = []
    for index, kind in enumerate(layers):
        last = index + 1 == len(layers)
        possible = (1,) if kind not in _DETAILS else (2, 3) if last else (1, 2)
        versions.append(reader.expect(*possible))
    ends.append(picture(reader))
    found = []
    for index in reversed(range(len(layers))):
        kind = layers[index]
        if kind not in _DETAILS:
            found.append(None)
            continue
        found.append(_DETAILS[kind](reader))
        if index + 1 == len(layers):
            _rest(reader, 3)
            if versions[index] == 3:
                reader.integer(_ANY)
        else:
            _rest(reader, versions[index] + 1)
    reader.end()
    return Network(ends[0], ends[1], found)
