#!/usr/bin/env python3
"""Frames per second of `vultus watch` beside face_recognition's example, on one film in one run.

    bench/peers/video.sh FILM PORTRAIT... [--build build/release] [--turns 3]

The peer is the loop of examples/facerec_from_video_file.py without its drawing and writing: every frame at full size through
dlib's HOG detector (upsampled once, face_recognition's default), five points, one embedding a face, and the portraits at
a distance of 0.5. It runs on PyPI's dlib-bin, without Python's wrappers, which only cost. Ours is the whole program, from its start to
its end: default models, then dlib's own detector and embedder, on one thread each, and the default on all processors. They take turns; each
counts with its fastest turn, and with the turn that had the least of a processor, which says more on a busy machine. People are
named by their portraits' files.
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
        """Seconds, those of a processor, frames, and in how many frames each was named."""
        video, frames, named = cv2.VideoCapture(film), 0, {}
        begin, spent = time.perf_counter(), time.process_time()
        while True:
            there, frame = video.read()
            if not there:
                return time.perf_counter() - begin, time.process_time() - spent, frames, named
            frames += 1
            for encoding in self.encode(frame[:, :, ::-1]):
                near = [numpy.linalg.norm(known - encoding) <= TOLERANCE for known in self.known]
                if any(near):  # the example takes the first one
                    name = self.names[near.index(True)]
                    named[name] = named.get(name, 0) + 1


def ours(program, gallery, film, options):
    """Seconds, those of processors, and who was named."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as summary:
        begin = time.perf_counter()
        process = subprocess.Popen([program, "watch", "--quiet", "--db", gallery, "--summary", summary.name, *options, film],
                                   stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(process.returncode)
        seconds = time.perf_counter() - begin
        with open(summary.name, newline="", encoding="utf-8") as file:
            return seconds, used.ru_utime + used.ru_stime, {row["name"] for row in csv.DictReader(file)} - {""}


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
            seconds, spent, frames, counts = peer.watch(options.film)
            theirs.append((seconds, spent))
            for name, arguments in OURS:
                seconds, spent, named[name] = ours(program, f"{folder}/{name}.db", options.film, arguments)
                times[name].append((seconds, spent))

    def row(name, turns, people):
        fastest, least = min(turn[0] for turn in turns), min(turn[1] for turn in turns)
        print(f"| {name} | {frames / fastest:.1f} | {min(turn[0] for turn in theirs) / fastest:.1f} | {1000 * least / frames:.1f} | "
              f"{min(turn[1] for turn in theirs) / least:.1f} | {people} |")

    print(f"| {frames} frames | frames/s | times the peer | ms of a processor a frame | times less | named |\n|---|---:|---:|---:|---:|---|")
    row(f"face_recognition's loop, dlib-bin {dlib.__version__}", theirs,
        ", ".join(f"{name} ({count} frames)" for name, count in sorted(counts.items())))
    for name, _ in OURS:
        row(name, times[name], ", ".join(sorted(named[name])))


if __name__ == "__main__":
    main()
