#!/usr/bin/env python3
"""Makes tests/golden/alignment.json: how scikit-image fits landmarks to a template,
and how OpenCV turns, cuts and resizes a picture.

    python3 tests/golden/make_alignment.py [--check]

The picture is made by a rule that test_alignment.c follows as well, so nothing but
numbers is stored.  With --check the file is compared instead of written.  Needs:
    pip install scikit-image opencv-python-headless
"""

import json
import math
import sys
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy
from skimage.transform import SimilarityTransform

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "alignment.json"

TEMPLATE = [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655],
            [70.7299, 92.2041]]
WIDTH, HEIGHT = 301, 223
STEP = 61       # of the values of a chip only each so many-th is kept

# (angle in degrees, scale, x, y): the chip's pixel (0, 0) shows the picture's (x, y)
WARPS = [(0, 1, 0, 0), (0, 1, 60.25, 40.75), (12, 0.7, 80, 30), (-33, 1.3, 40, 120),
         (90, 1.9, 250, 3), (180, 0.31, 200, 150), (5, 1.5, -40, -60), (45, 1, 220, 150),
         (-8, 2.9, -10, 40), (20, 5.5, 40, -100)]

# (x, y, width, height) of the box, width and height of the result
BOXES = [(0, 0, 301, 223, 301, 223), (0, 0, 301, 223, 151, 112), (0, 0, 301, 223, 214, 159),
         (0, 0, 301, 223, 400, 297), (0, 0, 301, 223, 100, 75), (0, 0, 301, 223, 37, 28),
         (20, 31, 160, 120, 80, 60), (20, 31, 24, 24, 24, 24)]


def triangle(value):
    return numpy.abs(value % 510 - 255)


def picture():
    """RGB by rule: waves that differ between the colours, and a little noise."""
    y, x, c = numpy.mgrid[0:HEIGHT, 0:WIDTH, 0:3]
    noise = (x * 73856093 ^ y * 19349663 ^ c * 83492791) % 16
    value = (triangle(5 * x + 2 * y + 80 * c) + triangle(7 * y - 3 * x + 510 * 4 + 50 * c)) // 2
    return (value * 15 // 16 + noise).astype(numpy.uint8)


def fits():
    random = numpy.random.default_rng(1)
    cases = []
    for i in range(12):
        points = numpy.array(TEMPLATE)
        angle, scale = random.uniform(-math.pi, math.pi), 10 ** random.uniform(-1, 1.5)
        turn = scale * numpy.array([[math.cos(angle), -math.sin(angle)],
                                    [math.sin(angle), math.cos(angle)]])
        if i % 4 == 3:
            turn = turn @ numpy.diag([-1, 1])      # a mirrored face: no similarity fits it well
        moved = points @ turn.T + random.uniform(-500, 3000, 2)
        moved += random.normal(0, 3 * scale, moved.shape) * (i % 3)
        moved = numpy.round(moved, 3).astype(numpy.float32).astype(float)
        fit = SimilarityTransform.from_estimate(moved, points)
        matrix = fit.params
        cases.append({"from": [round(float(v), 3) for v in moved.ravel()],
                      "matrix": [float(f"{v:.9g}") for v in (matrix[0, 0], matrix[1, 0],
                                                             matrix[0, 2], matrix[1, 2])]})
    return cases


def warps(image):
    cases = []
    for angle, scale, x, y in WARPS:
        a, b = scale * math.cos(math.radians(angle)), scale * math.sin(math.radians(angle))
        a, b = float(numpy.float32(a)), float(numpy.float32(b))
        matrix = numpy.array([[a, -b, x], [b, a, y]], dtype=numpy.float64)
        chip = cv2.warpAffine(image, matrix, (112, 112), borderValue=0,
                              flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        cases.append({"similarity": [a, b, x, y], "scale": scale, "step": STEP,
                      "values": chip.ravel()[::STEP].tolist()})
    return cases


def boxes(image):
    cases = []
    for x, y, width, height, to_width, to_height in BOXES:
        part = image[y:y + height, x:x + width]
        grows = to_width > width
        result = cv2.resize(part, (to_width, to_height),
                            interpolation=cv2.INTER_LINEAR if grows else cv2.INTER_AREA)
        step = max(1, result.size // 600) | 1
        cases.append({"box": [x, y, width, height], "width": to_width, "height": to_height,
                      "step": step, "values": result.ravel()[::step].tolist()})
    return cases


def make():
    image = picture()
    return {
        "about": "Made by tests/golden/make_alignment.py. fits: five points, and the a, b, tx, ty "
                 "of the similarity that takes them to the template. warps and boxes: values 0, "
                 "step, 2 step, ... of the result, RGB row by row.",
        "scikit-image": version("scikit-image"),
        "opencv": cv2.__version__,
        "template": [v for point in TEMPLATE for v in point],
        "width": WIDTH,
        "height": HEIGHT,
        "fits": fits(),
        "warps": warps(image),
        "boxes": boxes(image),
    }


def _text(golden):
    """JSON with one line per case."""
    lists = ("fits", "warps", "boxes")
    head = json.dumps({k: v for k, v in golden.items() if k not in lists}, indent=1)
    parts = [f' "{k}": [\n  ' + ",\n  ".join(json.dumps(case) for case in golden[k]) + "\n ]"
             for k in lists]
    return head.removesuffix("\n}") + ",\n" + ",\n".join(parts) + "\n}\n"


def main():
    text = _text(make())
    if "--check" in sys.argv[1:]:
        same = GOLDEN.read_text("utf-8") == text
        print("the same" if same else "different")
        return 0 if same else 1
    GOLDEN.write_text(text, "utf-8")
    print(f"{GOLDEN.name}: {GOLDEN.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
