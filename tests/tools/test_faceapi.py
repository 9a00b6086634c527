"""tools/models/faceapi.py: the order of weights, folding, and what is refused.

That the whole networks answer as the original does is checked by tests/golden/test_faceapi_networks.
"""

import json
import math
import sys
import unittest
from array import array
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tools" / "models")]

import faceapi                              # noqa: E402
from problem import ConversionError         # noqa: E402
from recipes import recipe_of               # noqa: E402


class Source:
    """Weights of the published format under construction: numbers that count up."""

    def __init__(self):
        self.weights, self.data, self.next = [], array("f"), 0

    def add(self, name, *shape):
        count = math.prod(shape)
        self.weights.append({"name": name, "shape": list(shape), "dtype": "float32"})
        self.data.extend(((self.next + i) % 97 + 1) / 128 for i in range(count))
        self.next += count

    def separable(self, place, inward, outward):
        self.add(f"{place}/depthwise_filter", 3, 3, inward, 1)
        self.add(f"{place}/pointwise_filter", 1, 1, inward, outward)
        self.add(f"{place}/bias", outward)

    def files(self):
        return json.dumps([{"paths": ["a"], "weights": self.weights}]).encode(), self.data.tobytes()


def expression(columns=7, width=2):
    source = Source()
    source.add("dense0/conv0/filters", 3, 3, 3, width)
    source.add("dense0/conv0/bias", width)
    for block in range(4):
        for layer in range(4):
            if block or layer:
                source.separable(f"dense{block}/conv{layer}", width, width)
    source.add("fc/weights", width, columns)
    source.add("fc/bias", columns)
    return source


def network(**tensors):
    """A network under construction over tensors of (shape, numbers)."""
    found = {name.replace("__", "/"): faceapi.read_weights(
        json.dumps([{"paths": ["a"], "weights": [{"name": "t", "shape": list(shape),
                                                  "dtype": "float32"}]}]).encode(),
        array("f", numbers).tobytes())["t"] for name, (shape, numbers) in tensors.items()}
    return faceapi._Network("test", found)


class LayerTest(unittest.TestCase):

    def test_filters_are_turned(self):
        # numbers that say where they stand: [height, width, in, out]
        numbers = [1000 * h + 100 * w + 10 * i + o for h in range(2) for w in range(3)
                   for i in range(2) for o in range(3)]
        shape, turned = faceapi._filters(network(w=((2, 3, 2, 3), numbers)), "w")
        self.assertEqual((3, 2, 2, 3), shape)
        self.assertEqual([1000 * h + 100 * w + 10 * i + o for o in range(3) for i in range(2)
                          for h in range(2) for w in range(3)], list(turned))

    def test_depth_filters_are_turned(self):
        numbers = [100 * h + 10 * w + c for h in range(2) for w in range(2) for c in range(3)]
        shape, turned = faceapi._depth_filters(network(w=((2, 2, 3, 1), numbers)), "w")
        self.assertEqual((3, 1, 2, 2), shape)
        self.assertEqual([100 * h + 10 * w + c for c in range(3) for h in range(2)
                          for w in range(2)], list(turned))

    def test_normalisation_is_folded(self):
        net = network(d__depthwise_weights=((1, 1, 2, 1), [3, 5]),
                      d__BatchNorm__gamma=((2,), [2, 4]), d__BatchNorm__beta=((2,), [1, 0.5]),
                      d__BatchNorm__moving_mean=((2,), [10, 20]),
                      d__BatchNorm__moving_variance=((2,), [4, 16]))
        faceapi._ssd_depth(net, "input", "d", 1)
        weight, bias = (w.data for w in net.weights[:2])
        for c, (w, gamma, beta, mean, variance) in enumerate(((3, 2, 1, 10, 4), (5, 4, 0.5, 20, 16))):
            for x in (-7.0, 30.0):
                direct = (w * x - mean) / math.sqrt(variance + faceapi._SSD_EPSILON) * gamma + beta
                self.assertAlmostEqual(direct, weight[c] * x + bias[c], 4)

    def test_same_padding_of_even_sides(self):
        self.assertEqual([(1, 1, 1, 1), (0, 0, 1, 1), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 1, 1),
                          (0, 0, 0, 0)],
                         [faceapi._padding(*each) for each in
                          ((3, 1), (3, 2), (1, 1), (1, 2), (2, 1), (2, 2))])


class RecipeTest(unittest.TestCase):

    def setUp(self):
        self.make = recipe_of("faceapi_expression.onnx")

    def test_a_small_one_is_written_the_same_twice(self):
        first = self.make(*expression().files())
        self.assertEqual(first, self.make(*expression().files()))
        self.assertIn(b"expression", first)

    def test_what_does_not_fit_is_refused(self):
        source = expression(columns=8)
        with self.assertRaisesRegex(ConversionError, "fc/bias has 8 numbers, 7 expected"):
            self.make(*source.files())
        source = expression()
        source.add("left/over", 2)
        with self.assertRaisesRegex(ConversionError, "no use for the tensor left/over"):
            self.make(*source.files())
        for name in ("dense2/conv1/bias", "dense0/conv0/filters", "fc/weights"):
            source = expression()
            next(w for w in source.weights if w["name"] == name)["name"] = "another"
            with self.assertRaisesRegex(ConversionError, f"needs a tensor {name}"):
                self.make(*source.files())
        with self.assertRaises(ConversionError):
            recipe_of("faceapi_tiny.onnx")(*expression().files())

    def test_every_network_has_its_recipe(self):
        for name in ("ssd", "tiny", "net68", "age_gender", "expression"):
            self.assertIsNotNone(recipe_of(f"faceapi_{name}.onnx"))


if __name__ == "__main__":
    unittest.main()
