#!/usr/bin/env python3
"""Makes tests/golden/yunet.json: what OpenCV's FaceDetectorYN finds in windows of real pictures.

    python3 tests/golden/make_yunet.py [--check]

The network is YuNet 2023mar, whose input is fixed at 640 x 640, so every window is
640 x 640 pixels, cut out of a picture without scaling and with black where the
picture ends: both sides see the same pixels.  Only numbers are stored; test_yunet.c
finds the network and the pictures by SHA-256 where they are.

With --check the file is compared instead of written.  Needs
    pip install opencv-python-headless==4.12.0.88
"""

import hashlib
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

sys.dont_write_bytecode = True

import cv2              # noqa: E402
import numpy            # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "yunet.json"
DATA = Path(os.environ.get("VULTUS_TEST_DATA", ROOT.parent / "shared" / "data"))
NETWORK = DATA.parent / "models" / "face_detection_yunet_2023mar.onnx"
SIDE = 640
THRESHOLD, OVERLAP, TOP = 0.6, 0.3, 5000
STEP = 480              # between windows of a picture
WINDOWS = 6             # of one picture at most

FOLDERS = ["face_recognition/examples", "face_recognition/tests/test_images", "deepface", "dlib_faces", "crowd",
           "pose_rotate", "wider/images"]
ENDINGS = (".jpg", ".jpeg", ".png")


def windows(width, height):
    """Upper left corners, spread over the picture; those in the middle first."""
    corners = [(x, y) for y in range(0, max(height - SIDE // 2, 1), STEP)
               for x in range(0, max(width - SIDE // 2, 1), STEP)]
    middle = ((width - SIDE) / 2, (height - SIDE) / 2)
    corners.sort(key=lambda c: (max(abs(c[0] - middle[0]), abs(c[1] - middle[1])), c))
    return corners[:WINDOWS]


def cut(picture, x, y):
    window = numpy.zeros((SIDE, SIDE, 3), numpy.uint8)
    part = picture[y:y + SIDE, x:x + SIDE]
    window[:part.shape[0], :part.shape[1]] = part
    return window


def faces_in(detector, window):
    _, found = detector.detect(window)
    found = [] if found is None else found.astype(float)
    return [{"box": [round(v, 2) for v in row[:4]], "points": [round(v, 2) for v in row[4:14]],
             "score": round(row[14], 5)} for row in sorted(map(list, found), key=lambda row: -row[14])]


def main():
    detector = cv2.FaceDetectorYN.create(str(NETWORK), "", (SIDE, SIDE), THRESHOLD, OVERLAP, TOP)
    pictures = []
    for folder in FOLDERS:
        for path in sorted((DATA / folder).rglob("*")):
            if path.suffix.lower() not in ENDINGS:
                continue
            encoded = path.read_bytes()
            picture = cv2.imdecode(numpy.frombuffer(encoded, numpy.uint8), cv2.IMREAD_COLOR)
            if picture is None:
                continue
            found = [{"x": x, "y": y, "faces": faces_in(detector, cut(picture, x, y))}
                     for x, y in windows(picture.shape[1], picture.shape[0])]
            found = [window for window in found if window["faces"]]
            if found:
                pictures.append({"paths": [f"data:{path.relative_to(DATA)}"],
                                 "sha256": hashlib.sha256(encoded).hexdigest(),
                                 "width": picture.shape[1], "height": picture.shape[0], "windows": found})
    golden = {"opencv": version("opencv-python-headless"), "network": NETWORK.name,
              "network_sha256": hashlib.sha256(NETWORK.read_bytes()).hexdigest(), "side": SIDE,
              "threshold": THRESHOLD, "overlap": OVERLAP, "pictures": pictures}
    text = json.dumps(golden, separators=(",", ":")).replace('{"paths"', '\n{"paths"') + "\n"
    if "--check" in sys.argv[1:]:
        sys.exit(0 if GOLDEN.read_text() == text else f"{GOLDEN} differs")
    GOLDEN.write_text(text)
    count = sum(len(w["faces"]) for p in pictures for w in p["windows"])
    print(f"{len(pictures)} pictures, {count} faces, {len(text)} bytes")


if __name__ == "__main__":
    main()
