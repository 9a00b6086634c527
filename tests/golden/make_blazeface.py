#!/usr/bin/env python3
"""Makes tests/golden/blazeface.json: the faces that MediaPipe finds in known pictures.

    python3 tests/golden/make_blazeface.py [--check]

MediaPipe itself runs (PyPI mediapipe 0.10.21), with the two networks that the pack is made from in
the place of those that the wheel brings: the same short range, and the full range, of which the
wheel has a sparse variant.  Every answer is that of one view of the whole picture: box, score and
six points, in pixels.  Pictures are those of VULTUS_TEST_DATA (default ../shared/data): some whole,
which MediaPipe shrinks by its own interpolation, some cut to the size of the network's input or
narrower, where pixels reach the network as they are.

Needs mediapipe==0.10.21 "numpy<2" opencv-python-headless, and the package of the networks in the
download cache or npm.  With --check the file is compared instead of written.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile
from importlib.metadata import distribution, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "models"))
sys.dont_write_bytecode = True

from fetch import downloads_folder, source_files    # noqa: E402
from manifest import read_manifest                  # noqa: E402

GOLDEN = ROOT / "tests" / "golden" / "blazeface.json"
DATA = Path(os.environ.get("VULTUS_TEST_DATA") or ROOT.parent / "shared" / "data")
PICTURES = ("face_recognition/examples/obama.jpg", "face_recognition/examples/biden.jpg",
            "face_recognition/examples/two_people.jpg", "face_recognition/examples/obama-240p.jpg",
            "face_recognition/examples/obama-720p.jpg", "face_recognition/examples/obama2.jpg",
            "dlib_faces/bald_guys.jpg", "dlib_faces/2007_007763.jpg", "dlib_faces/2008_001322.jpg",
            "dlib_faces/2008_002470.jpg", "dlib_faces/2009_004587.jpg",
            "lfw/lfw-deepfunneled/Aaron_Guiel/Aaron_Guiel_0001.jpg",
            "lfw/lfw-deepfunneled/AJ_Lamas/AJ_Lamas_0001.jpg")
CUT = ("lfw/lfw-deepfunneled/AJ_Lamas/AJ_Lamas_0001.jpg",
       "lfw/lfw-deepfunneled/Cedric_Benson/Cedric_Benson_0001.jpg",
       "lfw/lfw-deepfunneled/Flor_Montulo/Flor_Montulo_0001.jpg",
       "lfw/lfw-deepfunneled/Jeanne_Anne_Schroeder/Jeanne_Anne_Schroeder_0001.jpg",
       "lfw/lfw-deepfunneled/Liza_Minnelli/Liza_Minnelli_0001.jpg",
       "lfw/lfw-deepfunneled/Patricia_Medina/Patricia_Medina_0001.jpg",
       "lfw/lfw-deepfunneled/Sergio_Castellitto/Sergio_Castellitto_0001.jpg",
       "lfw/lfw-deepfunneled/Zach_Parise/Zach_Parise_0001.jpg",
       "lfw/lfw-deepfunneled/Aaron_Guiel/Aaron_Guiel_0001.jpg",
       "face_recognition/examples/obama-240p.jpg", "dlib_faces/2008_001322.jpg",
       "dlib_faces/2009_004587.jpg")
# model -> (MediaPipe's selection, file in the package, file in the wheel, threshold)
MODELS = {
    "blazeface_short": (0, "package/face_detection_short_range.tflite",
                        "face_detection_short_range.tflite", 0.5),
    "blazeface_full": (1, "package/face_detection_full_range.tflite",
                       "face_detection_full_range_sparse.tflite", 0.6),
}


def _with_our_networks(folder):
    """Puts a copy of mediapipe that has the pinned networks before the installed one."""
    installed = Path(distribution("mediapipe").locate_file("mediapipe"))
    shutil.copytree(installed, folder / "mediapipe", symlinks=True)
    (folder / "mediapipe.libs").symlink_to(installed.with_name("mediapipe.libs"))
    manifest = read_manifest(ROOT / "models" / "mediapipe" / "pack.json")
    files = source_files(manifest.sources()[0], downloads_folder(),
                         lambda line: print(line, file=sys.stderr))
    for _, published, used, _ in MODELS.values():
        (folder / "mediapipe" / "modules" / "face_detection" / used).write_bytes(files[published])
    sys.path.insert(0, str(folder))


def _face(detection, width, height):
    where = detection.location_data
    box = where.relative_bounding_box
    return {
        "score": round(detection.score[0], 4),
        "box": [round(v, 2) for v in (box.xmin * width, box.ymin * height,
                                      box.width * width, box.height * height)],
        "points": [round(v, 2) for point in where.relative_keypoints
                   for v in (point.x * width, point.y * height)],
    }


def make():
    import cv2
    import mediapipe
    cases = []
    for model, (selection, _, _, threshold) in MODELS.items():
        detector = mediapipe.solutions.face_detection.FaceDetection(
            model_selection=selection, min_detection_confidence=threshold)
        side = {"blazeface_short": 128, "blazeface_full": 192}[model]
        for name, cut in [(name, None) for name in PICTURES] + [
                (name, (side, side - narrower)) for name in CUT for narrower in (0, 24)]:
            data = (DATA / name).read_bytes()
            picture = cv2.cvtColor(cv2.imread(str(DATA / name)), cv2.COLOR_BGR2RGB)
            case = {"model": model, "paths": [f"data:{name}"],
                    "sha256": hashlib.sha256(data).hexdigest()}
            if cut:     # from the middle
                left, top = (picture.shape[1] - cut[0]) // 2, (picture.shape[0] - cut[1]) // 2
                case["cut"] = [left, top, *cut]
                picture = picture[top:top + cut[1], left:left + cut[0]].copy()
            detector.reset()
            found = detector.process(picture).detections or []
            height, width = picture.shape[:2]
            cases.append(case | {"faces": [_face(each, width, height) for each in found]})
        detector.close()
    return {
        "about": "What MediaPipe finds with one look at the whole picture, made by "
                 "tests/golden/make_blazeface.py; points are eyes, nose, mouth, ears, left and right "
                 "as seen in the picture.",
        "mediapipe_version": version("mediapipe"),
        "thresholds": {model: values[3] for model, values in MODELS.items()},
        "cases": cases,
    }


def _text(golden):
    """JSON with one line per face."""
    head = json.dumps({key: value for key, value in golden.items() if key != "cases"}, indent=1)
    cases = []
    for case in golden["cases"]:
        faces = ",\n   ".join(json.dumps(face) for face in case["faces"])
        start = json.dumps({key: value for key, value in case.items() if key != "faces"})
        cases.append(f'  {start[:-1]}, "faces": [\n   {faces}\n  ]}}')
    return head.removesuffix("\n}") + ',\n "cases": [\n' + ",\n".join(cases) + "\n ]\n}\n"


def main():
    with tempfile.TemporaryDirectory() as folder:
        _with_our_networks(Path(folder))
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
