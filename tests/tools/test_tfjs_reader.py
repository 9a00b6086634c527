"""tools/models/tfjs_reader.py: what it reads, and that it refuses what it cannot read."""

import json
import struct
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tools" / "models")]

import tfjs_reader                                  # noqa: E402
from tfjs_reader import TfjsError, read_weights     # noqa: E402


def weight(name, shape, dtype="float32", **quantization):
    found = {"name": name, "shape": shape, "dtype": dtype}
    if quantization:
        found["quantization"] = {"dtype": "uint8", "scale": 0.5, "min": -1.0, **quantization}
    return found


def manifest(*weights):
    return json.dumps([{"paths": ["a.bin"], "weights": list(weights)}]).encode()


class ReaderTest(unittest.TestCase):

    def refuse(self, text, *arguments):
        with self.assertRaisesRegex(TfjsError, text):
            read_weights(*arguments)

    def test_tensors_follow_one_another(self):
        found = read_weights(
            manifest(weight("a", [2, 1]), weight("b", [3], scale=0.25, min=-2),
                     weight("c", [2]) | {
                         "quantization": {"dtype": "uint16", "scale": 0.001, "min": 1}},
                     weight("d", [], "int32", scale=1, min=7)),
            struct.pack("<2f3B2HB", 1.5, -2.25, 0, 8, 255, 0, 65535, 3))
        self.assertEqual(["a", "b", "c", "d"], list(found))
        self.assertEqual((2, 1), found["a"].shape)
        self.assertEqual([1.5, -2.25], list(found["a"].data))
        self.assertEqual([-2.0, 0.0, 61.75], list(found["b"].data))
        self.assertEqual(struct.unpack("<2f", struct.pack("<2f", 1, 65535 * 0.001 + 1)),
                         tuple(found["c"].data))
        self.assertEqual(((), "i", [10]), (found["d"].shape, found["d"].data.typecode,
                                           list(found["d"].data)))

    def test_values_are_rounded_once(self):
        """q * scale + min in double precision, then to 32 bits: as TensorFlow.js does it."""
        scale, least = 0.005431825039433498, -0.7441600304023892
        found = read_weights(manifest(weight("w", [256], scale=scale, min=least)), bytes(range(256)))
        expected = struct.unpack("<256f", struct.pack("<256f", *(q * scale + least
                                                                 for q in range(256))))
        self.assertEqual(expected, tuple(found["w"].data))

    def test_the_file_has_the_size_that_the_manifest_says(self):
        text = manifest(weight("a", [2]), weight("b", [1]))
        self.refuse("ends within b", text, bytes(11))
        self.refuse("1 bytes more", text, bytes(13))
        self.refuse("ends within a", text, b"")

    def test_odd_manifests(self):
        for text in (b"", b"\xff", b"[", b"[" * 100000, b"{}", b"[]", b"[{}, {}]", b"[1]",
                     b'[{"paths": ["a", "b"], "weights": [{}]}]', b'[{"paths": ["a"]}]',
                     b'[{"paths": ["a"], "weights": []}]', b'[{"paths": ["a"], "weights": [1]}]'):
            with self.subTest(text[:40]):
                self.refuse("", text, bytes(4))
        self.refuse("manifest of", b" " * (tfjs_reader.MAX_MANIFEST_BYTES + 1), b"")
        self.refuse("too many", manifest(*[weight("a", [1])] * (tfjs_reader.MAX_TENSORS + 1)), b"")

    def test_odd_tensors(self):
        for odd, says in (
                (weight("", [1]), "name"), (weight("n" * 300, [1]), "name"),
                (weight("a", [0]), "shape"), (weight("a", [-1]), "shape"),
                (weight("a", [1.0]), "shape"), (weight("a", [True]), "shape"),
                (weight("a", [1] * 7), "shape"), (weight("a", 1), "shape"),
                (weight("a", [1 << 40]), "shape"), (weight("a", [1], "string"), "type"),
                (weight("a", [1], scale="1"), "quantization"),
                (weight("a", [1], scale=True), "quantization"),
                (weight("a", [1], dtype="uint8"), "type"),
                (weight("a", [1]) | {"quantization": {"dtype": "float16"}}, "quantization"),
                (weight("a", [1]) | {"quantization": 1}, "quantization"),
                (weight("a", [1 << 20, 1 << 20]), "ends within"),
                (weight("a", [4], scale=1e300), "not finite|too large")):
            with self.subTest(odd):
                self.refuse(says, manifest(odd), b"\1\2\3\4")
        self.refuse("called a", manifest(weight("a", [1]), weight("a", [1])), bytes(8))
        self.refuse("not finite", manifest(weight("a", [1])), struct.pack("<f", float("nan")))
        self.refuse("quantization", manifest(weight("a", [1], min=0)).replace(b"0.5", b"NaN"), b"1")

    def test_every_cut_is_refused(self):
        text = manifest(weight("a", [2], scale=0.5))
        for length in range(len(text)):
            self.refuse("", text[:length], b"12")


if __name__ == "__main__":
    unittest.main()
