#!/usr/bin/env python3
"""Measures vultus beside the originals: same machine, same run, same pictures.

    bench/peers/run.sh PICTURE [--build build/release] [--yunet FILE.onnx] [--json FILE]

PICTURE (a photo with faces, 4000 x 3000 or more) is cut and scaled to every size
that is measured.  Each part runs in turns, theirs and ours, on one thread, and
counts with its fastest turn; ours is then run on two threads.  The peers are
PyPI's dlib-bin and opencv-python-headless, and Debian's dlib with the OpenBLAS
kernels of this processor where bench/peers/dlib_peer is built (run.sh does).
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

for name in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{name}_NUM_THREADS", "1")

import cv2                                              # noqa: E402
import dlib                                             # noqa: E402
import numpy                                            # noqa: E402

from vultus_c import Engine, VultusError, find_library  # noqa: E402

SIZES = ((640, 480), (1280, 720), (4000, 3000))


def scaled(picture, width, height):
    """The largest part of the picture with these proportions, at this size."""
    rows, columns = picture.shape[:2]
    scale = min(columns / width, rows / height)
    w, h = round(width * scale), round(height * scale)
    x, y = (columns - w) // 2, (rows - h) // 2
    how = cv2.INTER_AREA if scale > 1 else cv2.INTER_LINEAR
    return numpy.ascontiguousarray(cv2.resize(picture[y:y + h, x:x + w], (width, height),
                                              interpolation=how))


def fastest(*functions, seconds=4.0, least=3):
    """Milliseconds of the fastest turn of each; they take turns, so that a slow moment hits all."""
    best = [float("inf")] * len(functions)
    end, turns = time.perf_counter() + seconds, 0
    while turns < least or time.perf_counter() < end:
        for i, function in enumerate(functions):
            begin = time.perf_counter()
            function()
            best[i] = min(best[i], 1000 * (time.perf_counter() - begin))
        turns += 1
    return best


class Bench:
    """The rows of the table."""

    def __init__(self, library):
        self.library, self.rows = library, []

    def engine(self, threads, **parts):
        return Engine(self.library, threads=threads, **parts)

    def add(self, part, picture, peer, theirs, ours, two=None):
        row = {"part": part, "picture": picture, "peer": peer, "peer_ms": theirs, "vultus_ms": ours,
               "ratio": theirs / ours, "two_threads_ms": two,
               "scaling": ours / two if two else None}
        self.rows.append(row)
        scaling = f" | {two:8.2f} | {ours / two:5.2f}" if two else " |          |      "
        print(f"| {part:22} | {picture:10} | {peer:34} | {theirs:8.2f} | {ours:8.2f} "
              f"| {theirs / ours:5.1f}{scaling} |", flush=True)

    def skip(self, part, why):
        self.rows.append({"part": part, "skipped": str(why)})
        print(f"| {part:22} | left out: {why}", flush=True)

    def detector(self, part, name, rgb, peer, run_peer, **options):
        """One detector on one picture; a picture is wrapped anew each time, as nothing is cached."""
        engines = [self.engine(threads, detector=name) for threads in (1, 2)]

        def run(engine):
            picture = engine.picture(rgb)
            engine.detect(picture, **options)
            engine.free(picture)

        run_peer()
        for engine in engines:
            run(engine)
        theirs, ours, two = fastest(run_peer, lambda: run(engines[0]), lambda: run(engines[1]))
        self.add(part, f"{rgb.shape[1]}x{rgb.shape[0]}", peer, theirs, ours, two)
        for engine in engines:
            engine.close()


def hog(bench, pictures):
    detect = dlib.get_frontal_face_detector()
    for rgb in pictures:
        bench.detector("HOG", "dlib/hog", rgb, f"dlib-bin {dlib.__version__}", lambda: detect(rgb, 0))
    grey = cv2.cvtColor(pictures[0], cv2.COLOR_RGB2GRAY)
    same = numpy.ascontiguousarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB))
    bench.detector("HOG, grey", "dlib/hog", same, f"dlib-bin {dlib.__version__}", lambda: detect(grey, 0))
    bench.detector("HOG, upsampled once", "dlib/hog", pictures[0], f"dlib-bin {dlib.__version__}",
                   lambda: detect(pictures[0], 1), upsample=1)


def haar(bench, pictures):
    cascade = cv2.CascadeClassifier(os.path.join(cv2.data.haarcascades,
                                                 "haarcascade_frontalface_default.xml"))
    for rgb in pictures:
        grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
        bench.detector("Haar", "haar", rgb, f"OpenCV {cv2.__version__}",
                       lambda: cascade.detectMultiScale(grey, 1.1, 5), min_face=24)     # all sizes


def mmod(bench, rgb, models):
    detect = dlib.cnn_face_detection_model_v1(os.path.join(models, "mmod_human_face_detector.dat"))
    bench.detector("MMOD", "dlib/mmod", rgb, f"dlib-bin {dlib.__version__}", lambda: detect(rgb, 0))


def yunet(bench, rgb, path):
    square = scaled(rgb, 640, 640)
    detect = cv2.FaceDetectorYN.create(path, "", (640, 640), 0.9)
    bgr = numpy.ascontiguousarray(square[:, :, ::-1])
    bench.detector("YuNet", "yunet", square, f"OpenCV {cv2.__version__}", lambda: detect.detect(bgr))


def shapes(bench, pictures, models):
    detect = dlib.get_frontal_face_detector()
    found = [(rgb, detect(rgb, 1)) for rgb in pictures[:2]]
    found = [(rgb, boxes[0]) for rgb, boxes in found if boxes]
    if not found:
        raise VultusError("the picture has no face that dlib finds")
    rgb, box = found[0]
    for count in (68, 5):
        path = os.path.join(models, f"shape_predictor_{count}_face_landmarks.dat")
        predict = dlib.shape_predictor(path)
        name = f"dlib/points{count}"
        engine = bench.engine(1, detector="dlib/hog", landmarks=name)
        picture = engine.picture(rgb)
        face = engine.whole(picture)
        face.box[:] = (box.left(), box.top(), box.width(), box.height())
        theirs, ours = fastest(lambda: predict(rgb, box), lambda: engine.find_shape(picture, face),
                               least=50)
        bench.add(f"{count} points", "one face", f"dlib-bin {dlib.__version__}", theirs, ours)
        engine.free(picture)
        engine.close()
        if count == 68:
            loading_shapes(bench, lambda: dlib.shape_predictor(path), rgb, box)


def loading_shapes(bench, load, rgb, box):
    """What the default engine takes longer with the 68 points, until it is open and until the first shape:
    their file is hashed beside the networks' loading, and the first shape waits for that.  Differences
    under a millisecond are noise."""
    def open_engine(landmarks, shape=False):
        engine = bench.engine(1, landmarks=landmarks)
        if shape:
            picture = engine.picture(rgb)
            face = engine.whole(picture)
            face.box[:] = (box.left(), box.top(), box.width(), box.height())
            engine.find_shape(picture, face)
            engine.free(picture)
        engine.close()

    without, opened, used, theirs, theirs_used = fastest(
        lambda: open_engine(None), lambda: open_engine("dlib/points68"),
        lambda: open_engine("dlib/points68", shape=True), load, lambda: load()(rgb, box), seconds=12)
    peer = f"dlib-bin {dlib.__version__}"
    bench.add("loading 68 points", "to open", peer, theirs, max(opened - without, 1.0))
    bench.add("loading 68 points", "to a shape", peer, theirs_used, max(used - without, 1.0))


def resnet(bench, rgb, models):
    chip = scaled(rgb, 150, 150)
    network = dlib.face_recognition_model_v1(
        os.path.join(models, "dlib_face_recognition_resnet_model_v1.dat"))
    engines = [bench.engine(threads, detector="dlib/hog", embedder="dlib/resnet29") for threads in (1, 2)]
    picture = engines[0].picture(chip)
    for batch in (1, 16):
        faces = [engines[0].whole(picture)] * batch
        chips = [chip] * batch
        theirs, ours, two = fastest(
            lambda: network.compute_face_descriptor(chips if batch > 1 else chip),
            lambda: engines[0].embed(picture, faces), lambda: engines[1].embed(picture, faces))
        bench.add(f"ResNet-29, batch {batch}", "150x150", f"dlib-bin {dlib.__version__}",
                  theirs / batch, ours / batch, two / batch if batch > 1 else None)
    return engines, picture


def core_type():
    """The newest kernels of Debian's OpenBLAS that this processor runs; newer processors it takes for old ones."""
    flags = pathlib.Path("/proc/cpuinfo").read_text().split("flags", 2)[1].split("\n")[0].split()
    return "SKYLAKEX" if "avx512f" in flags else "HASWELL"


