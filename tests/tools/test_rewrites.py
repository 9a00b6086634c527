"""tools/models: lowering, simplify and activations keep the function of a network.

Small networks are evaluated by layer_math.py before and after each rewrite, on
inputs of both signs and with slopes below 0, between 0 and 1, and above 1.
"""

import sys
import unittest
from array import array
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tools" / "models")]

import layer_math                                           # noqa: E402
import layers as ir                                         # noqa: E402
import tflite_reader                                        # noqa: E402
from activations import rewrite_prelus                      # noqa: E402
from layers import Layer, Network                           # noqa: E402
from lowering import lower                                  # noqa: E402
from problem import ConversionError                         # noqa: E402
from simplify import simplify                               # noqa: E402
from tflite_reader import read_model                        # noqa: E402
from tiny_tflite import TinyModel, numbers                  # noqa: E402
from widen import widen                                     # noqa: E402

SLOPES = [0.25, -0.5, 1.5, 0.0, 1.0, -2.0]


def picture(channels, high, wide, seed=7):
    values = iter(numbers(channels * high * wide, seed))
    return [[[next(values) for _ in range(wide)] for _ in range(high)] for _ in range(channels)]


def transposed(maps):
    return [[list(column) for column in zip(*rows)] for rows in maps]


def conv(inputs, outputs, shape, groups=1, seed=1, **more):
    count = shape[0] * shape[1] * shape[2] * shape[3]
    return Layer(ir.CONV, [inputs], [outputs], array("f", numbers(count, seed)), shape,
                 array("f", numbers(shape[0], seed + 50)), groups, **more)


def prelu(inputs, outputs, slopes):
    return Layer(ir.PRELU, [inputs], [outputs], array("f", slopes), (len(slopes),))


def kinds(network):
    return [layer.kind for layer in network.layers]


class NetworkTest(unittest.TestCase):

    def assert_close(self, before, after, places=5):
        self.assertEqual([len(output) for output in before], [len(output) for output in after])
        for first, second in zip(before, after):
            for a, b in zip(first, second):
                self.assertAlmostEqual(a, b, places=places)

    def assert_rewrite_keeps(self, network, rewrite, channels=3, high=7, wide=6):
        maps = picture(channels, high, wide)
        before = layer_math.outputs(network, maps)
        rewrite(network)
        self.assert_close(before, layer_math.outputs(network, maps))


