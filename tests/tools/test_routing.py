"""tools/models: a node of a tree of networks keeps its function, and what is not one is refused.

A small network that flattens a map, projects it less a mean, and tells by two steps and a product
which way it goes is evaluated here by hand and, lowered, by layer_math.py.
"""

import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tools" / "models")]

import layer_math                                           # noqa: E402
import layers as ir                                         # noqa: E402
from lowering import lower                                  # noqa: E402
from problem import ConversionError                         # noqa: E402
from tflite_reader import BOOL, INT32, read_model           # noqa: E402
from tiny_tflite import TinyModel, numbers                  # noqa: E402

HIGH, WIDE, CHANNELS = 3, 2, 4      # of the map that is flattened
COUNT = HIGH * WIDE * CHANNELS
BIAS = sum(w * m for w, m in zip(numbers(COUNT, 5), numbers(COUNT, 3)))     # so that both ways are taken


def tree(**changed):
    """LEAKY_RELU, AVERAGE_POOL_2D (SAME), then the node; outputs the projection and both ways."""
    use = {"mask": 3, "step": 1, "bound": 0.0, "alpha": 0.25, "mean": numbers(COUNT, 3), **changed}
    model = TinyModel()
    source = model.tensor("input", [1, 5, 4, CHANNELS])
    leaky = model.operator("LEAKY_RELU", [source], "leaky", [1, 5, 4, CHANNELS], alpha=use["alpha"])
    pooled = model.operator("AVERAGE_POOL_2D", [leaky], "pooled", [1, HIGH, WIDE, CHANNELS], padding=0,
                            stride_w=2, stride_h=2, filter_w=3, filter_h=3, activation=0)
    shape = model.tensor("shape", [2], [1, COUNT], INT32)
    flat = model.operator("RESHAPE", [pooled, shape], "flat", [1, COUNT])
    stacks = [model.tensor(f"stack{i}", [2], values, INT32)
              for i, values in enumerate(([0, 0], [0, 0], [1, use["step"]]))]
    whole = model.operator("STRIDED_SLICE", [flat, *stacks], "whole", [1, COUNT], begin_mask=use["mask"],
                           end_mask=3, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0)
    mean = model.tensor("mean", [1, COUNT], use["mean"])
    moved = model.operator("SUB", [whole, mean], "moved", [1, COUNT], activation=0)
    weight = model.tensor("weight", [1, COUNT], numbers(COUNT, 5))
    asked = model.operator("FULLY_CONNECTED", [moved, weight, model.tensor("bias", [1], [BIAS])], "asked",
                           [1, 1], activation=0, weights_format=0)
    zero = model.tensor("zero", [1], [use["bound"]])
    ways = []
    for kind in ("GREATER_EQUAL", "LESS"):
        truth = model.operator(kind, [asked, zero], kind, [1, 1], gives=BOOL)
        ways.append(model.operator("CAST", [truth], f"cast {kind}", [1, 1]))
    both = model.operator("MUL", [ways[0], ways[0]], "both", [1, 1], activation=0)
    route = model.operator("CONCATENATION", [both, ways[1]], "route", [1, 2], axis=1, activation=0)
    model.inputs, model.outputs = [source], [asked, route]
    return model.encode()


def picture(seed):
    values = iter(numbers(5 * 4 * CHANNELS, 9973 * seed))
    sign = 4 if seed % 2 else -4
    return [[[sign * next(values) for _ in range(4)] for _ in range(5)] for _ in range(CHANNELS)]


def by_hand(maps):
    """What the file says, in the order in which TensorFlow Lite flattens."""
    leaky = [[[v if v > 0 else v / 4 for v in row] for row in rows] for rows in maps]

    def mean(rows, y, x):
        seen = [rows[v][u] for v in range(2 * y - 1, 2 * y + 2) for u in range(2 * x, 2 * x + 3)
                if 0 <= v < 5 and 0 <= u < 4]
        return sum(seen) / len(seen)

    flat = [mean(leaky[c], y, x) for y in range(HIGH) for x in range(WIDE) for c in range(CHANNELS)]
    asked = BIAS + sum(w * (v - m) for w, v, m in zip(numbers(COUNT, 5), flat, numbers(COUNT, 3)))
    return asked, [float(asked >= 0), float(asked < 0)]


class RoutingTest(unittest.TestCase):

    def test_the_function_stays(self):
        network = lower(read_model(tree()))
        self.assertEqual([ir.LEAKY, ir.AVGPOOL, ir.DENSE, ir.STEP, ir.STEP, ir.PRODUCT, ir.CONCAT],
                         [layer.kind for layer in network.layers])
        ways = set()
        for seed in range(1, 30):
            asked, route = layer_math.outputs(network, picture(seed))
            expected, way = by_hand(picture(seed))
            self.assertAlmostEqual(expected, asked[0], places=5)
            self.assertEqual(way, route)
            ways.add(tuple(way))
        self.assertEqual(2, len(ways))

    def test_what_is_no_node_is_refused(self):
        for change in ({"mask": 1}, {"step": 2}, {"bound": 0.5}, {"alpha": -1.0}, {"alpha": 2.0}):
            with self.assertRaises(ConversionError, msg=str(change)):
                lower(read_model(tree(**change)))
        with self.assertRaises(ConversionError):
            lower(read_model(tree()), swap_xy=True)


if __name__ == "__main__":
    unittest.main()
