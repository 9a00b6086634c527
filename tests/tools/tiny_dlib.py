"""Writes dlib's serialisation, for tests of what reads it."""

import math
import struct


def integer(value):
    size = max(1, (abs(value).bit_length() + 7) // 8)
    return bytes([size | (0x80 if value < 0 else 0)]) + abs(value).to_bytes(size, "little")


def floating(value):
    if math.isnan(value):
        return integer(0) + integer(32002)
    if math.isinf(value):
        return integer(0) + integer(32000 if value > 0 else 32001)
    mantissa, exponent = math.frexp(value)
    return integer(int(mantissa * 2 ** 53)) + integer(exponent - 53)


def string(text):
    return integer(len(text)) + text.encode("latin-1")


def truth(value):
    return b"1" if value else b"0"


def tensor(sizes, values):
    return integer(2) + b"".join(map(integer, sizes)) + struct.pack(f"<{len(values)}f", *values)
