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


class TinyNetwork:
    """A network of any weights, layer by layer in the order of computation, as dlib's files have it."""

    def __init__(self):
        self.details = []       # None: a tag or a skip, of which only a version is in the file

    def nothing(self):
        self.details.append(None)

    def plain(self, name):
        self.details.append(string(name))

    def con(self, weight, bias, stride, padding):
        """weight: nested numpy array [filters, inputs, rows, columns]."""
        shape = weight.shape
        self.details.append(
            string("con_4") + tensor((1, 1, 1, weight.size + bias.size),
                                     [*weight.ravel(), *bias.ravel()])
            + b"".join(map(integer, (shape[0], *shape[2:], stride, stride, padding, padding)))
            + integer(1) + b"".join(map(integer, shape))
            + integer(1) + b"".join(map(integer, (1, shape[0], 1, 1)))
            + 4 * floating(1.0))

    def affine(self, factor, offset):
        view = integer(1) + b"".join(map(integer, (1, len(factor), 1, 1)))
        self.details.append(string("affine_") + tensor((1, 1, 1, 2 * len(factor)),
                                                       [*factor, *offset]) + 2 * view + integer(0))

    def statistics(self, gamma, beta, mean, variance, epsilon):
        """The same before it was turned into factors."""
        view = integer(1) + b"".join(map(integer, (1, len(gamma), 1, 1)))
        row = (1, len(gamma), 1, 1)
        self.details.append(
            string("bn_con2") + tensor((1, 1, 1, 2 * len(gamma)), [*gamma, *beta]) + 2 * view
            + 2 * tensor((0, 0, 0, 0), []) + tensor(row, mean) + tensor(row, variance)
            + integer(5) + integer(100) + 4 * floating(1.0) + floating(epsilon))

    def pool(self, name, window, stride):
        self.details.append(string(name) + b"".join(
            map(integer, (window, window, stride, stride, 0, 0))))

    def dense(self, weight):
        inputs, outputs = weight.shape
        view = integer(1) + 4 * integer(1)
        self.details.append(string("fc_2") + integer(outputs) + integer(inputs)
                            + tensor((inputs, outputs, 1, 1), weight.ravel()) + 2 * view
                            + integer(1) + 4 * floating(1.0))

    def encode(self, loss, picture):
        empty = tensor((0, 0, 0, 0), [])
        out = integer(1) + loss
        outer = self.details[:0:-1]
        out += b"".join(integer(1 if detail is None else 2) for detail in outer)
        out += integer(3) + picture
        for index, detail in enumerate(self.details):
            if detail is not None:
                out += detail + b"000" + 3 * empty + (integer(1) if index == 0 else b"")
        return out
