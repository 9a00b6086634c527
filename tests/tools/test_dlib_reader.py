"""tools/models/dlib_reader.py against bytes written here as dlib writes them."""

import contextlib
import math
import random
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tools" / "models")]

from dlib_reader import DlibError, Reader       # noqa: E402
from tiny_dlib import floating, integer, string, tensor     # noqa: E402


class DlibReaderTest(unittest.TestCase):

    def test_integers(self):
        for value in (0, 1, 255, 256, -1, -70000, (1 << 61) + 5):
            self.assertEqual(value, Reader(integer(value)).integer(low=-1 << 62))
        self.assertEqual(b"\x01\x07", integer(7))
        self.assertEqual(b"\x82\x00\x01", integer(-256))

    def test_floats(self):
        values = [0.0, 1.0, -1.5, 1e-30, 3.4e38, math.pi, -2.0 ** -1000, math.inf, -math.inf]
        self.assertEqual(values, list(Reader(b"".join(map(floating, values))).floats(len(values))))
        self.assertTrue(math.isnan(Reader(floating(math.nan)).number()))
        self.assertEqual([0.25, -3e5], list(Reader(b"0.25 -3e5 ").floats(2)))

    def test_the_others(self):
        data = (string("con_4") + b"10" + integer(-1) + integer(-2) + floating(3.5) + floating(4.0)
                + b"".join(map(integer, (-3, 2, 40, 50))) + tensor((1, 2, 1, 1), [0.5, 0.25]))
        reader = Reader(data)
        self.assertEqual("con_4", reader.string())
        self.assertEqual([True, False], [reader.truth(), reader.truth()])
        self.assertEqual((1, 2, [3.5, 4.0]), tuple(map(lambda x: x if isinstance(x, int) else list(x),
                                                       reader.matrix())))
        self.assertEqual((-3, 2, 40, 50), reader.rectangle())
        sizes, values = reader.tensor()
        self.assertEqual(((1, 2, 1, 1), [0.5, 0.25]), (sizes, list(values)))
        reader.end()

    def test_what_is_refused(self):
        for data, read in (
                (b"", Reader.integer), (b"\x00", Reader.integer), (b"\x09" + bytes(9), Reader.integer),
                (b"\x11\x01", Reader.integer), (b"\x02\x01", Reader.integer),
                (integer(-1), Reader.integer), (integer(70000) + b"x", Reader.string),
                (integer(9), Reader.count), (b"2", Reader.truth), (b"abc ", Reader.number),
                (b"\x01\x01\x00", Reader.number), (b"\x01", Reader.number),
                (b"\x01\x01\x02\x00", Reader.number), (b"\x01\x01\x02\x00\x70", Reader.number),
                (floating(math.inf), Reader.finite), (b"xx", Reader.end),
                (integer(1 << 20) + integer(1 << 20), Reader.matrix),
                (integer(2) + 4 * integer(1 << 26), Reader.tensor),
                (tensor((1, 1, 1, 1), [1.0])[:-1], Reader.tensor)):
            with self.subTest(data=data), self.assertRaises(DlibError):
                read(Reader(data))
        with self.assertRaisesRegex(DlibError, "\"abc\" instead of \"abd\" at byte 5"):
            Reader(string("abc")).string("abd")

    def test_damage(self):
        dice = random.Random(1)
        whole = string("a") + tensor((1, 1, 2, 1), [1.0, 2.0]) + integer(-2) + integer(-2) \
            + b"".join(map(floating, (1.5, -2.5, 0.0, 1e9)))
        for _ in range(2000):
            data = bytearray(whole)
            for _ in range(3):
                data[dice.randrange(len(data))] = dice.randrange(256)
            reader = Reader(bytes(data[:dice.randrange(len(data) + 1)]))
            with contextlib.suppress(DlibError):
                reader.string()
                reader.tensor()
                reader.matrix()
                reader.end()


if __name__ == "__main__":
    unittest.main()
