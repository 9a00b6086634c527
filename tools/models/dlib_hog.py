"""Makes hog.safetensors of dlib's frontal face detector.

    data = convert_hog(header)      # the text of dlib/image_processing/frontal_face_detector.h

The header has a serialised object_detector, packed and in base64: five filters of
10 x 10 cells in 31 planes and a threshold each.  They were trained to have a low
rank, so each plane of each filter is a sum of one to four products of a column and
a row, two multiplications a weight instead of ten.  The decomposition loses nothing:
what is left out is less than the rounding of the filters that dlib itself makes.

Tensors, n products in all, in the order of filters: filters F32 [n, 2, 10], the row,
then the column; planes U8 [n] and detectors U8 [n]: which plane and which of the five
filters; thresholds F32 [5].  Of each filter the products that have a partner in the
same plane come first, in pairs, because two are added sooner than one and one.
"""

import base64
import binascii
import math
import re
from array import array

from dlib_reader import Reader
from dlib_stream import StreamError, unpack
from problem import ConversionError
from safetensors_writer import Tensor, encode_tensors

_CELL = 8
_SIDE = 10              # of a filter, cells
_PLANES = 31
_WEIGHTS = _PLANES * _SIDE * _SIDE
_LAYERS = 64            # sides of the smallest level of the pyramid
_DETECTORS_MAX = 16
# Singular values that dlib drops: a thousandth of the greatest of the plane, or this.
_SMALL, _RELATIVE = 1e-4, 1e-3
_SWEEPS = 60


def _serialised(header):
    chunks = re.findall(r'<< "([A-Za-z0-9+/=]+)"', header.decode("utf-8", "replace"))
    try:
        return unpack(base64.b64decode("".join(chunks), validate=True))
    except (binascii.Error, StreamError) as error:
        raise ConversionError(f"no packed detector in the header: {error}") from None


def _read_detector(data):
    """[(threshold, weights)] of a serialised object_detector<scan_fhog_pyramid<pyramid_down<6>>>."""
    reader = Reader(data)
    reader.expect(2)                                # version of object_detector
    reader.expect(1)                                # version of the scanner
    reader.expect(0), reader.expect(0)              # no features are stored
    reader.expect(_CELL), reader.expect(0)          # no padding around the window
    reader.expect(_CELL * _SIDE), reader.expect(_CELL * _SIDE)
    reader.integer()                                # levels: more than any picture has
    reader.expect(_LAYERS), reader.expect(_LAYERS)
    reader.finite()                                 # a parameter of training
    reader.expect(_WEIGHTS)
    reader.finite(), reader.finite()                # limits of suppression: in the contract
    detectors = []
    for _ in range(reader.count(_DETECTORS_MAX)):
        rows, columns, values = reader.matrix()
        if rows * columns != _WEIGHTS + 1 or not all(map(math.isfinite, values)):
            reader.fail("weights of another shape")
        detectors.append((values[-1], values[:-1]))
    reader.end()
    return detectors


def _dot(a, b):
    return math.fsum(x * y for x, y in zip(a, b))


def _decompose(plane):
    """[(singular value, row, column)] by one-sided Jacobi rotations, the greatest first.

    Written out because the standard library has none, and in plain arithmetic so that every
    machine makes the same bytes.  columns[i] becomes value * left vector, turned[i] the right one.
    """
    columns = [[plane[r * _SIDE + c] for r in range(_SIDE)] for c in range(_SIDE)]
    turned = [[float(r == c) for r in range(_SIDE)] for c in range(_SIDE)]
    for _ in range(_SWEEPS):
        moved = False
        for i in range(_SIDE - 1):
            for k in range(i + 1, _SIDE):
                a, b = _dot(columns[i], columns[i]), _dot(columns[k], columns[k])
                both = _dot(columns[i], columns[k])
                if both * both <= 1e-30 * a * b or both == 0:
                    continue
                moved = True
                zeta = (b - a) / (2 * both)
                tangent = math.copysign(1, zeta) / (abs(zeta) + math.sqrt(1 + zeta * zeta))
                cosine = 1 / math.sqrt(1 + tangent * tangent)
                sine = cosine * tangent
                for pair in (columns, turned):
                    x, y = pair[i], pair[k]
                    pair[i] = [cosine * p - sine * q for p, q in zip(x, y)]
                    pair[k] = [sine * p + cosine * q for p, q in zip(x, y)]
        if not moved:
            break
    parts = []
    for column, row in zip(columns, turned):
        value = math.sqrt(_dot(column, column))
        if value > 0:
            root = math.sqrt(value)
            parts.append((value, [root * x for x in row], [x / root for x in column]))
    parts.sort(key=lambda part: -part[0])
    return [part for part in parts if part[0] >= max(_SMALL, _RELATIVE * parts[0][0])]


def _paired(products):
    """The same (plane, row, column) products, pairs of one plane first."""
    pairs, alone, at = [], [], 0
    while at < len(products):
        if at + 1 < len(products) and products[at][0] == products[at + 1][0]:
            pairs += products[at:at + 2]
            at += 2
        else:
            alone.append(products[at])
            at += 1
    return pairs + alone


def convert_hog(header):
    """The bytes of hog.safetensors."""
    filters, planes, owners, thresholds = array("f"), bytearray(), bytearray(), array("f")
    for owner, (threshold, weights) in enumerate(_read_detector(_serialised(header))):
        thresholds.append(threshold)
        products = []
        for plane in range(_PLANES):
            begin = plane * _SIDE * _SIDE
            for _, row, column in _decompose(weights[begin:begin + _SIDE * _SIDE]):
                products.append((plane, row, column))
        for plane, row, column in _paired(products):
            filters.extend(row)
            filters.extend(column)
            planes.append(plane)
            owners.append(owner)
    if not planes:
        raise ConversionError("the detector has no weights")
    return encode_tensors([
        Tensor("filters", "F32", (len(planes), 2, _SIDE), filters),
        Tensor("planes", "U8", (len(planes),), bytes(planes)),
        Tensor("detectors", "U8", (len(owners),), bytes(owners)),
        Tensor("thresholds", "F32", (len(thresholds),), thresholds),
    ])


FILES = {"hog.safetensors": convert_hog}
