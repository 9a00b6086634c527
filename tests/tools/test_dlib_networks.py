"""dlib's networks as ONNX: small ones with random weights, against the sums written out here."""

import contextlib
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tools" / "models")]

try:
    import numpy
    import onnxruntime
    MISSING = ""
except ImportError as error:
    MISSING = f"{error.name} is missing (tests/tools/requirements.txt)"

import dlib_to_onnx                         # noqa: E402
from problem import ConversionError         # noqa: E402
from tiny_dlib import TinyNetwork, floating, integer, string     # noqa: E402

MEANS = b"".join(map(floating, (122.782, 117.001, 104.298)))
SIZED = string("input_rgb_image_sized") + MEANS + 2 * integer(150)
METRIC = string("loss_metric_2") + floating(0.04) + floating(0.6)
PYRAMID = string("input_rgb_image_pyramid") + MEANS


def mmod_loss(window=80, overlap=0.3382761351109955):
    return (string("loss_mmod_") + integer(1) + 2 * integer(window)
            + b"".join(map(floating, (1.0, 1.0, 0.5, overlap, 1.0, 0.5, 1.0))))


def windows(x, size, stride):
    view = numpy.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
    return view[:, :, ::stride, ::stride]


def convolved(x, weight, bias, stride, padding):
    x = numpy.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    seen = windows(x, weight.shape[2], stride)
    return numpy.einsum("nihwrc,oirc->nohw", seen, weight) + bias[None, :, None, None]


def added(a, b):
    """The sum of two maps as dlib has it: the smaller one ends in zeros."""
    out = numpy.zeros([max(sizes) for sizes in zip(a.shape, b.shape)])
    for map_ in (a, b):
        out[tuple(slice(0, size) for size in map_.shape)] += map_
    return out


class Both:
    """A network as bytes, and what it answers to a picture."""

    def __init__(self, x, seed):
        self.x, self.file = x, TinyNetwork()
        self.dice = numpy.random.default_rng(seed)

    def numbers(self, *shape):
        return (0.4 * self.dice.standard_normal(shape)).astype("f").astype("d")

    def con(self, filters, size, stride, padding, how=None):
        weight, bias = self.numbers(filters, self.x.shape[1], size, size), self.numbers(filters)
        self.file.con(weight, bias, stride, padding)
        self.x = convolved(self.x, weight, bias, stride, padding)
        if how == "affine":
            factor, offset = self.numbers(filters), self.numbers(filters)
            self.file.affine(factor, offset)
        elif how:
            gamma, offset, mean = (self.numbers(filters) for _ in range(3))
            variance = self.numbers(filters) ** 2
            self.file.statistics(gamma, offset, mean, variance, 1e-3)
            factor = gamma / numpy.sqrt(variance + 1e-3)
            offset = offset - factor * mean
        if how:
            self.x = self.x * factor[:, None, None] + offset[:, None, None]

    def relu(self):
        self.file.plain("relu_")
        self.x = numpy.maximum(self.x, 0)

    def block(self, filters, stride):
        start = self.x
        self.file.nothing()
        self.con(filters, 3, stride, 0 if stride > 1 else 1, "affine")
        self.relu()
        self.con(filters, 3, 1, 1, "affine")
        if stride > 1:
            self.file.nothing()
            self.file.nothing()
            self.file.pool("avg_pool_2", 2, 2)
            start = windows(start, 2, 2).mean(axis=(4, 5))
        self.file.plain("add_prev_")
        self.x = added(self.x, start)
        self.relu()


def tiny_resnet():
    both = Both(numpy.random.default_rng(3).standard_normal((2, 3, 150, 150)), 4)
    both.con(4, 7, 2, 0, "affine")
    both.relu()
    both.file.pool("max_pool_2", 3, 2)
    both.x = windows(both.x, 3, 2).max(axis=(4, 5))
    for filters, stride in ((4, 1), (4, 1), (4, 1), (6, 2), (6, 1), (6, 1), (6, 1), (8, 2), (8, 1),
                            (8, 1), (10, 2), (10, 1), (10, 1), (10, 2)):
        both.block(filters, stride)
    both.file.pool("avg_pool_2", 0, 1)
    weight = both.numbers(10, 5)
    both.file.dense(weight)
    return both.file.encode(METRIC, SIZED), both.x.mean(axis=(2, 3)) @ weight


