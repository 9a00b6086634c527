"""Replaces PReLU on maps by operators that ONNX Runtime runs in its blocked layout.

    prelu(x) = x where x > 0, a x elsewhere     (a: one slope per channel)

ONNX Runtime keeps convolutions in a blocked layout (NCHWc) only from one
operator to the next that knows it.  PRelu does not, and takes two thirds of
MobileFaceNet's time with the re-ordering before and after it; Relu, Add and a
scale per channel do.  Hence three rules, exact but for rounding:

* scaled:     prelu(x) = (1 - a) (relu(x) + a / (1 - a) x).  The factor 1 - a
              moves into the weights that read the result.
* two heads:  a small 1x1 convolution reads relu(x) and x, with one weight each.
* after pool: max-pooling is four times less work before the activation.  For
              a >= 0 the two commute; for a < 0, prelu(x) = max(x, a x), so the
              maximum of the pools of x and a x.  Only for a convolution of the
              picture, whose extra channels for a x cost nearly nothing.

Where no rule holds, and on vectors, PRelu stays.
"""

from array import array

from layers import (ADD, CONV, DENSE, MAXPOOL, PRELU, RELU, SCALE, Layer, inputs_scaled,
                    rows_scaled)

# Below this distance of a slope from 1 the division loses float32 precision.
_CLOSEST_TO_ONE = 2.0 ** -20

_PICTURE_CHANNELS = 3

# A pooling stays in the blocked layout when its channels fill the blocks.
_BLOCK = 16

# A head is worth doubling when it has at most this share of its input's channels.
_HEAD_SHARE = 6


def _is_plain_conv(layer):
    return layer is not None and layer.kind == CONV and layer.groups == 1


def _scalable(network, value, positive):
    """The layers whose weights can take a factor per channel of the value, or None.

    A factor passes through a max-pooling only where it is positive.
    """
    found = []
    for layer in network.readers(value):
        if layer is None:
            return None
        if layer.kind == MAXPOOL and positive:
            behind = _scalable(network, layer.output, positive)
            if behind is None:
                return None
            found += behind
        elif layer.kind == DENSE or layer.kind == CONV and (
                layer.groups == 1 or layer.shape[1] == 1 and layer.groups == layer.shape[0]):
            found.append(layer)
        else:
            return None
    return found


def _take_factors(layer, factors):
    if layer.groups > 1:
        layer.weight = rows_scaled(layer.weight, factors)
    else:
        layer.weight = inputs_scaled(layer.weight, layer.shape[0], factors)


def _scaled(network, prelu):
    slopes = prelu.weight
    if any(abs(1.0 - a) < _CLOSEST_TO_ONE for a in slopes):
        return False
    readers = _scalable(network, prelu.output, all(a < 1.0 for a in slopes))
    if not readers:
        return False
    for reader in readers:
        _take_factors(reader, [1.0 - a for a in slopes])
    relu = Layer(RELU, prelu.inputs[:], [network.fresh()])
    scale = Layer(SCALE, prelu.inputs[:], [network.fresh()],
                  array("f", (a / (1.0 - a) for a in slopes)), prelu.shape)
    network.replace(prelu, [relu, scale, Layer(ADD, [scale.output, relu.output], prelu.outputs)])
    return True


def _two_heads(network, prelu):
    readers = network.readers(prelu.output)
    if len(readers) != 1 or readers[0] is None or not readers[0].pointwise():
        return False
    head, slopes = readers[0], prelu.weight
    if head.shape[0] > len(slopes) // _HEAD_SHARE:
        return False
    relu = Layer(RELU, prelu.inputs[:], [network.fresh()])
    positive = Layer(CONV, [relu.output], [network.fresh()],
                     inputs_scaled(head.weight, head.shape[0], [1.0 - a for a in slopes]),
                     head.shape)
    straight = Layer(CONV, prelu.inputs[:], [network.fresh()],
                     inputs_scaled(head.weight, head.shape[0], slopes), head.shape, head.bias)
    network.layers.remove(prelu)
    network.replace(head, [relu, positive, straight,
                           Layer(ADD, [straight.output, positive.output], head.outputs)])
    return True


def _after_pool(network, prelu):
    conv = network.writer(prelu.inputs[0])
    pools = network.readers(prelu.output)
    if not _is_plain_conv(conv) or conv.shape[1] > _PICTURE_CHANNELS \
            or network.readers(conv.output) != [prelu] \
            or len(pools) != 1 or pools[0] is None or pools[0].kind != MAXPOOL:
        return False
    pool, slopes = pools[0], prelu.weight
    readers = network.readers(pool.output)
    if not all(_is_plain_conv(reader) for reader in readers):
        return False

    # Channels of the convolution: all x, then a x for the negative slopes.
    count, span = len(slopes), len(conv.weight) // len(slopes)
    negative = [i for i, a in enumerate(slopes) if a < 0.0]
    for i in negative:
        conv.weight.extend(array("f", (slopes[i] * w for w in conv.weight[i * span:(i + 1) * span])))
        conv.bias.append(slopes[i] * conv.bias[i])
    width = -(-(count + len(negative)) // _BLOCK) * _BLOCK
    spare = width - len(conv.bias)
    conv.weight.extend([0.0] * (spare * span))
    conv.bias.extend([0.0] * spare)
    conv.shape = (width, *conv.shape[1:])

    # From pooled channels to activated ones: straight + relu(bent), where the
    # sign of 1 - a has to move into the readers because a relu cannot give it.
    bent, straight, signs = [array("f", bytes(4 * count * width)) for _ in range(2)] + [[]]
    for i, a in enumerate(slopes):
        row = i * width
        if a < 0.0:
            scaled = row + count + negative.index(i)
            bent[row + i], bent[scaled], straight[scaled] = 1.0, -1.0, 1.0
            signs.append(1.0)
        else:
            sign = 1.0 if a <= 1.0 else -1.0
            bent[row + i], straight[row + i] = abs(1.0 - a), sign * a
            signs.append(sign)
    for reader in readers:
        _take_factors(reader, signs)

    pooled, shape = network.fresh(), (count, width, 1, 1)
    first = Layer(CONV, [pooled], [network.fresh()], bent, shape)
    relu = Layer(RELU, first.outputs[:], [network.fresh()])
    second = Layer(CONV, [pooled], [network.fresh()], straight, shape)
    add = Layer(ADD, [second.output, relu.output], pool.outputs)
    pool.inputs, pool.outputs = conv.outputs[:], [pooled]
    network.layers.remove(prelu)
    network.replace(pool, [pool, first, relu, second, add])
    return True


def rewrite_prelus(network):
    """Applies the first rule that holds to every PReLU on a map."""
    for prelu in list(network.layers):
        before = network.writer(prelu.inputs[0])
        if prelu.kind != PRELU or before is None or before.kind == DENSE:
            continue
        for rule in (_after_pool, _two_heads, _scaled):
            if rule(network, prelu):
                break
