#!/usr/bin/env python3
"""Makes tests/golden/cascades.json: what OpenCV's cascades find in real pictures.

    python3 tests/golden/make_cascades.py CASCADES [--check | --all FILE]

CASCADES is the folder with haarcascades/ and lbpcascades/ of Debian's package
opencv-data (/usr/share/opencv4).  The PyPI package opencv-python-headless runs
detectMultiScale on one thread, over the pictures of VULTUS_TEST_DATA up to two
megapixels.  Only numbers are stored; test_cascades.c finds the pictures by name
and SHA-256.

"windows" are the answers to a picture that is a formula, with cascades made
up by make_cascade_files.py: all windows that pass, without grouping.

Of many pictures a sample is stored; --all writes them all, to FILE, which
VULTUS_CASCADES_GOLDEN makes test_cascades.c read.  With --check the file is compared
instead of written.  Needs, in Python 3.11 or newer:
    pip install opencv-python-headless==4.10.0.84 numpy pillow
"""

import hashlib
import json
import os
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import cv2                            # noqa: E402
import numpy                          # noqa: E402
from PIL import Image, ImageOps       # noqa: E402

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
GOLDEN = HERE / "cascades.json"
DATA = Path(os.environ.get("VULTUS_TEST_DATA", ROOT.parent / "shared" / "data"))
LARGE = 2_000_000       # pixels
FACTOR, NEIGHBORS, SIZE = 1.1, 5, 30

# Model of the pack, file of opencv-data, and of how many pictures of the sample it looks at one.
CASCADES = [
    ("haar", "haarcascades/haarcascade_frontalface_default.xml", 1),
    ("lbp", "lbpcascades/lbpcascade_frontalface.xml", 1),
    ("haar_alt2", "haarcascades/haarcascade_frontalface_alt2.xml", 4),
    ("haar_alt", "haarcascades/haarcascade_frontalface_alt.xml", 8),
    ("haar_alt_tree", "haarcascades/haarcascade_frontalface_alt_tree.xml", 8),
    ("profile", "haarcascades/haarcascade_profileface.xml", 8),
    ("lbp_improved", "lbpcascades/lbpcascade_frontalface_improved.xml", 8),
]
MADE_UP = ["cascade_tilted", "cascade_patterns"]

# Folders with pictures, and of how many the sample takes one.
FOLDERS = [("lfw/lfw-deepfunneled", 24), ("lfw/lfw-orig150", 24), ("deepface", 1),
           ("face_recognition", 1), ("celeb5", 2), ("wider/images", 1), ("dlib_faces", 1),
           ("crowd", 1), ("exif", 1), ("pose_rotate", 1)]
ENDINGS = {".jpg", ".jpeg", ".png"}


def _rects(found):
    return sorted([int(v) for v in rect] for rect in found)


def _pictures(every):
    for folder, step in FOLDERS:
        paths = sorted(p for p in (DATA / folder).rglob("*") if p.suffix.lower() in ENDINGS)
        print(f"{folder}: {len(paths)} pictures", file=sys.stderr)
        for path in paths if every else paths[::step]:
            image = Image.open(path)
            if image.width * image.height <= LARGE:
                yield path, numpy.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def made_up_picture():
    """As test_cascades.c makes it: waves and specks, 320 x 240."""
    y, x = numpy.mgrid[0:240, 0:320]
    waves = (x * x * 3 + y * y * 5 + x * y * 7) // 61 + (x // 9) * (y // 7) * 13
    return (waves & 255).astype(numpy.uint8)


def _windows():
    picture = made_up_picture()
    found = {}
    for name in MADE_UP:
        cascade = cv2.CascadeClassifier(str(HERE / f"{name}.xml"))
        # windows over the edge are cut: the inner ones show what they were
        found[name] = _rects(r for r in cascade.detectMultiScale(picture, 1.2, 0)
                             if r[0] + r[2] < 320 and r[1] + r[3] < 240)
        print(f"{name}: {len(found[name])} windows", file=sys.stderr)
    return found


def make(folder, every):
    cv2.setNumThreads(1)
    cascades = [(model, cv2.CascadeClassifier(str(folder / name)), step)
                for model, name, step in CASCADES]
    pictures = []
    for at, (path, pixels) in enumerate(_pictures(every)):
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        pictures.append({
            "paths": [f"data:{path.relative_to(DATA).as_posix()}"],
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "found": {model: _rects(cascade.detectMultiScale(
                grey, FACTOR, NEIGHBORS, minSize=(SIZE, SIZE)))
                for model, cascade, step in cascades if at % step == 0}})
    return {
        "about": "Boxes found by cascades of OpenCV, made by tests/golden/make_cascades.py: x, y, "
                 "width, height.",
        "implementation": "opencv-python-headless (PyPI)",
        "version": cv2.__version__,
        "scaleFactor": FACTOR, "minNeighbors": NEIGHBORS, "minSize": SIZE,
        "windows": _windows(),
        "pictures": pictures,
    }


def _text(golden):
    """JSON with one line for each picture."""
    def dump(value):
        return json.dumps(value, separators=(",", ":"))
    head = {key: value for key, value in golden.items() if key not in ("windows", "pictures")}
    windows = ",\n".join(f"  {dump(name)}: {dump(rects)}" for name, rects in golden["windows"].items())
    pictures = ",\n".join("  " + dump(picture) for picture in golden["pictures"])
    return (json.dumps(head, indent=1).removesuffix("\n}") + ',\n "windows": {\n' + windows
            + '\n },\n "pictures": [\n' + pictures + "\n ]\n}\n")


def main():
    every = "--all" in sys.argv[1:]
    path = Path(sys.argv[sys.argv.index("--all") + 1]) if every else GOLDEN
    text = _text(make(Path(sys.argv[1]), every))
    if "--check" in sys.argv[1:]:
        same = json.loads(GOLDEN.read_text("utf-8")) == json.loads(text)
        print("the same" if same else "different")
        return 0 if same else 1
    path.write_text(text, "utf-8")
    print(f"{path.name}: {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
