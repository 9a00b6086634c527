"""tools/models/onnx_writer.py: known bytes, a decoder of its own, and no chance in the result."""

import struct
import sys
import unittest
from array import array
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tools" / "models")]

import onnx_writer as onnx      # noqa: E402


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data):
    """{field number: [number or bytes]} of a protobuf message."""
    found, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 5:
            value, at = data[at:at + 4], at + 4
        else:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
            assert len(value) == size
        found.setdefault(key >> 3, []).append(value)
    return found


def graph():
    return onnx.Graph(
        "small", [onnx.Value("input", ["N", 3, 300])], [onnx.Value("output", ["N", 2])],
        [onnx.Node("Conv", ["input", "w0"], ["t1"], {"pads": (0, 0, 1, 1), "group": 1}),
         onnx.Node("BatchNormalization", ["t1"], ["output"], {"epsilon": 0.25, "axis": -1})],
        [onnx.Weight("w0", (2, 1), array("f", [1.0, -2.5])),
         onnx.Weight("parts", (2,), array("q", [1, 4]))])


class WriterTest(unittest.TestCase):

    def setUp(self):
        self.model = fields(onnx.encode_model(graph()))
        self.graph = fields(self.model[7][0])

    def test_header(self):
        self.assertEqual([8], self.model[1])
        self.assertEqual([b"vultus"], self.model[2])
        self.assertEqual({1: [b""], 2: [17]}, fields(self.model[8][0]))
        self.assertEqual([b"small"], self.graph[2])

    def test_nodes(self):
        conv, norm = (fields(node) for node in self.graph[1])
        self.assertEqual(([b"input", b"w0"], [b"t1"], [b"Conv"]), (conv[1], conv[2], conv[4]))
        group, pads = (fields(attribute) for attribute in conv[5])
        self.assertEqual({1: [b"group"], 3: [1], 20: [2]}, group)
        self.assertEqual({1: [b"pads"], 8: [0, 0, 1, 1], 20: [7]}, pads)
        axis, epsilon = (fields(attribute) for attribute in norm[5])
        self.assertEqual([(1 << 64) - 1], axis[3])
        self.assertEqual({1: [b"epsilon"], 2: [struct.pack("<f", 0.25)], 20: [1]}, epsilon)

    def test_weights(self):
        weight, parts = (fields(tensor) for tensor in self.graph[5])
        self.assertEqual({1: [2, 1], 2: [1], 8: [b"w0"], 9: [struct.pack("<2f", 1.0, -2.5)]}, weight)
        self.assertEqual({1: [2], 2: [7], 8: [b"parts"], 9: [struct.pack("<2q", 1, 4)]}, parts)

    def test_inputs_and_outputs(self):
        value = fields(self.graph[11][0])
        self.assertEqual([b"input"], value[1])
        tensor = fields(fields(value[2][0])[1][0])
        self.assertEqual([1], tensor[1])
        extents = [fields(extent) for extent in fields(tensor[2][0])[1]]
        self.assertEqual([{2: [b"N"]}, {1: [3]}, {1: [300]}], extents)
        self.assertEqual([b"output"], fields(self.graph[12][0])[1])

    def test_the_same_graph_gives_the_same_bytes(self):
        self.assertEqual(onnx.encode_model(graph()), onnx.encode_model(graph()))


if __name__ == "__main__":
    unittest.main()
