"""Reads the primitives of dlib's serialisation: what its .dat files are made of.

    reader = Reader(data)
    version = reader.integer(limit=4)
    weights = reader.floats(1000)           # array('d')

There is no table of contents: whoever reads knows what comes next, and a wrong
guess ends in DlibError.  Every count and size is checked before it is used, so
a damaged or hostile file ends in DlibError too, never in a hang or a huge
allocation.

* integer: a control byte (sign in the highest bit, number of bytes in the lowest
  four), then the magnitude in little-endian bytes.
* float: two integers, mantissa and exponent of 2; very old files have decimal
  text and a space instead.
* string: its length, its bytes.  List: its length, its items.  Truth value: the
  character 0 or 1.  Matrix: rows, columns (both negative in newer files), items.
* tensor: version 2, four sizes, 32-bit floats as they are.
"""

import math
import sys
from array import array

from problem import ConversionError

MAX_FILE_BYTES = 512 << 20
MAX_COUNT = 1 << 26             # elements of any one list, matrix or tensor
MAX_STRING_BYTES = 1 << 16

_INFINITY, _MINUS_INFINITY, _NOT_A_NUMBER = 32000, 32001, 32002     # exponents with a meaning


class DlibError(ConversionError):
    """The bytes are not the dlib file that was expected."""


class Reader:
    """A position in the bytes of a .dat file."""

    def __init__(self, data):
        if len(data) > MAX_FILE_BYTES:
            raise DlibError(f"{len(data)} bytes, at most {MAX_FILE_BYTES} accepted")
        self.data = bytes(data)
        self.at = 0

    def fail(self, what):
        raise DlibError(f"{what} at byte {self.at}")

    def take(self, count):
        """The next bytes."""
        if count > len(self.data) - self.at:
            self.fail("the file is truncated")
        self.at += count
        return self.data[self.at - count:self.at]

    def integer(self, limit=1 << 62, low=None):
        """An integer from low (0 where the limit is not negative) to limit."""
        control = self.take(1)[0]
        size = control & 0x0F
        if not 1 <= size <= 8 or control & 0x70:
            self.fail("no integer")
        value = int.from_bytes(self.take(size), "little")
        value = -value if control & 0x80 else value
        if not (low if low is not None else 0) <= value <= limit:
            self.fail(f"{value}, which is not possible here,")
        return value

    def expect(self, *values):
        """An integer that must be one of these."""
        value = self.integer(low=-(1 << 62))
        if value not in values:
            self.fail(f"{value} instead of {' or '.join(map(str, values))}")
        return value

    def truth(self):
        value = self.take(1)
        if value not in (b"0", b"1"):
            self.fail("no truth value")
        return value == b"1"

    def string(self, expected=None):
        data = self.take(self.integer(MAX_STRING_BYTES))
        text = data.decode("latin-1")
        if expected is not None and text != expected:
            self.fail(f"\"{text[:40]}\" instead of \"{expected}\"")
        return text

    def count(self, limit=MAX_COUNT):
        """The length of a list, each item of which takes at least a byte."""
        return self.integer(min(limit, len(self.data) - self.at))

    def _old_float(self):
        end = self.data.find(b" ", self.at, self.at + 64)
        try:
            value = float(self.data[self.at:end] if end > 0 else b"")
        except ValueError:
            self.fail("no number")
        self.at = end + 1
        return value

    def floats(self, count):
        """array('d') of so many floats.

        The loop is written out: the largest files have seventeen million of them.
        """
        if count > MAX_COUNT or 2 * count > len(self.data) - self.at:
            self.fail(f"{count} numbers")
        out, data, at = array("d", bytes(8 * count)), self.data, self.at
        from_bytes, ldexp = int.from_bytes, math.ldexp
        try:
            for i in range(count):
                control = data[at]
                if control & 0x70:
                    self.at = at
                    out[i] = self._old_float()
                    at = self.at
                    continue
                middle = at + 1 + (control & 0x0F)
                mantissa = from_bytes(data[at + 1:middle], "little")
                second = data[middle]
                at = middle + 1 + (second & 0x0F)
                exponent = from_bytes(data[middle + 1:at], "little")
                if not 1 <= control <= 8 and not 0x81 <= control <= 0x88 or second & 0x70 \
                        or not 2 <= at - middle <= 3:
                    self.fail("no number")
                if second & 0x80:
                    exponent = -exponent
                if exponent >= _INFINITY:
                    out[i] = self._special(exponent)
                else:
                    out[i] = ldexp(-mantissa if control & 0x80 else mantissa, exponent)
        except (IndexError, OverflowError):
            self.fail("a truncated or impossible number")
        if at > len(data):
            self.fail("the file is truncated")
        self.at = at
        return out

    def _special(self, exponent):
        value = {_INFINITY: math.inf, _MINUS_INFINITY: -math.inf,
                 _NOT_A_NUMBER: math.nan}.get(exponent)
        if value is None:
            self.fail("no number")
        return value

    def number(self):
        return self.floats(1)[0]

    def finite(self):
        value = self.number()
        if not math.isfinite(value):
            self.fail("a number that is not finite")
        return value

    def matrix(self, item=None):
        """(rows, columns, items row by row): floats unless `item` reads something else."""
        rows = abs(self.integer(MAX_COUNT, -MAX_COUNT))
        columns = abs(self.integer(MAX_COUNT, -MAX_COUNT))
        if rows * columns > min(MAX_COUNT, len(self.data) - self.at):
            self.fail(f"a matrix of {rows} x {columns}")
        if item is None:
            return rows, columns, self.floats(rows * columns)
        return rows, columns, [item() for _ in range(rows * columns)]

    def point(self):
        """(x, y), floating point."""
        return tuple(self.floats(2))

    def rectangle(self):
        """(left, top, right, bottom), integers, the last row and column belong to it."""
        return tuple(self.integer(1 << 40, -(1 << 40)) for _ in range(4))

    def sizes(self, version):
        """The four sizes of a tensor or of a view of one."""
        self.expect(version)
        sizes = tuple(self.integer(MAX_COUNT) for _ in range(4))
        if math.prod(sizes) > MAX_COUNT:
            self.fail(f"a tensor of {sizes}")
        return sizes

    def tensor(self):
        """(four sizes, array('f'))"""
        sizes = self.sizes(2)
        values = array("f")
        values.frombytes(self.take(4 * math.prod(sizes)))
        if sys.byteorder == "big":
            values.byteswap()
        return sizes, values

    def end(self):
        if self.at != len(self.data):
            self.fail(f"{len(self.data) - self.at} bytes more than expected")