def cured(bench, program, models, engines, picture):
    """Debian's dlib with OpenBLAS told which processor this is: its own kernels are for an older one."""
    environment = dict(os.environ, OPENBLAS_CORETYPE=core_type())
    for batch in (1, 16):
        faces = [engines[0].whole(picture)] * batch
        path = os.path.join(models, "dlib_face_recognition_resnet_model_v1.dat")
        answer = subprocess.run([program, "resnet", path, str(batch)], env=environment, check=True,
                                capture_output=True, text=True).stdout
        theirs = float(answer.split()[-1])
        ours, = fastest(lambda: engines[0].embed(picture, faces))
        bench.add(f"ResNet-29, batch {batch}", "150x150", "Debian's dlib, cured OpenBLAS", theirs,
                  ours / batch)


def main():
    parser = argparse.ArgumentParser(description="Measures vultus beside the originals.")
    parser.add_argument("picture")
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--models", help="folder of dlib's .dat files")
    parser.add_argument("--yunet", help="face_detection_yunet_2023mar.onnx, as `models add` got it")
    parser.add_argument("--dlib-peer", help="the program of dlib_peer.cpp")
    parser.add_argument("--only", help="measure only parts with these letters in their name, such as YuNet")
    parser.add_argument("--json", help="also write the rows to this file")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    picture = cv2.imread(options.picture, cv2.IMREAD_COLOR)
    if picture is None:
        sys.exit(f"{options.picture}: not a picture")
    picture = numpy.ascontiguousarray(picture[:, :, ::-1])
    pictures = [scaled(picture, *size) for size in SIZES]
    bench = Bench(find_library(options.build))
    print("| part                   | picture    | peer                               |  peer ms |  ours ms "
          "| ratio | 2 threads | scaling |\n|---|---|---|---|---|---|---|---|")
    engines = peer_picture = None
    steps = [("HOG", lambda: hog(bench, pictures)), ("Haar", lambda: haar(bench, pictures))]
    if options.models:
        steps += [("MMOD", lambda: mmod(bench, pictures[0], options.models)),
                  ("points", lambda: shapes(bench, pictures, options.models))]
    if options.yunet:
        steps.append(("YuNet", lambda: yunet(bench, picture, options.yunet)))
    def wanted(name):
        return not options.only or options.only.lower() in name.lower()

    for name, step in steps:
        if not wanted(name):
            continue
        try:
            step()
        except VultusError as error:
            bench.skip(name, error)
    if options.models and wanted("ResNet-29"):
        try:
            engines, peer_picture = resnet(bench, picture, options.models)
            if options.dlib_peer:
                cured(bench, options.dlib_peer, options.models, engines, peer_picture)
        except VultusError as error:
            bench.skip("ResNet-29", error)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(bench.rows, file, indent=1)


if __name__ == "__main__":
    main()
