"""tools/models/dlib_stream.py and dlib_hog.py: what dlib packed is unpacked, filters are decomposed."""

import base64
import random
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tools" / "models")]

import dlib_hog                                             # noqa: E402
from dlib_stream import StreamError, unpack                 # noqa: E402
from problem import ConversionError                         # noqa: E402
from tiny_dlib import floating, integer                     # noqa: E402

# PLAIN, packed by compress_stream::kernel_1ea of dlib 20.0.0. It is longer than the distance of
# the marks in the stream, and has every byte.
PLAIN = (bytes(b"abracadabra, "[(i + i // 997) % 13] for i in range(21000))
         + bytes((i * 167 + 13) & 255 for i in range(256)))
PACKED = base64.b64decode(
    "YUSaVelfW0Ll4FlBVlefEu65mV9+//f1Z6c/DDOTJbREJ+PkdCYhsiCG9UpyIIG1RTdzA0OhgPVUIjG4mDWISIc17CmW"
    "wUpGc/Wyy0eK+FDGy3zowIWMsAQqSRPFEiwwq1ZVDNZdd9GuTYmQUEKC3GWEk0YgXdsu6pCpo9uzVteT4GTik4Va/+fT"
    "N991oe219KKI8YzlpNAeFZmG8dHg074nbTUg+Aa5z51Wn0FyQmBXosKJlc8HM76Re4jm1hfeR1dhFKxqhY/2jwP+jkLH"
    "lOYJ6BpTdTNuXYKZZ3dcgVchiXaeRPs5LSKKvmC9nhWyxOx4FcMv/8wto2sXCifoNf7LUx3pA82dtuj6y4pdtZKNwAMw"
    "pdi/kD83CeU2+sMEztYQms22BI46S5m6RDRSjb8/Kbhwh0eNrbc7RlV3UHvRsVqGrQry0ijXrfqV5mVjckyfGx5OeM90"
    "tUB/WjmrzwX4gqZLjv/Ls9reYTAmmdu8iXUWL2UU7FKkVx/b8pPXwoiGTDNHqwGfZT0ptltt5Ih2Kcm9nykRoVUW7dZm"
    "3jFPxN04+XTV9+MoEUOnbZrAUFPdFJuAvWZ5BEL6LFU5vHREqyUfdX6zrWRshKd8/zlU4Gi9ykkpSTu6V8827yT5oOz3"
    "7N6QiFQOfBaRuVovX6bvi0yLLdFUdNa+BJkJBiSpfH6L7hWjkICqfqE0LoP177C42HlCWH73oOPUf4Zv7u6Xt7JPI2Xz"
    "nUU6fjE0UlepRfjpBotB5n+x0tmJTDbJVoJnGlvVZTfQsTBY4pLConuFHESWDf9XYp3/QJgeU3WqsSBaO3cnrO5sUPej"
    "jASJo+WcMeKcKzS/g8RD19shX/oQFkQzZlPaG9mw8jTKVpzEuH/7sNx1izjV4BFu+Glo7ME1qMVmmHl0z6D/YHvFnOQc"
    "5CBzB6e/BA37INljtg2GiJOEk/efaZN4CrYr2sRbMRN3ABkPYIfeRvRusFTkSv6xxIvAPdZoldKQ0MtHPA1kFO1CYs1R"
    "5N47hjtn+/KdxTipnvnRpY9EMViQywQtAAA=")


def serialised(filters, window=80):
    """An object_detector as dlib writes it, with these (threshold, weights)."""
    head = b"".join(map(integer, (2, 1, 0, 0, 8, 0, window, 80, 1000, 64, 64)))
    body = floating(9.0) + integer(3100) + floating(0.33) + floating(0.79) + integer(len(filters))
    for threshold, weights in filters:
        body += integer(-3101) + integer(-1) + b"".join(map(floating, [*weights, threshold]))
    return head + body


class StreamTest(unittest.TestCase):

    def test_what_dlib_packed_is_unpacked(self):
        self.assertEqual(PLAIN, unpack(PACKED))

    def test_damage_is_told(self):
        for at in (0, 5, 300, len(PACKED) - 20):
            damaged = bytearray(PACKED)
            damaged[at] ^= 0x10
            with self.assertRaises(StreamError):
                unpack(bytes(damaged))
        for data in (b"", b"x", PACKED[:200]):
            with self.assertRaises(StreamError):
                unpack(data)


class FilterTest(unittest.TestCase):

    def test_products_add_up_to_the_filter(self):
        numbers = random.Random(5)
        for rank in (0, 1, 3, 10):
            parts = [([numbers.uniform(-1, 1) for _ in range(10)],
                      [numbers.uniform(-1, 1) for _ in range(10)]) for _ in range(rank)]
            plane = [sum(column[r] * row[c] for row, column in parts)
                     for r in range(10) for c in range(10)]
            products = dlib_hog._decompose(plane)
            self.assertLessEqual(len(products), rank)
            self.assertEqual(sorted(products, key=lambda part: -part[0]), products)
            for i, value in enumerate(plane):
                again = sum(column[i // 10] * row[i % 10] for _, row, column in products)
                self.assertAlmostEqual(value, again, delta=0.02)    # a thousandth may be dropped

    def test_pairs_come_first(self):
        products = [(plane, None, None) for plane in (0, 1, 1, 1, 4, 5, 5, 6)]
        self.assertEqual([1, 1, 5, 5, 0, 1, 4, 6],
                         [plane for plane, _, _ in dlib_hog._paired(products)])

    def test_detectors_are_read(self):
        weights = [0.5] * 3100
        read = dlib_hog._read_detector(serialised([(1.5, weights), (-2.0, weights)]))
        self.assertEqual([1.5, -2.0], [threshold for threshold, _ in read])
        self.assertEqual(weights, list(read[1][1]))

    def test_what_is_no_detector_is_refused(self):
        for data in (b"", serialised([(1.5, [0.5] * 3100)], window=64), serialised([(1.5, [0.5] * 3099)]),
                     serialised([(float("nan"), [0.5] * 3100)])):
            with self.assertRaises(ConversionError):
                dlib_hog._read_detector(data)
        for header in (b"", b"no detector", b'sout << "AAAA";', b'sout << "AAA";'):
            with self.assertRaises(ConversionError):
                dlib_hog.convert_hog(header)


if __name__ == "__main__":
    unittest.main()
