#!/usr/bin/env python3
"""Makes tests/golden/embedding.json: embeddings of real faces by the original network.

    python3 tests/golden/make_embedding.py [--check]

scikit-image fits given landmarks and the template of the contract, OpenCV cuts the
chip, LiteRT runs the network as it was published; nothing of ours takes part.  The
landmarks are those of mtcnn.json.  A face twice as large as the chip or larger is cut
from a picture that OpenCV has halved by area, as often as that is so: sampling it
directly would skip pixels.

There are two least-squares fits.  "embedding" takes the landmarks to the template, as
ArcFace's tools and src/face/embed.c do.  "other_fit" takes the template to the landmarks,
so that errors are measured in the picture: where a face does not look like the template
it comes out larger in the chip.

With --check the file is compared instead of written (least cosine 0.99999).  Needs
what make_networks.py needs, and:
    pip install scikit-image opencv-python-headless
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import cv2
import numpy
from skimage.transform import SimilarityTransform

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "golden"))
sys.dont_write_bytecode = True

from make_networks import load_originals    # noqa: E402
from make_mtcnn import place                # noqa: E402

GOLDEN = ROOT / "tests" / "golden" / "embedding.json"
MTCNN = ROOT / "tests" / "golden" / "mtcnn.json"
CONTRACT = ROOT / "models" / "mobile" / "pack.json"

# picture -> which of its faces in mtcnn.json
FACES = {
    "obama.jpg": [0], "biden.jpg": [0], "portrait.jpg": [0], "speech.jpg": [0],
    "strangers1.jpg": [0, 2], "strangers6.jpg": [1], "two_people.jpg": [0, 1],
    "2008_002470.jpg": [0, 3], "couple.jpg": [1],
}


def fit_chip(points, template, in_picture):
    """The matrix from the chip to the picture."""
    if in_picture:
        return SimilarityTransform.from_estimate(template, points).params
    return numpy.linalg.inv(SimilarityTransform.from_estimate(points, template).params)


def cut(image, points, template, size, in_picture):
    """The aligned chip, and how many pixels of the picture went to one of it."""
    points = numpy.array(points, dtype=numpy.float32).astype(float).reshape(5, 2)
    matrix = fit_chip(points, template, in_picture)
    scale = numpy.hypot(matrix[0, 0], matrix[1, 0])
    for _ in range(int(max(0, numpy.log2(scale)))):
        image = cv2.resize(image[:image.shape[0] // 2 * 2, :image.shape[1] // 2 * 2], None,
                           fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        points = (points + 0.5) / 2 - 0.5
    matrix = fit_chip(points, template, in_picture)
    chip = cv2.warpAffine(image, matrix[:2], size, borderValue=0,
                          flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return chip, scale


def make():
    models = json.loads(CONTRACT.read_text("utf-8"))["models"]
    contract = next(model for model in models if model["kind"] == "embedder")
    network = load_originals()["mobilefacenet"]
    template = numpy.array(contract["alignment"]["template"])
    size = (contract["alignment"]["width"], contract["alignment"]["height"])
    mean, scale = (numpy.array(contract["input"][key], dtype=numpy.float32).reshape(1, 3, 1, 1)
                   for key in ("mean", "scale"))
    faces = []

    def embed(image, points, in_picture):
        chip, pixels = cut(image, points, template, size, in_picture)
        planes = chip.transpose(2, 0, 1)[None].astype(numpy.float32)
        embedding = next(iter(network.run((planes - mean) * scale).values()))[0]
        embedding = embedding / numpy.linalg.norm(embedding)
        return [round(float(v), 5) for v in embedding], round(float(pixels), 3)

    for picture in json.loads(MTCNN.read_text("utf-8"))["pictures"]:
        name = Path(picture["paths"][0]).name
        path = next(p for p in map(place, picture["paths"]) if p.exists())
        image = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        for index in FACES.get(name, []):
            points = picture["faces"][index]["points"]
            embedding, pixels = embed(image, points, False)
            other, _ = embed(image, points, True)
            print(f"{name} {index}: {pixels:.2f} pixels to one, cosine of the two fits "
                  f"{numpy.dot(embedding, other):.4f}", file=sys.stderr)
            faces.append({"paths": picture["paths"], "sha256": picture["sha256"], "points": points,
                          "scale": pixels, "embedding": embedding, "other_fit": other})
    return {
        "about": "Embeddings by the original network of chips that OpenCV cut, made by "
                 "tests/golden/make_embedding.py.",
        "network": "MobileFaceNet.tflite",
        "opencv": cv2.__version__,
        "scikit-image": version("scikit-image"),
        "ai-edge-litert": version("ai-edge-litert"),
        "faces": faces,
    }


def _text(golden):
    """JSON with one line per face."""
    head = json.dumps({k: v for k, v in golden.items() if k != "faces"}, indent=1)
    faces = ",\n  ".join(json.dumps(face) for face in golden["faces"])
    return head.removesuffix("\n}") + ',\n "faces": [\n  ' + faces + "\n ]\n}\n"


def main():
    golden = make()
    if "--check" in sys.argv[1:]:
        old = json.loads(GOLDEN.read_text("utf-8"))["faces"]
        least = min(numpy.dot(a["embedding"], b["embedding"])
                    for a, b in zip(old, golden["faces"], strict=True))
        print(f"least cosine {least:.6f}")
        return 0 if least > 0.99999 else 1
    GOLDEN.write_text(_text(golden), "utf-8")
    print(f"{GOLDEN.name}: {len(golden['faces'])} faces, {GOLDEN.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
