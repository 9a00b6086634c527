"""Rounds the channels of maps up to whole blocks, with zeros.

ONNX Runtime keeps maps in blocks of 8 or 16 channels (NCHWc) from one operator to the next as long
as channels fill the blocks; a map of 28 or 42 channels is re-ordered before and after every
depthwise convolution.  Channels of zeros cost less: they come from zero weights and meet zero
weights, so nothing changes but the time.  Zero channels that the network itself puts behind a map
for a residual sum are then there already, or come from a 1x1 convolution, which keeps the blocks.
"""

from array import array

from layers import ADD, CELLS, CONCAT, CONV, MAXPOOL, PAD, RELU, RESIZE, Layer
from problem import ConversionError

_BLOCK = 16
_KINDS = (ADD, CELLS, CONCAT, CONV, MAXPOOL, PAD, RELU, RESIZE)


def _wide(channels):
    return -(-channels // _BLOCK) * _BLOCK


def _grown(weight, shape, rows, columns):
    """A weight [rows, columns, ...] with zeros behind both of its first axes."""
    span = len(weight) // (shape[0] * shape[1])
    out = array("f")
    for row in range(shape[0]):
        out.extend(weight[row * shape[1] * span:(row + 1) * shape[1] * span])
        out.extend([0.0] * ((columns - shape[1]) * span))
    out.extend([0.0] * ((rows - shape[0]) * columns * span))
    return out, (rows, columns, *shape[2:])


def _widen_conv(conv, keep_outputs, keep_inputs):
    rows = conv.shape[0] if keep_outputs else _wide(conv.shape[0])
    columns = conv.shape[1] if keep_inputs or conv.groups > 1 else _wide(conv.shape[1])
    conv.weight, conv.shape = _grown(conv.weight, conv.shape, rows, columns)
    conv.bias = array("f", [*conv.bias, *[0.0] * (rows - len(conv.bias))])
    if conv.groups > 1:
        conv.groups = rows


def _pad_as_conv(pad):
    before, after = pad.shape
    unit = array("f", bytes(4 * after * before))
    for i in range(before):
        unit[i * before + i] = 1.0
    return Layer(CONV, pad.inputs, pad.outputs, unit, (after, before, 1, 1),
                 array("f", bytes(4 * after)))


def _drop(network, layer):
    """Leaves out a layer that changes nothing any more."""
    network.layers.remove(layer)
    for reader in network.layers:
        reader.inputs = [layer.inputs[0] if value == layer.output else value
                         for value in reader.inputs]


def widen(network):
    """Widens all maps between the picture and the lists of cells."""
    if any(layer.kind not in _KINDS or layer.kind == CONV and 1 < layer.groups != layer.shape[0]
           for layer in network.layers):
        raise ConversionError("a layer whose channels cannot be widened")
    for layer in list(network.layers):
        if layer.kind == PAD:
            if _wide(layer.shape[0]) == _wide(layer.shape[1]):
                _drop(network, layer)
            else:
                network.replace(layer, [_pad_as_conv(layer)])
    for layer in network.layers:
        if layer.kind == CONV:
            listed = any(reader is None or reader.kind == CELLS
                         for reader in network.readers(layer.output))
            _widen_conv(layer, listed, layer.inputs[0] == network.input)