def tiny_mmod(x, last=1):
    both = Both(x, 5)
    for index, filters in enumerate((4, 20, 17, 18, 18, 18)):
        both.con(filters, 5, 2 if index < 3 else 1, 0 if index < 3 else 2, "statistics")
        both.relu()
    both.con(last, 9, 1, 4)
    return both.file, both.x


@unittest.skipIf(MISSING, MISSING)
class DlibNetworksTest(unittest.TestCase):

    def run_onnx(self, data, x):
        session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        return session.run(None, {"input": x.astype("f")})[0]

    def test_residual_network(self):
        data, wanted = tiny_resnet()
        x = numpy.random.default_rng(3).standard_normal((2, 3, 150, 150))
        got = self.run_onnx(dlib_to_onnx.resnet29(data), x)
        self.assertEqual((2, 5), got.shape)
        numpy.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-3 * abs(wanted).max())

    def test_detector(self):
        for height, width in ((120, 97), (61, 64)):
            x = numpy.random.default_rng(6).standard_normal((1, 3, height, width))
            file, wanted = tiny_mmod(x)
            got = self.run_onnx(dlib_to_onnx.mmod(file.encode(mmod_loss(), PYRAMID)), x)
            self.assertEqual(wanted.shape, got.shape)
            numpy.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-3 * abs(wanted).max())

    def test_the_same_bytes_again(self):
        file, _ = tiny_mmod(numpy.zeros((1, 3, 61, 61)))
        data = file.encode(mmod_loss(), PYRAMID)
        self.assertEqual(dlib_to_onnx.mmod(data), dlib_to_onnx.mmod(data))

    def test_what_is_refused(self):
        file, _ = tiny_mmod(numpy.zeros((1, 3, 61, 61)))
        for data, convert, word in (
                (file.encode(mmod_loss(), PYRAMID), dlib_to_onnx.resnet29, "loss"),
                (file.encode(METRIC, PYRAMID), dlib_to_onnx.mmod, "loss_mmod_"),
                (file.encode(mmod_loss(40), PYRAMID), dlib_to_onnx.mmod, "window"),
                (file.encode(mmod_loss(overlap=0.5), PYRAMID), dlib_to_onnx.mmod, "overlap"),
                (file.encode(mmod_loss(), SIZED), dlib_to_onnx.mmod, "pyramid"),
                (file.encode(mmod_loss(), string("input_rgb_image_pyramid") + 3 * floating(1.0)),
                 dlib_to_onnx.mmod, "mean colours"),
                (file.encode(mmod_loss(), PYRAMID) + b"x", dlib_to_onnx.mmod, "1 bytes more"),
                (file.encode(mmod_loss(), PYRAMID)[:-9], dlib_to_onnx.mmod, "at byte"),
                (tiny_mmod(numpy.zeros((1, 3, 61, 61)), 2)[0].encode(mmod_loss(), PYRAMID),
                 dlib_to_onnx.mmod, "last convolution"),
                (b"", dlib_to_onnx.mmod, "truncated")):
            with self.subTest(word=word), self.assertRaisesRegex(ConversionError, word):
                convert(data)

    def test_damage(self):
        file, _ = tiny_mmod(numpy.zeros((1, 3, 61, 61)))
        data = file.encode(mmod_loss(), PYRAMID)
        for at in [*range(200), *range(200, len(data), 997)]:
            damaged = bytearray(data)
            damaged[at] = (0, 0x82, 255)[at % 3]
            with contextlib.suppress(ConversionError):
                dlib_to_onnx.mmod(bytes(damaged))


if __name__ == "__main__":
    unittest.main()
