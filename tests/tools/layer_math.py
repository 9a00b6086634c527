"""Evaluates the layers of tools/models in plain Python: slow, obvious, and written from the
definitions of the operators, so that it can tell whether a rewrite keeps the function.

A map is a list of channels, each a list of rows; a vector is a list of numbers.
"""

import math

import layers as ir


def _at(rows, y, x, outside):
    inside = 0 <= y < len(rows) and 0 <= x < len(rows[0])
    return rows[y][x] if inside else outside


def _sizes(layer, rows, window):
    sizes = []
    for axis, extent in enumerate((len(rows), len(rows[0]))):
        free = extent + layer.pads[axis] + layer.pads[axis + 2] - window[axis]
        steps = -(-free // layer.strides[axis]) if layer.ceil else free // layer.strides[axis]
        sizes.append(steps + 1)
    return sizes


def conv(layer, maps):
    out, per_group, high, wide = layer.shape
    tall, broad = _sizes(layer, maps[0], (high, wide))
    top, left = layer.pads[:2]
    result = []
    for o in range(out):
        first = o // (out // layer.groups) * per_group
        bias = layer.bias[o] if layer.bias is not None else 0.0
        rows = [[bias] * broad for _ in range(tall)]
        for i in range(per_group):
            for ky in range(high):
                for kx in range(wide):
                    w = layer.weight[((o * per_group + i) * high + ky) * wide + kx]
                    for y in range(tall):
                        for x in range(broad):
                            rows[y][x] += w * _at(maps[first + i], y * layer.strides[0] + ky - top,
                                                  x * layer.strides[1] + kx - left, 0.0)
        result.append(rows)
    return result


def maxpool(layer, maps):
    high, wide = layer.window
    tall, broad = _sizes(layer, maps[0], layer.window)
    top, left = layer.pads[:2]
    return [[[max(_at(rows, y * layer.strides[0] + ky - top, x * layer.strides[1] + kx - left,
                      -math.inf) for ky in range(high) for kx in range(wide))
              for x in range(broad)] for y in range(tall)] for rows in maps]


def avgpool(layer, maps):
    """Of what a window sees of the map."""
    high, wide = layer.window
    tall, broad = _sizes(layer, maps[0], layer.window)
    top, left = layer.pads[:2]

    def mean(rows, y, x):
        seen = [_at(rows, y * layer.strides[0] + ky - top, x * layer.strides[1] + kx - left, None)
                for ky in range(high) for kx in range(wide)]
        seen = [value for value in seen if value is not None]
        return sum(seen) / len(seen)

    return [[[mean(rows, y, x) for x in range(broad)] for y in range(tall)] for rows in maps]


def step(layer, value):
    return [float(v >= 0 if layer.mode == ir.FROM_ZERO else v < 0) for v in value]


def flat(value):
    """All numbers of a map or vector in row-major order."""
    if isinstance(value, list):
        return [number for part in value for number in flat(part)]
    return [value]


def _each(function, *values):
    if isinstance(values[0], list):
        return [_each(function, *parts) for parts in zip(*values, strict=True)]
    return function(*values)


def _per_channel(function, factors, value):
    return [_each(lambda v, f=f: function(v, f), part)
            for f, part in zip(factors, value, strict=True)]


def dense(layer, value):
    value = flat(value)
    rows, columns = layer.shape
    assert columns == len(value)
    return [layer.bias[r] + sum(layer.weight[r * columns + c] * value[c] for c in range(columns))
            for r in range(rows)]


def softmax(value):
    if isinstance(value[0], list):      # a map: over the channels
        total = _each(lambda *v: sum(math.exp(n) for n in v), *value)
        return [_each(lambda v, t: math.exp(v) / t, part, total) for part in value]
    total = sum(math.exp(v) for v in value)
    return [math.exp(v) / total for v in value]


def pad(layer, maps):
    """Channels of zeros behind those of the map."""
    before, after = layer.shape
    assert len(maps) == before
    return maps + [[[0.0] * len(row) for row in maps[0]] for _ in range(after - before)]


def _place(mode, at, factor, extent):
    """Where in the source the output pixel `at` looks, along one axis."""
    if mode == "half_pixel":
        where = (at + 0.5) / factor - 0.5
    elif mode == "align_corners":
        where = at * (extent - 1) / (extent * factor - 1)
    else:
        where = at / factor
    return min(max(where, 0.0), extent - 1.0)


def resize(layer, maps):
    high, wide = len(maps[0]), len(maps[0][0])

    def value(rows, y, x):
        top, left = int(y), int(x)
        below, right = min(top + 1, high - 1), min(left + 1, wide - 1)
        upper = rows[top][left] * (1 - x + left) + rows[top][right] * (x - left)
        lower = rows[below][left] * (1 - x + left) + rows[below][right] * (x - left)
        return upper * (1 - y + top) + lower * (y - top)

    return [[[value(rows, _place(layer.mode, y, layer.factors[0], high),
                    _place(layer.mode, x, layer.factors[1], wide))
              for x in range(wide * layer.factors[1])]
             for y in range(high * layer.factors[0])] for rows in maps]


def cells(layer, maps):
    """Rows of layer.shape[1] numbers: for each pixel its channels, in order."""
    numbers = [channel[y][x] for y in range(len(maps[0])) for x in range(len(maps[0][0]))
               for channel in maps]
    count, size = layer.shape
    assert len(numbers) == count * size
    return [numbers[i * size:(i + 1) * size] for i in range(count)]


def _prelu(value, slope):
    return value if value > 0 else slope * value


def run(network, picture):
    """{value: result} of every value of the network for one picture."""
    known = {network.input: picture}
    for layer in network.layers:
        inputs = [known[value] for value in layer.inputs]
        if layer.kind == ir.SPLIT:
            start = 0
            for value, count in zip(layer.outputs, layer.parts, strict=True):
                known[value] = inputs[0][start:start + count]
                start += count
            continue
        known[layer.output] = {
            ir.CONV: lambda: conv(layer, inputs[0]),
            ir.DENSE: lambda: dense(layer, inputs[0]),
            ir.MAXPOOL: lambda: maxpool(layer, inputs[0]),
            ir.PRELU: lambda: _per_channel(_prelu, layer.weight, inputs[0]),
            ir.SCALE: lambda: _per_channel(lambda v, f: v * f, layer.weight, inputs[0]),
            ir.RELU: lambda: _each(lambda v: max(v, 0.0), inputs[0]),
            ir.SIGMOID: lambda: _each(lambda v: 1 / (1 + math.exp(-v)), inputs[0]),
            ir.ADD: lambda: _each(lambda a, b: a + b, *inputs),
            ir.SOFTMAX: lambda: softmax(inputs[0]),
            ir.FLATTEN: lambda: flat(inputs[0]),
            ir.PAD: lambda: pad(layer, inputs[0]),
            ir.RESIZE: lambda: resize(layer, inputs[0]),
            ir.CELLS: lambda: cells(layer, inputs[0]),
            ir.AVGPOOL: lambda: avgpool(layer, inputs[0]),
            ir.LEAKY: lambda: _each(lambda v: max(v, layer.slope * v), inputs[0]),
            ir.STEP: lambda: step(layer, inputs[0]),
            ir.PRODUCT: lambda: _each(lambda a, b: a * b, *inputs),
            ir.CONCAT: lambda: [row for part in inputs for row in part],
        }[layer.kind]()
    return known


def outputs(network, picture):
    """The outputs of the network, each as one flat list."""
    known = run(network, picture)
    return [flat(known[value]) for value in network.outputs]
