"""Shape predictors in dlib's serialisation become the tensors that vultus maps."""

import json
import struct
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools" / "models"), str(ROOT / "tests" / "tools")]
sys.dont_write_bytecode = True

from dlib_reader import DlibError           # noqa: E402
from dlib_trees import convert_trees        # noqa: E402
from recipes import recipe_of               # noqa: E402
from tiny_dlib import floating, integer     # noqa: E402


def column(values):
    return integer(-len(values)) + integer(-1) + b"".join(map(floating, values))


def some(items):
    """A list."""
    return integer(len(items)) + b"".join(items)


def tree(splits, leaves):
    nodes = [integer(a) + integer(b) + floating(threshold) for a, b, threshold in splits]
    return some(nodes) + some([column(leaf) for leaf in leaves])


class Predictor:
    """Two points, one stage of two trees with a node each, three pixels."""

    def __init__(self):
        self.version = 1
        self.mean = [0.25, 0.5, 0.75, 0.5]
        self.splits = [[(0, 1, 3.75)], [(2, 1, -3.25)]]
        self.leaves = [[[1, 2, 3, 4], [5, 6, 7, 8]], [[0.1, 0, -2 ** -30, 0], [0, 0, 0, 1e-45]]]
        self.anchors = [0, 1, 1]
        self.deltas = [(0.5, -0.5), (0.125, 0.25), (-1, 2)]

    def bytes(self):
        trees = [tree(*each) for each in zip(self.splits, self.leaves)]
        return integer(self.version) + column(self.mean) + some([some(trees)]) \
            + some([some(list(map(integer, self.anchors)))]) \
            + some([some([floating(x) + floating(y) for x, y in self.deltas])])


def tensors_of(data):
    length = struct.unpack_from("<Q", data)[0]
    codes = {"F32": "f", "I32": "i", "U8": "B"}
    out = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        code, size = codes[entry["dtype"]], struct.calcsize(codes[entry["dtype"]])
        out[name] = entry["shape"], list(struct.unpack(f"<{(end - begin) // size}{code}",
                                                       data[begin:end]))
    return out


class Conversion(unittest.TestCase):
    def refuse(self, predictor, why):
        with self.assertRaisesRegex(DlibError, why):
            convert_trees(predictor.bytes())

    def test_tensors(self):
        got = tensors_of(convert_trees(Predictor().bytes()))
        self.assertEqual(got["mean"], ([2, 2], [0.25, 0.5, 0.75, 0.5]))
        self.assertEqual(got["anchors"], ([1, 3], [0, 1, 1]))
        self.assertEqual(got["deltas"], ([1, 2, 3], [0.5, 0.125, -1, -0.5, 0.25, 2]))
        # rounded down: 3.75 to 3, -3.25 to -4
        self.assertEqual(got["splits"], ([1, 2, 1], [3 << 22 | 1 << 11, -4 << 22 | 1 << 11 | 2]))
        shape, leaves = got["leaves"]
        self.assertEqual(shape, [1, 2, 2, 4])
        self.assertEqual(leaves[:8], [1, 2, 3, 4, 5, 6, 7, 8])
        self.assertEqual(leaves[8], struct.unpack("<f", struct.pack("<f", 0.1))[0])
        self.assertEqual(leaves[10], -2 ** -30)

    def test_the_same_bytes_every_time(self):
        self.assertEqual(convert_trees(Predictor().bytes()), convert_trees(Predictor().bytes()))
        for name in ("points5.safetensors", "points68.safetensors"):
            self.assertIs(recipe_of(name), convert_trees)

    def test_thresholds_that_no_difference_reaches(self):
        predictor = Predictor()
        predictor.splits = [[(0, 1, 1e9)], [(0, 1, -1e9)]]
        splits = tensors_of(convert_trees(predictor.bytes()))["splits"][1]
        self.assertEqual([split >> 22 for split in splits], [255, -256])

    def test_odd_predictors_are_refused(self):
        cases = [
            ("version", 2, "2 instead of 1"),
            ("mean", [0.5, 0.5, 1], "a mean shape of 3 numbers"),
            ("mean", [0.5, float("nan"), 1, 1], "not finite"),
            ("splits", [[(0, 1, 0)], [(0, 3, 0)]], "pixel 3 of 3"),
            ("splits", [[(0, 1, 0)], [(0, 2000, 0)]], "2000, which is not possible"),
            ("splits", [[(0, 1, 0)], [(0, 1, float("inf"))]], "not finite"),
            ("splits", [[(0, 1, 0)], [(0, 1, 0)] * 3], "trees of different sizes"),
            ("splits", [[(0, 1, 0)] * 2] * 2, "a tree of 2 nodes, which is not full"),
            ("leaves", [[[1] * 4] * 2, [[1] * 4] * 3], "3 instead of 2"),
            ("leaves", [[[1] * 4] * 2, [[1] * 5] * 2], "-5 instead of"),
            ("leaves", [[[1] * 4] * 2, [[float("nan")] * 4] * 2], "not finite"),
            ("leaves", [[[1] * 4] * 2, [[1e39] * 4] * 2], "not finite"),
            ("anchors", [0, 1, 2], "2, which is not possible"),
            ("anchors", [0, 1], "3 instead of 2"),
            ("deltas", [(0, 0)] * 2, "2 instead of 3"),
            ("deltas", [(0, float("nan"))] * 3, "not finite"),
        ]
        for field, value, why in cases:
            with self.subTest(field=field, why=why):
                predictor = Predictor()
                setattr(predictor, field, value)
                self.refuse(predictor, why)

    def test_cut_and_longer_files_are_refused(self):
        data = Predictor().bytes()
        for size in range(len(data)):
            with self.assertRaises(DlibError):
                convert_trees(data[:size])
        with self.assertRaisesRegex(DlibError, "1 bytes more than expected"):
            convert_trees(data + b"\0")


if __name__ == "__main__":
    unittest.main()
