#!/usr/bin/env python3
"""Frames per second of `vultus watch` beside face_recognition's example, on one film in one run.

    bench/peers/video.sh FILM PORTRAIT... [--build build/release] [--turns 3]

The peer is the loop of examples/facerec_from_video_file.py without its drawing and writing: every frame at full size through
dlib's HOG detector (upsampled once, face_recognition's default), five points, one embedding a face, and the portraits at
a distance of 0.5. It runs on PyPI's dlib-bin, without Python's wrappers, which only cost. Ours is the whole program, from its start to
its end: default models, then dlib's own detector and embedder, on one thread each, and the default on all processors. They take turns; each
counts with its fastest turn. People are named by their portraits' files.
"""

import argparse
import csv
import os
import pathlib
import subprocess
import tempfile
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
import cv2                                              # noqa: E402
import dlib                                             # noqa: E402
import numpy                                            # noqa: E402

TOLERANCE = 0.5  # of the example

OURS = (("vultus, 1 thread", ("--threads", "1")),
        ("vultus, dlib's models, 1 thread", ("--threads", "1", "--pipeline", "dlib")),
        ("vultus, all processors", ()))


class Peer:
    """What face_recognition calls of dlib."""

    def __init__(self, models, portraits):
        def path(name):
            return os.path.join(models, name)
        self.find = dlib.get_frontal_face_detector()
        self.shape = dlib.shape_predictor(path("shape_predictor_5_face_landmarks.dat"))
        self.network = dlib.face_recognition_model_v1(path("dlib_face_recognition_resnet_model_v1.dat"))
        self.names = [pathlib.Path(portrait).stem for portrait in portraits]
        self.known = [self.encode(cv2.imread(portrait)[:, :, ::-1])[0] for portrait in portraits]

    def encode(self, picture):
        rgb = numpy.ascontiguousarray(picture)
        return [numpy.array(self.network.compute_face_descriptor(rgb, self.shape(rgb, box), 1)) for box in self.find(rgb, 1)]

    def watch(self, film):
        """Seconds, frames, and in how many frames each was named."""
        video, frames, named = cv2.VideoCapture(film), 0, {}
        begin = time.perf_counter()
        while True:
            there, frame = video.read()
            if not there:
                return time.perf_counter() - begin, frames, named
            frames += 1
            for encoding in self.encode(frame[:, :, ::-1]):
                near = [numpy.linalg.norm(known - encoding) <= TOLERANCE for known in self.known]
                if any(near):  # the example takes the first one
                    name = self.names[near.index(True)]
                    named[name] = named.get(name, 0) + 1


def ours(program, gallery, film, options):
    """Seconds, and who was named."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as summary:
        begin = time.perf_counter()
        subprocess.run([program, "watch", "--quiet", "--db", gallery, "--summary", summary.name, *options, film], check=True,
                       stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - begin
        with open(summary.name, newline="", encoding="utf-8") as file:
            return seconds, {row["name"] for row in csv.DictReader(file)} - {""}


def enrol(program, gallery, portraits, options):
    for portrait in portraits:
        subprocess.run([program, "enroll", "--quiet", "--db", gallery, "--name", pathlib.Path(portrait).stem, *options, portrait],
                       check=True, stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser(description="Videos: vultus beside face_recognition's example.")
    parser.add_argument("film")
    parser.add_argument("portraits", nargs="+")
    parser.add_argument("--models", required=True, help="folder of dlib's .dat files")
    parser.add_argument("--build", default="build/release")
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    program, peer = f"{options.build}/bin/vultus", Peer(options.models, options.portraits)
    theirs, times, named = [], {name: [] for name, _ in OURS}, {}
    with tempfile.TemporaryDirectory(prefix="vultus-video-") as folder:
        for name, arguments in OURS:
            enrol(program, f"{folder}/{name}.db", options.portraits, [x for x in arguments if x in ("--pipeline", "dlib")])
        for _ in range(options.turns):
            seconds, frames, counts = peer.watch(options.film)
            theirs.append(seconds)
            for name, arguments in OURS:
                seconds, named[name] = ours(program, f"{folder}/{name}.db", options.film, arguments)
                times[name].append(seconds)
    best = min(theirs)
    print(f"| {frames} frames | frames/s | times the peer | named |\n|---|---:|---:|---|")
    print(f"| face_recognition's loop, dlib-bin {dlib.__version__} | {frames / best:.1f} | 1 | "
          + ", ".join(f"{name} ({count} frames)" for name, count in sorted(counts.items())) + " |")
    for name, _ in OURS:
        print(f"| {name} | {frames / min(times[name]):.1f} | {best / min(times[name]):.1f} | {', '.join(sorted(named[name]))} |")


if __name__ == "__main__":
    main()
