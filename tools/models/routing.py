"""Recognises how a tree of networks says which way a picture takes.

    found = match_projection(graph, fully_connected)     # (layer, operators that it stands for) or None

A node of the tree flattens a map, subtracts a mean and projects the rest onto one direction; the
picture goes one way where that is at least 0, else the other. TensorFlow Lite has this as RESHAPE,
STRIDED_SLICE (of everything), SUB and FULLY_CONNECTED, then GREATER_EQUAL or LESS, and CAST. The mean
goes into the bias here: w (x - m) + b = w x + (b - w m).
"""

from array import array
from math import fsum, prod

from layers import BELOW_ZERO, DENSE, FROM_ZERO, STEP, Layer, permuted

_STEPS = {"GREATER_EQUAL": FROM_ZERO, "LESS": BELOW_ZERO}


def _takes_everything(graph, op):
    """Is this slice the whole of its input?"""
    axes = len(graph.shape(op.inputs[0]))
    every = (1 << axes) - 1
    steps = graph.constant(op.inputs[3])
    return (op.options["begin_mask"] & every == every and op.options["end_mask"] & every == every
            and not (op.options["ellipsis_mask"] or op.options["new_axis_mask"]
                     or op.options["shrink_axis_mask"])
            and len(steps) == axes and all(step == 1 for step in steps)
            and graph.shape(op.inputs[0]) == graph.shape(op.outputs[0]))


def match_projection(graph, dense):
    """dense(flat map - mean) -> (layer, operators) or None."""
    weight, bias = (graph.constant(value) for value in dense.inputs[1:])
    sub = graph.made_by(dense.inputs[0], "SUB")
    mean = graph.constant(sub.inputs[1]) if sub else None
    if mean is None or weight is None or bias is None or dense.options["activation"] or sub.options["activation"]:
        return None
    parts, value = [dense, sub], sub.inputs[0]
    part = graph.made_by(value, "STRIDED_SLICE")
    if part:
        if not _takes_everything(graph, part):
            return None
        parts, value = parts + [part], part.inputs[0]
    flat = graph.made_by(value, "RESHAPE")
    shape = graph.shape(flat.inputs[0]) if flat else ()
    size = graph.shape(dense.inputs[1])
    if len(shape) != 4 or shape[0] != 1 or len(size) != 2 or size[1] != prod(shape) \
            or len(mean) != size[1] or len(bias) != size[0] \
            or not graph.private(parts + [flat], dense):
        return None
    rows = [weight[at:at + size[1]] for at in range(0, len(weight), size[1])]
    shifted = array("f", (fsum([b, *map(lambda w, m: -w * m, row, mean)])
                          for row, b in zip(rows, bias)))
    turned = permuted(weight, (size[0], *shape[1:]), (0, 3, 1, 2))
    return Layer(DENSE, [flat.inputs[0]], [dense.outputs[0]], turned, size, shifted), parts + [flat]


def match_step(graph, cast):
    """1 where a number is at least 0 (or is below 0), else 0 -> (layer, operators) or None."""
    for kind, mode in _STEPS.items():
        compare = graph.made_by(cast.inputs[0], kind)
        bound = graph.constant(compare.inputs[1]) if compare else None
        if bound is not None and list(bound) == [0.0] and graph.private([compare, cast], cast):
            return Layer(STEP, [compare.inputs[0]], [cast.outputs[0]], mode=mode), [compare, cast]
    return None
