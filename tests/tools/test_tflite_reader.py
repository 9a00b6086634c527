"""tools/models/tflite_reader.py: reads what is right, refuses everything else with one kind of error."""

import contextlib
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tools" / "models")]

import tflite_reader as reader                                  # noqa: E402
from problem import ConversionError                             # noqa: E402
from tflite_to_onnx import Recipe, convert                      # noqa: E402
from tiny_tflite import Table, TinyModel, emit_table, numbers   # noqa: E402


def small_model():
    """A picture of 6 x 5, one convolution, PReLU, pooling, a dense layer, softmax."""
    model = TinyModel()
    picture = model.tensor("input", [1, 6, 5, 3])
    weight = model.tensor("w", [4, 3, 3, 3], numbers(108))
    bias = model.tensor("b", [4], numbers(4, 2))
    conv = model.operator("CONV_2D", [picture, weight, bias], "conv", [1, 4, 3, 4],
                          padding=1, stride_w=1, stride_h=1, activation=0)
    prelu = model.prelu(conv, [1, 4, 3, 4], [0.25, -0.5, 1.5, 0.0], by_absolute=True)
    pool = model.operator("MAX_POOL_2D", [prelu], "pool", [1, 2, 2, 4], padding=0,
                          stride_w=2, stride_h=2, filter_w=2, filter_h=2, activation=0)
    rows = model.tensor("rows", [2, 16], numbers(32, 3))
    offset = model.tensor("offset", [2], [0.5, -0.25])
    dense = model.operator("FULLY_CONNECTED", [pool, rows, offset], "dense", [1, 2], activation=0)
    result = model.softmax(dense, [1, 2], "prob")
    model.inputs, model.outputs = [picture], [result]
    return model


RECIPE = Recipe("small", ("N", 3, 6, 5), (("prob", "prob", ("N", 2)),))


class ReaderTest(unittest.TestCase):

    def test_reads_tensors_operators_and_options(self):
        model = reader.read_model(small_model().encode())
        self.assertEqual(["input"], [model.tensors[i].name for i in model.inputs])
        self.assertEqual(["prob"], [model.tensors[i].name for i in model.outputs])
        conv = model.operators[0]
        self.assertEqual("CONV_2D", conv.kind)
        self.assertEqual((1, 1, 1), (conv.options["padding"], conv.options["stride_w"],
                                     conv.options["dilation_h"]))
        weight = model.tensors[conv.inputs[1]]
        self.assertEqual((4, 3, 3, 3), weight.shape)
        self.assertEqual(numbers(108), list(weight.data))
        self.assertIsNone(model.tensors[conv.inputs[0]].data)

    def test_half_precision_becomes_float(self):
        model = TinyModel()
        half = model.tensor("half", [3], [0.5, -2.0, 1.0], reader.FLOAT16)
        model.inputs, model.outputs = [half], [half]
        self.assertEqual([0.5, -2.0, 1.0],
                         list(reader.read_model(model.encode()).tensors[half].data))

    def test_other_bytes_are_refused(self):
        for data in (b"", b"TFL3", b"\x89PNG\r\n\x1a\n" + bytes(100), bytes(1000)):
            with self.assertRaises(reader.TfliteError):
                reader.read_model(data)

    def test_every_truncation_is_refused(self):
        data = small_model().encode()
        for length in range(len(data) - 1):
            with self.assertRaises(reader.TfliteError, msg=f"{length} bytes"):
                reader.read_model(data[:length])

    def test_damage_never_escapes_as_another_error(self):
        data = small_model().encode()
        for at in range(len(data)):
            damaged = bytearray(data)
            damaged[at] = (0x00, 0x01, 0x7f, 0x80, 0xff)[at // 4 % 5]
            with self.subTest(at=at), contextlib.suppress(reader.TfliteError, ConversionError):
                convert(bytes(damaged), RECIPE)

    def test_a_list_that_claims_to_be_huge_is_refused(self):
        out = bytearray(b"\x10\0\0\0TFL3\0\0\0\0\0\0\0\0")
        out[0] = emit_table(out, Table({1: [1], 2: [1], 4: [1]}))
        for at in range(0, len(out), 4):
            huge = bytearray(out)
            huge[at:at + 4] = b"\xff\xff\xff\x7f"
            with self.assertRaises(reader.TfliteError):
                reader.read_model(bytes(huge))

    def test_unknown_operators_and_types_are_named(self):
        model = small_model()
        with self.subTest("operator"):
            data = model.encode()
            known, reader.OPERATORS[3] = reader.OPERATORS[3], None
            del reader.OPERATORS[3]
            try:
                with self.assertRaisesRegex(reader.TfliteError, "operator code 3 "):
                    reader.read_model(data)
            finally:
                reader.OPERATORS[3] = known
        with self.subTest("type"):
            model.tensors[1] = ("w", [108], 9, numbers(108))
            with self.assertRaisesRegex(reader.TfliteError, "tensor type 9"):
                reader.read_model(model.encode())

    def test_sizes_must_fit(self):
        model = small_model()
        model.tensors[1] = ("w", [4, 3, 3, 4], 0, numbers(108))
        with self.assertRaisesRegex(reader.TfliteError, "shape"):
            reader.read_model(model.encode())


if __name__ == "__main__":
    unittest.main()
