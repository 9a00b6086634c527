#!/usr/bin/env python3
"""Makes tests/golden/trees.json: the shapes that dlib's predictors find in real pictures.

    python3 tests/golden/make_trees.py [--check | --all FILE]

The PyPI package dlib-bin runs the published files of face-recognition-models on
the pictures of VULTUS_TEST_DATA, in boxes of dlib's own HOG detector and of the
XML that lies beside dlib's pictures.  dlib rounds its points to whole pixels.
Only numbers are stored; test_trees.c finds the pictures by name and SHA-256.

Of many pictures a sample is stored; --all writes them all, to FILE, which
VULTUS_TREES_GOLDEN makes test_trees.c read.  With --check the file is compared
instead of written.  Needs, in Python 3.11 or newer:
    pip install dlib-bin==20.0.1.post1 face-recognition-models==0.3.0 numpy pillow
"""

import hashlib
import json
import os
import sys
import xml.etree.ElementTree
from importlib.metadata import files, version
from pathlib import Path

sys.dont_write_bytecode = True

import dlib                           # noqa: E402
import numpy                          # noqa: E402
from PIL import Image, ImageOps       # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "trees.json"
DATA = Path(os.environ.get("VULTUS_TEST_DATA", ROOT.parent / "shared" / "data"))
POINTS = (5, 68)
LARGE = 2_000_000       # pixels: boxes of larger pictures are sought in a smaller copy

# Folders with pictures, and of how many pictures and faces of each the sample takes one.
FOLDERS = [("lfw/lfw-deepfunneled", 24, 1), ("lfw/lfw-orig150", 48, 1), ("deepface", 2, 1),
           ("face_recognition", 2, 1), ("celeb5", 8, 1), ("wider/images", 3, 2), ("dlib_faces", 1, 1),
           ("big", 2, 1), ("crowd", 1, 8), ("exif", 1, 1), ("pose_rotate", 1, 1)]
ENDINGS = {".jpg", ".jpeg", ".png"}


def _predictor(points):
    name = f"shape_predictor_{points}_face_landmarks.dat"
    path = next(f for f in files("face-recognition-models") if f.name == name)
    return dlib.shape_predictor(str(path.locate()))


def _given_boxes():
    """{picture: [rectangle]} of the XML files of dlib's pictures."""
    boxes = {}
    for path in sorted((DATA / "dlib_faces").glob("*.xml")):
        for image in xml.etree.ElementTree.parse(path).iter("image"):
            found = boxes.setdefault(path.parent / image.get("file"), [])
            for box in image.iter("box"):
                left, top, width, height = (int(box.get(k)) for k in ("left", "top", "width", "height"))
                rectangle = dlib.rectangle(left, top, left + width - 1, top + height - 1)
                if rectangle not in found:
                    found.append(rectangle)
    return boxes


def _found_boxes(detector, pixels):
    step = 1 + int((pixels.shape[0] * pixels.shape[1] / LARGE) ** 0.5)
    if pixels.shape[0] * pixels.shape[1] <= LARGE:
        return list(detector(pixels, 0))
    small = numpy.ascontiguousarray(pixels[::step, ::step])
    return [dlib.rectangle(r.left() * step, r.top() * step, r.right() * step, r.bottom() * step)
            for r in detector(small, 0)]


def _face(predictors, pixels, box):
    face = {"box": [box.left(), box.top(), box.width(), box.height()]}
    for points, predictor in predictors.items():
        face[f"points{points}"] = [v for p in predictor(pixels, box).parts() for v in (p.x, p.y)]
    return face


def make(every):
    detector, given = dlib.get_frontal_face_detector(), _given_boxes()
    predictors = {points: _predictor(points) for points in POINTS}
    pictures = []
    for folder, pictures_step, faces_step in FOLDERS:
        paths = sorted(p for p in (DATA / folder).rglob("*") if p.suffix.lower() in ENDINGS)
        for path in paths if every else paths[::pictures_step]:
            data = path.read_bytes()
            pixels = numpy.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))
            boxes = given.get(path, []) + _found_boxes(detector, pixels)
            boxes = boxes if every else boxes[::faces_step]
            if boxes:
                pictures.append({
                    "paths": [f"data:{path.relative_to(DATA).as_posix()}"],
                    "sha256": hashlib.sha256(data).hexdigest(),
                    "faces": [_face(predictors, pixels, box) for box in boxes]})
        print(f"{folder}: {sum(len(p['faces']) for p in pictures)} faces so far", file=sys.stderr)
    return {
        "about": "Shapes found by dlib in given boxes, made by tests/golden/make_trees.py. box: x, y, "
                 "width, height; points5, points68: x, y of each point.",
        "implementation": "dlib-bin (PyPI)",
        "version": version("dlib-bin"),
        "models": f"face-recognition-models {version('face-recognition-models')}",
        "pictures": pictures,
    }


def _text(golden):
    """JSON with one line per face."""
    def dump(value):
        return json.dumps(value, separators=(",", ":"))
    head = json.dumps({key: value for key, value in golden.items() if key != "pictures"}, indent=1)
    pictures = []
    for picture in golden["pictures"]:
        start = json.dumps({key: value for key, value in picture.items() if key != "faces"})
        faces = ",\n   ".join(dump(face) for face in picture["faces"])
        pictures.append(f'  {start[:-1]}, "faces": [\n   {faces}\n  ]}}')
    return head.removesuffix("\n}") + ',\n "pictures": [\n' + ",\n".join(pictures) + "\n ]\n}\n"


def main():
    every = "--all" in sys.argv[1:]
    path = Path(sys.argv[sys.argv.index("--all") + 1]) if every else GOLDEN
    text = _text(make(every))
    if "--check" in sys.argv[1:]:
        same = json.loads(GOLDEN.read_text("utf-8"))["pictures"] == json.loads(text)["pictures"]
        print("the same" if same else "different")
        return 0 if same else 1
    path.write_text(text, "utf-8")
    print(f"{path.name}: {path.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
