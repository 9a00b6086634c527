#!/usr/bin/env python3
"""Makes tests/golden/hog.json: the faces that dlib's frontal face detector finds in real pictures.

    python3 tests/golden/make_hog.py [--check]

Every picture of the test data that has no transparency is shown to dlib as Pillow
decodes it, upright: in colour, in grey, and doubled once, as the table RUNS says.
Only numbers are stored: left, top, width, height and score of each box.  test_hog.c
finds the pictures by name and the beginning of their SHA-256.

With --check the file is compared instead of written.  Needs, in Python 3.11:
    pip install dlib-bin==20.0.1.post1 pillow==13.0.0 numpy==2.4.6
"""

import hashlib
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

import dlib
import numpy
from PIL import Image, ImageOps

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "hog.json"
DATA = Path(os.environ.get("VULTUS_TEST_DATA", ROOT.parent / "shared" / "data"))
MIXED = ["deepface", "face_recognition", "dlib_faces", "wider", "crowd", "celeb5", "pose_rotate",
         "exif"]
ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".pgm"}
# Grey?, how often doubled, folders and which of their pictures (every n-th), megapixels at most.
RUNS = [
    (False, 0, [("lfw/lfw-deepfunneled", 1), ("lfw/lfw-orig150", 2), ("big", 1)]
     + [(folder, 1) for folder in MIXED], 40),
    (True, 0, [("att_orl", 1), ("lfw/lfw-deepfunneled", 10)]
     + [(folder, 1) for folder in MIXED], 3),
    (False, 1, [("lfw/lfw-deepfunneled", 10), ("lfw/lfw-orig150", 10)]
     + [(folder, 1) for folder in MIXED], 1.5),
    (True, 1, [("att_orl", 4), ("wider", 2), ("dlib_faces", 1)], 1.5),
]


def pictures(folders):
    for folder, every in folders:
        found = sorted(path for path in (DATA / folder).rglob("*")
                       if path.suffix.lower() in ENDINGS and path.is_file())
        yield from found[::every]


def decode(path, grey, megapixels):
    """The pixels as dlib takes them, or None for a picture that is left out."""
    with Image.open(path) as image:
        if image.width * image.height > megapixels * 1e6 or image.mode not in ("RGB", "L"):
            return None
        rgb = numpy.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    if grey:        # in whole numbers, so that test_hog.c can do the same
        return ((rgb.astype(numpy.uint32) @ numpy.array([299, 587, 114], numpy.uint32) + 500)
                // 1000).astype(numpy.uint8)
    return rgb


def boxes_of(detector, pixels, upsample):
    rectangles, scores, _ = detector.run(pixels, upsample, 0.0)
    return [[box.left(), box.top(), box.width(), box.height(), round(score, 4)]
            for box, score in zip(rectangles, scores)]


def make():
    detector, runs = dlib.get_frontal_face_detector(), []
    for grey, upsample, folders, megapixels in RUNS:
        rows = []
        for path in pictures(folders):
            pixels = decode(path, grey, megapixels)
            if pixels is not None:
                digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
                rows.append({"path": str(path.relative_to(DATA)), "sha256": digest,
                             "boxes": boxes_of(detector, pixels, upsample)})
        print(f"grey {grey}, doubled {upsample}: {len(rows)} pictures, "
              f"{sum(len(row['boxes']) for row in rows)} boxes", flush=True)
        runs.append({"grey": grey, "upsample": upsample, "pictures": rows})
    versions = {name: version(name) for name in ("dlib-bin", "pillow", "numpy")}
    return {"versions": versions, "runs": runs}


def text_of(golden):
    """JSON with a line for each picture."""
    def line(value):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    runs = ",\n".join(
        f'{{"grey":{line(run["grey"])},"upsample":{run["upsample"]},"pictures":[\n'
        + ",\n".join(map(line, run["pictures"])) + "\n]}" for run in golden["runs"])
    return f'{{"versions":{line(golden["versions"])},\n"runs":[\n{runs}\n]}}\n'


def main():
    text = text_of(make())
    if "--check" in sys.argv[1:]:
        if GOLDEN.read_text(encoding="utf-8") != text:
            sys.exit(f"{GOLDEN.name} differs")
        return
    GOLDEN.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
