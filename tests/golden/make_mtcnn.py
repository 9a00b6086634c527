#!/usr/bin/env python3
"""Makes tests/golden/mtcnn.json: the faces that a published MTCNN finds in real pictures.

    python3 tests/golden/make_mtcnn.py [--check]

The PyPI package mtcnn 0.1.1 (a port of David Sandberg's, in TensorFlow) carries its
own weights.  Its stages are run as its detect_faces() runs them, without the
rounding to whole pixels at its end.  Only numbers are stored; test_mtcnn.c finds
the pictures by name and SHA-256 where they are.

With --check the file is compared instead of written.  Needs, in Python 3.11:
    pip install mtcnn==0.1.1 tensorflow-cpu pillow opencv-python-headless "setuptools<81"
"""

import hashlib
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.dont_write_bytecode = True

import numpy                          # noqa: E402
from PIL import Image, ImageOps       # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "mtcnn.json"
DATA = Path(os.environ.get("VULTUS_TEST_DATA", ROOT.parent / "shared" / "data"))
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
PHOTOS = CACHE / "vultus" / "photos"    # tools/setup/photos.sh fills it
MIN_FACE = 20

# Each picture with all places where it may lie.
PICTURES = [
    ["photos:known/Barack Obama/obama.jpg", "data:face_recognition/examples/obama.jpg"],
    ["photos:known/Joe Biden/biden.jpg", "data:face_recognition/examples/biden.jpg"],
    ["photos:probe/speech.jpg", "data:face_recognition/examples/obama2.jpg"],
    ["photos:probe/portrait.jpg", "data:face_recognition/tests/test_images/obama3.jpg"],
    ["photos:probe/strangers1.jpg"],
    ["photos:probe/strangers2.jpg"],
    ["photos:probe/strangers3.jpg"],
    ["photos:probe/strangers4.jpg"],
    ["photos:probe/strangers5.jpg"],
    ["photos:probe/strangers6.jpg"],
    ["data:face_recognition/examples/two_people.jpg"],
    ["data:face_recognition/examples/obama_small.jpg"],
    ["data:face_recognition/examples/lin-manuel-miranda.png"],
    ["data:dlib_faces/bald_guys.jpg"],
    ["data:dlib_faces/2008_002470.jpg"],
    ["data:dlib_faces/2009_004587.jpg"],
    ["data:dlib_faces/dogs.jpg"],
    ["data:deepface/couple.jpg"],
    ["data:crowd/insightface_t1.jpg"],
    ["data:wider/images/0--Parade/0_Parade_marchingband_1_490.jpg"],
    ["data:wider/images/19--Couple/19_Couple_Couple_19_319.jpg"],
    ["data:wider/images/19--Couple/19_Couple_Couple_19_24.jpg"],
    ["data:wider/images/20--Family_Group/20_Family_Group_Family_Group_20_1015.jpg"],
    ["data:wider/images/20--Family_Group/20_Family_Group_Family_Group_20_255.jpg"],
    ["data:wider/images/20--Family_Group/20_Family_Group_Family_Group_20_544.jpg"],
    ["data:wider/images/20--Family_Group/20_Family_Group_Family_Group_20_87.jpg"],
]

# What the package takes for a face and is none: a picture, and a point inside of the box.
NO_FACES = [("photos:probe/strangers4.jpg", 1035, 945)]     # the pattern of a dress


def place(path):
    """Where "data:..." or "photos:..." lies."""
    kind, _, rest = path.partition(":")
    return (DATA if kind == "data" else PHOTOS) / rest


def find(detector, pixels):
    """[(box x1 y1 x2 y2, score, five points)] as the package has them before it rounds."""
    height, width, _ = pixels.shape
    first = 12 / MIN_FACE
    scales, shorter = [], min(height, width) * first
    while shorter >= 12:
        scales.append(first * numpy.power(0.709, len(scales)))
        shorter *= 0.709
    # pylint: disable=protected-access
    from mtcnn.mtcnn import StageStatus
    result = (scales, StageStatus(width=width, height=height))
    for stage in (detector._MTCNN__stage1, detector._MTCNN__stage2):
        result = stage(pixels, *result)
    boxes, points = detector._MTCNN__stage3(pixels, *result)
    points = numpy.asarray(points).reshape(2, 5, -1)
    return [(box[:4], float(box[-1]), points[:, :, i].T) for i, box in enumerate(boxes)]


def _face(box, score, points):
    x1, y1, x2, y2 = (float(v) for v in box)
    return {"box": [round(v, 2) for v in (x1, y1, x2 - x1, y2 - y1)], "score": round(score, 5),
            "points": [round(float(v), 2) for point in points for v in point]}


def make():
    from mtcnn import MTCNN
    import keras
    keras.utils.disable_interactive_logging()
    detector = MTCNN(min_face_size=MIN_FACE)
    pictures = []
    for paths in PICTURES:
        path = next((place(p) for p in paths if place(p).exists()), None)
        if path is None:
            sys.exit(f"{paths[0]} is not there")
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        paths = [p for p in paths if place(p).exists()
                 and hashlib.sha256(place(p).read_bytes()).hexdigest() == digest]
        pixels = numpy.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))
        faces = [_face(*face) for face in find(detector, pixels)
                 if not any(name == paths[0] and face[0][0] < x < face[0][2]
                            and face[0][1] < y < face[0][3] for name, x, y in NO_FACES)]
        print(f"{paths[0]}: {len(faces)} faces, {len(paths)} places", file=sys.stderr)
        pictures.append({"paths": paths, "sha256": digest, "width": pixels.shape[1],
                         "height": pixels.shape[0], "faces": faces})
    return {
        "about": "Faces found by a published MTCNN, made by tests/golden/make_mtcnn.py. box: x, y, "
                 "width, height; points: x, y of left eye, right eye, nose, left and right corner "
                 "of the mouth, as seen in the picture.",
        "implementation": "mtcnn (PyPI)",
        "version": version("mtcnn"),
        "tensorflow": version("tensorflow_cpu"),
        "min_face": MIN_FACE,
        "pictures": pictures,
    }


def _text(golden):
    """JSON with one line per face."""
    head = json.dumps({key: value for key, value in golden.items() if key != "pictures"}, indent=1)
    pictures = []
    for picture in golden["pictures"]:
        start = json.dumps({key: value for key, value in picture.items() if key != "faces"})
        faces = ",\n   ".join(json.dumps(face) for face in picture["faces"])
        pictures.append(f'  {start[:-1]}, "faces": [\n   {faces}\n  ]}}')
    return head.removesuffix("\n}") + ',\n "pictures": [\n' + ",\n".join(pictures) + "\n ]\n}\n"


def main():
    text = _text(make())
    if "--check" in sys.argv[1:]:
        old, new = json.loads(GOLDEN.read_text("utf-8")), json.loads(text)
        same = old["pictures"] == new["pictures"]
        print("the same" if same else "different")
        return 0 if same else 1
    GOLDEN.write_text(text, "utf-8")
    print(f"{GOLDEN.name}: {GOLDEN.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
