#!/usr/bin/env python3
"""Makes dlib_networks.json: what dlib answers with its ResNet-29 and its MMOD detector.

    pip install dlib-bin==20.0.1.post1 pillow numpy
    python3 tests/golden/make_dlib_networks.py FOLDER_OF_DAT_FILES [DATA] [--all]

FOLDER_OF_DAT_FILES is face_recognition_models/models of the PyPI package
face-recognition-models 0.3.0; DATA is the folder of test pictures (default:
VULTUS_TEST_DATA or ../shared/data).  MMOD takes minutes, with --all an hour.

* chips: the middle 150 x 150 pixels of pictures of LFW as they are, so that both
  sides look at the same chip, and dlib's 128 numbers for it.
* faces: of the same pictures dlib's five points and its 128 numbers for the chip
  that it cuts by them.
* pictures: dlib's MMOD boxes (left, top, right, bottom, all inside) and scores.
"""

import glob
import hashlib
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

import dlib
import numpy
from PIL import Image, ImageOps

HERE = Path(__file__).resolve().parent
CHIPS = 60
SIDE = 150
MOST_PIXELS = 1100000
# Folders with pictures, and of how many pictures one is taken; --all takes them all.
FOLDERS = {"celeb5": 6, "deepface": 3, "dlib_faces": 1, "exif": 8, "face_recognition": 3,
           "pose_rotate": 2, "wider": 8}
UPSAMPLED = "dlib_faces/2007_"  # pictures that are doubled once


def pixels_of(path):
    return numpy.ascontiguousarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))


def identity(path, data):
    return {"paths": [f"data:{os.path.relpath(path, data)}"],
            "sha256": hashlib.sha256(Path(path).read_bytes()).hexdigest()}


def rounded(values):
    return [round(float(value), 6) for value in values]


def make_chips(data, network):
    files = sorted(glob.glob(str(data / "lfw/lfw-deepfunneled/*/*_0001.jpg")))
    for path in files[::len(files) // CHIPS][:CHIPS]:
        image = pixels_of(path)
        x, y = (image.shape[1] - SIDE) // 2, (image.shape[0] - SIDE) // 2
        chip = numpy.ascontiguousarray(image[y:y + SIDE, x:x + SIDE])
        yield {**identity(path, data), "x": x, "y": y,
               "embedding": rounded(network.compute_face_descriptor(chip))}


def make_faces(data, chips, folder, network):
    detector = dlib.get_frontal_face_detector()
    predictor = dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat"))
    for chip in chips:
        image = pixels_of(data / chip["paths"][0].removeprefix("data:"))
        boxes = detector(image, 0)
        if len(boxes) != 1:
            continue
        shape = predictor(image, boxes[0])
        cut = dlib.get_face_chip(image, shape, SIDE, 0.25)
        yield {"paths": chip["paths"], "sha256": chip["sha256"],
               "points": [value for i in range(5) for value in (shape.part(i).x, shape.part(i).y)],
               "embedding": rounded(network.compute_face_descriptor(cut))}


def make_pictures(data, folder, every):
    detector = dlib.cnn_face_detection_model_v1(str(folder / "mmod_human_face_detector.dat"))
    files = []
    for name, step in FOLDERS.items():
        found = sorted(path for path in data.glob(f"{name}/**/*")
                       if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
        files += found[::1 if every else step]
    for path in files:
        image = pixels_of(path)
        if image.shape[0] * image.shape[1] > MOST_PIXELS:
            continue
        name = os.path.relpath(path, data)
        upsample = 1 if name.startswith(UPSAMPLED) else 0
        found = detector(image, upsample)
        print(f"{name}: {len(found)}", file=sys.stderr, flush=True)
        yield {**identity(path, data), "upsample": upsample,
               "faces": [[d.rect.left(), d.rect.top(), d.rect.right(), d.rect.bottom(),
                          round(d.confidence, 5)] for d in found]}


def main():
    every = "--all" in sys.argv
    sys.argv = [word for word in sys.argv if word != "--all"]
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    folder = Path(sys.argv[1])
    data = Path(sys.argv[2] if len(sys.argv) > 2 else
                os.environ.get("VULTUS_TEST_DATA") or HERE.parents[2] / "shared" / "data")
    network = dlib.face_recognition_model_v1(
        str(folder / "dlib_face_recognition_resnet_model_v1.dat"))
    chips = list(make_chips(data, network))
    parts = {"chips": chips, "faces": list(make_faces(data, chips, folder, network)),
             "pictures": list(make_pictures(data, folder, every))}
    with open(HERE / "dlib_networks.json", "w", encoding="utf-8") as file:
        about = {"about": "Answers of dlib's networks, made by tests/golden/make_dlib_networks.py.",
                 "implementation": "dlib-bin (PyPI)", "version": version("dlib-bin")}
        file.write(json.dumps(about, indent=1)[:-2])
        for name, items in parts.items():
            file.write(f',\n "{name}": [\n  ')
            file.write(",\n  ".join(json.dumps(item) for item in items) + "\n ]")
        file.write("\n}\n")


if __name__ == "__main__":
    main()
