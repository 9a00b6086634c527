"""dlib's shape predictors (ensembles of regression trees) as safetensors files that are mapped.

    data = convert_trees(dat_bytes)

V. Kazemi, J. Sullivan: One Millisecond Face Alignment with an Ensemble of
Regression Trees, CVPR 2014.  The published file has, for each stage of the
cascade, trees that compare pixels, and the pixels' places beside the points of
the mean shape.  What is written:

* mean     F32 [points, 2]: the mean shape, in parts of the face's rectangle
* anchors  U8 [stages, pixels]: the point that a pixel goes with
* deltas   F32 [stages, 2, pixels]: how far it lies from that point, x and y
* splits   I32 [stages, trees, nodes]: bits 0-10 and 11-21 are two pixels, bits
  22-31, signed, the threshold: the way is left where the first minus the second
  is more.  Pixels are whole numbers, so thresholds are rounded down, to the same answers.
* leaves   F32 [stages, trees, leaves, 2 * points]: what is added to the shape

Leaves stay 32-bit: a difference of one millionth of a pixel can move a
compared pixel by one, and the shape by several pixels.
"""

import math
from array import array

from dlib_reader import Reader
from safetensors_writer import Tensor, encode_tensors

_POINTS_MAX, _STAGES_MAX, _TREES_MAX, _PIXELS_MAX, _LEAVES_MAX = 256, 64, 4096, 2000, 256
_THRESHOLD_LOW, _THRESHOLD_HIGH = -256, 255     # below and above: every answer is the same


def _column(reader, rows):
    """The items of a matrix of one column, whose number of rows was read."""
    reader.expect(-1, 1)
    values = array("f", reader.floats(rows))
    if not all(map(math.isfinite, values)):
        reader.fail("a number that is not finite")
    return values


def _split(reader):
    first, second = reader.integer(_PIXELS_MAX - 1), reader.integer(_PIXELS_MAX - 1)
    threshold = math.floor(min(max(reader.finite(), _THRESHOLD_LOW), _THRESHOLD_HIGH))
    return threshold << 22 | second << 11 | first


class _Forests:
    """The trees of all stages, of one size."""

    def __init__(self, reader, floats):
        self.splits, self.leaves = array("i"), array("f")
        self.stages = reader.count(_STAGES_MAX)
        self.trees = self.nodes = None
        for _ in range(self.stages):
            self.trees = self._same(reader, self.trees, reader.count(_TREES_MAX))
            for _ in range(self.trees):
                self._tree(reader, floats)
        if not self.leaves:
            reader.fail("no tree")

    @staticmethod
    def _same(reader, before, now):
        if before not in (None, now):
            reader.fail(f"{now} instead of {before}: trees of different sizes")
        return now

    def _tree(self, reader, floats):
        self.nodes = self._same(reader, self.nodes, reader.count(_LEAVES_MAX - 1))
        if self.nodes & (self.nodes + 1):
            reader.fail(f"a tree of {self.nodes} nodes, which is not full,")
        self.splits.extend(_split(reader) for _ in range(self.nodes))
        reader.expect(self.nodes + 1)
        for _ in range(self.nodes + 1):
            reader.expect(-floats, floats)
            self.leaves.extend(_column(reader, floats))


def _places(reader, forests, points):
    """(pixels of a stage, anchors, deltas)"""
    anchors, deltas, pixels = array("B"), array("f"), None
    reader.expect(forests.stages)
    for _ in range(forests.stages):
        count = reader.count(_PIXELS_MAX)
        if pixels not in (None, count):
            reader.fail(f"{count} pixels after {pixels}")
        pixels = count
        anchors.extend(reader.integer(points - 1) for _ in range(count))
    reader.expect(forests.stages)
    for _ in range(forests.stages):
        reader.expect(pixels)
        values = [reader.finite() for _ in range(2 * pixels)]
        deltas.extend(values[0::2])
        deltas.extend(values[1::2])
    used = max(max(split & 0x7FF, split >> 11 & 0x7FF) for split in forests.splits)
    if used >= pixels:
        reader.fail(f"pixel {used} of {pixels}")
    return pixels, anchors, deltas


def convert_trees(data):
    """The bytes of a safetensors file with the trees of dlib's shape_predictor."""
    reader = Reader(data)
    reader.expect(1)                            # version
    floats = abs(reader.integer(2 * _POINTS_MAX, -2 * _POINTS_MAX))
    if floats < 2 or floats % 2:
        reader.fail(f"a mean shape of {floats} numbers")
    mean = _column(reader, floats)
    forests = _Forests(reader, floats)
    pixels, anchors, deltas = _places(reader, forests, floats // 2)
    reader.end()
    stages, trees, nodes = forests.stages, forests.trees, forests.nodes
    return encode_tensors([
        Tensor("mean", "F32", (floats // 2, 2), mean),
        Tensor("anchors", "U8", (stages, pixels), anchors),
        Tensor("deltas", "F32", (stages, 2, pixels), deltas),
        Tensor("splits", "I32", (stages, trees, nodes), forests.splits),
        Tensor("leaves", "F32", (stages, trees, nodes + 1, floats), forests.leaves),
    ])


FILES = {"points5.safetensors": convert_trees, "points68.safetensors": convert_trees}