class LoweringTest(NetworkTest):

    def model(self, by_absolute=True, high=6, wide=5):
        """Convolution (SAME, stride 2), PReLU, depthwise convolution, pooling (SAME), dense."""
        model = TinyModel()
        size = [1, -(-high // 2), -(-wide // 2), 6]
        pooled = [1, -(-size[1] // 2), -(-size[2] // 2), 6]
        source = model.tensor("input", [1, high, wide, 3])
        first = model.operator(
            "CONV_2D", [source, model.tensor("w", [6, 3, 3, 3], numbers(162)),
                        model.tensor("b", [6], numbers(6, 2))],
            "conv", size, padding=0, stride_w=2, stride_h=2, activation=0)
        active = model.prelu(first, size, SLOPES, by_absolute)
        deep = model.operator(
            "DEPTHWISE_CONV_2D", [active, model.tensor("dw", [1, 3, 3, 6], numbers(54, 3)),
                                  model.tensor("db", [6], numbers(6, 4))],
            "deep", size, padding=0, stride_w=1, stride_h=1, multiplier=1, activation=0)
        total = model.operator("ADD", [deep, active], "total", size, activation=0)
        pool = model.operator("MAX_POOL_2D", [total], "pool", pooled, padding=0, stride_w=2,
                              stride_h=2, filter_w=3, filter_h=3, activation=0)
        columns = pooled[1] * pooled[2] * 6
        dense = model.operator(
            "FULLY_CONNECTED", [pool, model.tensor("rows", [3, columns], numbers(3 * columns, 5)),
                                model.tensor("offset", [3], [0.5, -0.25, 0.0])],
            "dense", [1, 3], activation=0)
        model.inputs, model.outputs = [source], [model.softmax(dense, [1, 3], "prob"), active]
        return read_model(model.encode())

    def test_expanded_operators_are_recognised(self):
        for by_absolute in (True, False):
            network = lower(self.model(by_absolute))
            self.assertEqual([ir.CONV, ir.PRELU, ir.CONV, ir.ADD, ir.MAXPOOL, ir.DENSE, ir.SOFTMAX],
                             kinds(network))
            self.assertEqual(SLOPES, list(network.layers[1].weight))

    def test_padding_same_puts_the_odd_pixel_at_the_end(self):
        network = lower(self.model(high=6, wide=5))
        self.assertEqual((0, 1, 1, 1), network.layers[0].pads)
        self.assertEqual((1, 1, 1, 1), network.layers[2].pads)
        self.assertEqual((1, 1, 1, 1), network.layers[4].pads)

    def test_exchanged_axes_take_the_upright_picture(self):
        model = self.model(high=8, wide=5)
        maps = picture(3, 8, 5)
        plain, swapped = lower(model), lower(model, swap_xy=True)
        turned = layer_math.run(swapped, transposed(maps))
        straight = layer_math.run(plain, maps)
        prob, active = plain.outputs
        self.assert_close([straight[prob]], [turned[prob]])
        self.assert_close([layer_math.flat(straight[active])],
                          [layer_math.flat(transposed(turned[active]))])

    def test_free_size_refuses_padding_that_depends_on_the_size(self):
        with self.assertRaisesRegex(ConversionError, "free size"):
            lower(self.model(), free_size=True)

    def test_a_visible_part_keeps_a_pattern_from_matching(self):
        model = self.model()
        relu = next(op for op in model.operators if op.kind == "RELU")
        model.outputs.append(relu.outputs[0])
        with self.assertRaisesRegex(ConversionError, "ABS"):    # the first part without a meaning of its own
            lower(model)


class DetectorTest(NetworkTest):
    """What BlazeFace is made of: weights in half precision, padded sums, larger maps, lists of cells."""

    def halves(self, model, name, shape, seed):
        count = 1
        for extent in shape:
            count *= extent
        half = model.tensor(f"{name}_half", shape, numbers(count, seed), tflite_reader.FLOAT16)
        return model.operator("DEQUANTIZE", [half], name, shape)

    def conv(self, model, source, name, size, channels, seed):
        shape = [size[3], 1, 1, channels]
        return model.operator(
            "CONV_2D", [source, self.halves(model, f"{name}_w", shape, seed),
                        self.halves(model, f"{name}_b", [size[3]], seed + 1)],
            name, size, padding=0, stride_w=1, stride_h=1, activation=0)

    def model(self, half_pixel=0, pad=None):
        model = TinyModel()
        source = model.tensor("input", [1, 4, 6, 3])
        first = self.conv(model, source, "first", [1, 4, 6, 3], 3, 1)
        active = model.operator("RELU", [first], "active", [1, 4, 6, 3])
        amounts = model.tensor("amounts", [4, 2], pad or [0, 0, 0, 0, 0, 0, 0, 17],
                               tflite_reader.INT32)
        wide = model.operator("PAD", [active, amounts], "wide", [1, 4, 6, 20])
        total = model.operator("ADD", [self.conv(model, active, "second", [1, 4, 6, 20], 3, 3),
                                       wide], "total", [1, 4, 6, 20], activation=0)
        extents = model.tensor("extents", [2], [8, 12], tflite_reader.INT32)
        large = model.operator("RESIZE_BILINEAR", [total, extents], "large", [1, 8, 12, 20],
                               align_corners=0, half_pixel=half_pixel)
        lists = []
        for name, value, size in (("near", total, [1, 4, 6, 4]), ("far", large, [1, 8, 12, 6])):
            head = self.conv(model, value, name, size, 20, 5)
            lists.append(model.operator("RESHAPE", [head], f"{name}_cells",
                                        [1, size[1] * size[2] * size[3] // 2, 2]))
        both = model.operator("CONCATENATION", lists, "both", [1, 48 + 288, 2], axis=1,
                              activation=0)
        model.inputs, model.outputs = [source], [both]
        return model

    def lowered(self, **options):
        return lower(read_model(self.model(**options).encode()))

    def test_operators_become_layers(self):
        network = self.lowered()
        self.assertEqual([ir.CONV, ir.RELU, ir.PAD, ir.CONV, ir.ADD, ir.RESIZE, ir.CONV, ir.CELLS,
                          ir.CONV, ir.CELLS, ir.CONCAT], kinds(network))
        self.assertEqual(numbers(9, 1), list(network.layers[0].weight))     # exact in half precision
        self.assertEqual(("asymmetric", (2, 2)), (network.layers[5].mode, network.layers[5].factors))
        self.assertEqual("half_pixel", self.lowered(half_pixel=1).layers[5].mode)

    def test_cells_are_rows_of_pixels(self):
        network = self.lowered()
        near = network.layers[6].output
        known = layer_math.run(network, picture(3, 4, 6))
        rows = known[network.outputs[0]]
        self.assertEqual(336, len(rows))
        self.assertEqual([known[near][2][0][1], known[near][3][0][1]], rows[3])

    def test_widening_keeps_the_function(self):
        network = self.lowered()
        self.assert_rewrite_keeps(network, widen, 3, 4, 6)
        self.assertEqual([(16, 3, 1, 1), (32, 16, 1, 1), (32, 16, 1, 1), (4, 32, 1, 1), (6, 32, 1, 1)],
                         [layer.shape for layer in network.layers if layer.kind == ir.CONV])
        self.assertNotIn(ir.PAD, kinds(network))

    def test_a_padding_inside_a_block_vanishes(self):
        network = Network([conv(0, 1, (18, 3, 3, 3), pads=(1, 1, 1, 1)),
                           Layer(ir.PAD, [1], [2], shape=(18, 30)),
                           conv(1, 3, (18, 1, 3, 3), 18, seed=2, pads=(1, 1, 1, 1)),
                           conv(3, 4, (30, 18, 1, 1), seed=3), Layer(ir.ADD, [2, 4], [5]),
                           conv(5, 6, (4, 30, 1, 1), seed=4)], 0, [6])
        self.assert_rewrite_keeps(network, widen)
        self.assertEqual([ir.CONV] * 3 + [ir.ADD, ir.CONV], kinds(network))
        self.assertEqual((32, 1, 3, 3), network.layers[1].shape)
        self.assertEqual(32, network.layers[1].groups)

    def test_what_cannot_be_widened_is_refused(self):
        network = Network([conv(0, 1, (6, 4, 3, 3)), prelu(1, 2, SLOPES)], 0, [2])
        with self.assertRaisesRegex(ConversionError, "widened"):
            widen(network)

    def test_other_forms_are_refused(self):
        with self.assertRaisesRegex(ConversionError, "PAD"):
            self.lowered(pad=[0, 0, 1, 0, 0, 0, 0, 17])
        for change, reason in (
                (lambda m: m.operators[0][1].__setitem__(0, 0), "half precision"),
                (lambda m: m.operators[-1][3].__setitem__("axis", 2), "CONCATENATION")):
            model = self.model()
            change(model)
            with self.assertRaisesRegex(ConversionError, reason):
                lower(read_model(model.encode()))


class SimplifyTest(NetworkTest):

    def test_two_linear_convolutions_become_one(self):
        network = Network([conv(0, 1, (4, 3, 3, 3)), conv(1, 2, (8, 4, 1, 1), seed=2),
                           conv(2, 3, (5, 8, 1, 1), seed=3)], 0, [3])
        self.assert_rewrite_keeps(network, simplify)
        self.assertEqual([(4, 3, 3, 3), (5, 4, 1, 1)], [layer.shape for layer in network.layers])

    def test_a_bottleneck_stays(self):
        network = Network([conv(0, 1, (1, 3, 1, 1)), conv(1, 2, (6, 1, 1, 1), seed=2)], 0, [2])
        self.assert_rewrite_keeps(network, simplify)
        self.assertEqual(2, len(network.layers))

    def test_a_value_with_two_readers_stays(self):
        network = Network([conv(0, 1, (4, 3, 1, 1)), conv(1, 2, (4, 4, 1, 1), seed=2),
                           Layer(ir.ADD, [1, 2], [3])], 0, [3])
        self.assert_rewrite_keeps(network, simplify)
        self.assertEqual(3, len(network.layers))

    def test_a_head_on_one_pixel_becomes_dense(self):
        network = Network([conv(0, 1, (4, 3, 7, 6)), conv(1, 2, (5, 4, 1, 1), seed=2),
                           Layer(ir.FLATTEN, [2], [3])], 0, [3], {1: (1, 1), 2: (1, 1)})
        self.assert_rewrite_keeps(network, simplify)
        self.assertEqual([ir.CONV, ir.DENSE], kinds(network))

    def test_softmax_of_two_classes_and_its_neighbour(self):
        network = Network([conv(0, 1, (8, 3, 3, 3)), conv(1, 2, (2, 8, 1, 1), seed=2),
                           conv(1, 3, (4, 8, 1, 1), seed=3), Layer(ir.SOFTMAX, [2], [4])],
                          0, [4, 3])
        maps = picture(3, 7, 6)
        prob, boxes = layer_math.outputs(network, maps)
        simplify(network)
        self.assertEqual([ir.CONV, ir.CONV, ir.SPLIT, ir.SIGMOID], kinds(network))
        face = prob[len(prob) // 2:]
        self.assert_close([face, boxes], layer_math.outputs(network, maps))


class ActivationTest(NetworkTest):

    def chain(self, slopes, *behind):
        """A convolution of a map of features, a PReLU, and what follows; 6 channels."""
        return Network([conv(0, 1, (6, 4, 3, 3)), prelu(1, 2, slopes), *behind], 0,
                       [behind[-1].output])

    def test_scaled(self):
        slopes = [a if a != 1.0 else 0.75 for a in SLOPES]
        for name, reader in {
                "convolution": conv(2, 3, (4, 6, 3, 3), seed=4),
                "depthwise": conv(2, 3, (6, 1, 3, 3), groups=6, seed=4),
                "dense": Layer(ir.DENSE, [2], [3], array("f", numbers(2 * 6 * 5 * 4)),
                               (2, 6 * 5 * 4), array("f", [0.5, 0.25]))}.items():
            with self.subTest(name):
                network = self.chain(slopes, reader)
                self.assert_rewrite_keeps(network, rewrite_prelus, channels=4)
                self.assertEqual([ir.RELU, ir.SCALE, ir.ADD], kinds(network)[1:4])

    def test_a_slope_of_one_cannot_be_scaled(self):
        network = self.chain(SLOPES, conv(2, 3, (4, 6, 3, 3), seed=4))
        self.assert_rewrite_keeps(network, rewrite_prelus, channels=4)
        self.assertIn(ir.PRELU, kinds(network))

    def test_through_a_pool_only_with_positive_factors(self):
        def behind():
            return (Layer(ir.MAXPOOL, [2], [3], window=(2, 2), strides=(2, 2), ceil=True),
                    conv(3, 4, (4, 6, 2, 2), seed=4))
        for slopes, gone in (([0.25, -0.5, 0.5, 0.0, 0.75, -2.0], True),
                             ([0.25, -0.5, 1.5, 0.0, 0.75, -2.0], False)):
            network = self.chain(slopes, *behind())
            self.assert_rewrite_keeps(network, rewrite_prelus, channels=4)
            self.assertEqual(gone, ir.PRELU not in kinds(network))

    def test_an_output_is_never_scaled(self):
        network = self.chain(SLOPES, conv(2, 3, (4, 6, 3, 3), seed=4))
        network.outputs.append(2)
        self.assert_rewrite_keeps(network, rewrite_prelus, channels=4)
        self.assertIn(ir.PRELU, kinds(network))

    def test_two_heads(self):
        network = self.chain(SLOPES, conv(2, 3, (1, 6, 1, 1), seed=4))
        self.assert_rewrite_keeps(network, rewrite_prelus, channels=4)
        self.assertEqual([ir.CONV, ir.RELU, ir.CONV, ir.CONV, ir.ADD], kinds(network))

    def test_after_pool(self):
        for ceil in (False, True):
            network = Network(
                [conv(0, 1, (6, 3, 3, 3)), prelu(1, 2, SLOPES),
                 Layer(ir.MAXPOOL, [2], [3], window=(2, 2), strides=(2, 2), ceil=ceil),
                 conv(3, 4, (4, 6, 2, 2), seed=4)], 0, [4])
            self.assert_rewrite_keeps(network, rewrite_prelus, high=9, wide=8)
            self.assertEqual([ir.CONV, ir.MAXPOOL, ir.CONV, ir.RELU, ir.CONV, ir.ADD, ir.CONV],
                             kinds(network))
            self.assertEqual((16, 3, 3, 3), network.layers[0].shape)


class PermutedTest(unittest.TestCase):

    def test_against_indices(self):
        shape, order = (2, 3, 4, 5), (3, 0, 2, 1)
        source = array("f", range(120))
        expected = [((c * 3 + d) * 4 + b) * 5 + a
                    for a in range(5) for c in range(2) for b in range(4) for d in range(3)]
        self.assertEqual(expected, list(ir.permuted(source, shape, order)))


if __name__ == "__main__":
    unittest.main()
