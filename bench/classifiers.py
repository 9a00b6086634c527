#!/usr/bin/env python3
"""Measures classifiers beside the nearest neighbour, on people that are known and people that are not.

    bench/classifiers.py EMBEDDINGS [--known N] [--enrolled K] [--seeds S] [--method NAME[,C=10;...]]...

EMBEDDINGS is a file by vultus embed. For each seed, N people (of those with more than K faces) are known by K faces
each, and their other faces are probes; everybody else is a stranger. Printed are, as means over the seeds:

  rank-1      probes whose likeliest person is right
  DIR         detection and identification rate: probes that get their name, at the threshold that 1 % of the
              strangers reach (the strangers of the table, so that methods are compared at the same rate)
  own DIR     the same at the threshold that the classifier set itself, without having seen a stranger
  own FPR     the strangers that get a name there
  train, ask  seconds for one training with all that belongs to it; microseconds for one prediction

The library is $VULTUS_BUILD/lib/libvultus.so (build/release, else build/dev).
"""

import argparse
import ctypes
import json
import os
import random
import struct
import time
from array import array
from ctypes import POINTER, c_bool, c_char, c_char_p, c_float, c_int, c_size_t, c_uint, c_uint32, c_uint64, c_void_p
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
METHODS = ["knn", "softmax", "logistic", "svm-linear", "svm-rbf", "forest", "centroid"]
RATE = 0.01


class Labelled(ctypes.Structure):
    _fields_ = [("embeddings", c_void_p), ("count", c_size_t), ("dimension", c_size_t), ("person", c_void_p),
                ("picture", c_void_p), ("quality", c_void_p), ("people", c_size_t), ("names", POINTER(c_char_p)),
                ("metric", c_int), ("raw", c_bool), ("embedder", c_char_p), ("sources", c_void_p)]


class Options(ctypes.Structure):
    _fields_ = [("method", c_char_p), ("parameters", c_char_p), ("grid", c_char_p), ("folds", c_uint),
                ("far", c_float), ("strangers", c_void_p), ("seed", c_uint64), ("threads", c_uint),
                ("progress", c_void_p), ("stop", c_void_p), ("context", c_void_p)]


class Likelihood(ctypes.Structure):
    _fields_ = [("name", c_char * 256), ("probability", c_float)]


class Prediction(ctypes.Structure):
    _fields_ = [("match", c_bool), ("best", Likelihood), ("second", Likelihood), ("margin", c_float),
                ("closeness", c_float), ("score", c_float), ("threshold", c_float)]


class Error(ctypes.Structure):
    _fields_ = [("code", c_int), ("message", c_char * 252)]


def read_embeddings(path):
    """Rows (array of float, one after the other), the person of each, their size, and the head of the file."""
    data = Path(path).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])

    def tensor(name, kind):
        begin, end = header[name]["data_offsets"]
        return array(kind, data[8 + size + begin:8 + size + end])

    head = json.loads(header["__metadata__"]["vultus"])
    return tensor("embeddings", "f"), tensor("person", "i"), header["embeddings"]["shape"][1], head


class Library:
    def __init__(self):
        builds = [os.environ["VULTUS_BUILD"]] if "VULTUS_BUILD" in os.environ else ["build/release", "build/dev"]
        paths = [ROOT / build / "lib/libvultus.so" for build in builds]
        self.library = ctypes.CDLL(str(next(path for path in paths if path.exists())))
        self.error = Error()

    def check(self, status):
        if status:
            raise SystemExit(self.error.message.decode())

    def train(self, rows, people, dimension, head, method, parameters, seed):
        names = (c_char_p * (max(people) + 1))(*(str(p).encode() for p in range(max(people) + 1)))
        self.numbers = array("I", people)
        labelled = Labelled(rows.buffer_info()[0], len(people), dimension, self.numbers.buffer_info()[0], None, None,
                            len(names), names, 2 if head["metric"] == "euclidean" else 1, head["raw"], None, None)
        options = Options(method.encode(), parameters.encode() or None, None, 0, RATE, None, seed, 0)
        classifier = c_void_p()
        self.check(self.library.vultus_classifier_train(ctypes.byref(labelled), ctypes.byref(options),
                                                        ctypes.byref(classifier), None, ctypes.byref(self.error)))
        return classifier

    def predict(self, classifier, rows, row, dimension):
        out = Prediction()
        self.check(self.library.vultus_classifier_predict(
            classifier, None, c_void_p(rows.buffer_info()[0] + 4 * row * dimension), ctypes.byref(out),
            ctypes.byref(self.error)))
        return int(out.best.name), out.score, out.match

    def free(self, classifier):
        self.library.vultus_classifier_free(classifier)


class Split:
    """Known people's rows to learn from, their probes, and strangers."""

    def __init__(self, person, known, enrolled, seed):
        chance = random.Random(seed)
        rows = {}
        for row, who in enumerate(person):
            rows.setdefault(who, []).append(row)
        fit = sorted(who for who, own in rows.items() if len(own) > enrolled)
        if len(fit) <= known:
            raise SystemExit(f"only {len(fit)} people have more than {enrolled} faces")
        chance.shuffle(fit)
        self.train, self.probes, self.strangers = [], [], []
        for number, who in enumerate(fit[:known]):
            chance.shuffle(rows[who])
            self.train += [(row, number) for row in rows[who][:enrolled]]
            self.probes += [(row, number) for row in rows[who][enrolled:]]
        chosen = set(fit[:known])
        self.strangers = [(row, None) for who, own in rows.items() if who not in chosen for row in own]


def rates(probes, strangers):
    """probes: (right, score, match); strangers: (score, match)."""
    scores = sorted((score for score, _ in strangers), reverse=True)
    allowed = int(RATE * len(scores))
    threshold = scores[allowed]
    return [sum(right for right, _, _ in probes) / len(probes),
            sum(right and score > threshold for right, score, _ in probes) / len(probes),
            sum(right and match for right, _, match in probes) / len(probes),
            sum(match for _, match in strangers) / len(strangers)]


def nearest(rows, dimension, split):
    learnt = [(rows[row * dimension:(row + 1) * dimension], who) for row, who in split.train]

    def ask(row):
        probe = rows[row * dimension:(row + 1) * dimension]
        score, who = max((-sum((x - y) ** 2 for x, y in zip(probe, other)), who) for other, who in learnt)
        return who, score, False

    return ask


def measure(library, data, split, method, parameters, seed):
    rows, _, dimension, head = data
    if method == "nearest":
        ask, classifier, seconds = nearest(rows, dimension, split), None, float("nan")
    else:
        learnt = array("f")
        for row, _ in split.train:
            learnt.extend(rows[row * dimension:(row + 1) * dimension])
        begin = time.perf_counter()
        classifier = library.train(learnt, [who for _, who in split.train], dimension, head, method, parameters, seed)
        seconds = time.perf_counter() - begin

        def ask(row):
            return library.predict(classifier, rows, row, dimension)

    begin = time.perf_counter()
    probes = [(who == truth, score, match) for (who, score, match), truth in
              ((ask(row), truth) for row, truth in split.probes)]
    strangers = [(score, match) for _, score, match in (ask(row) for row, _ in split.strangers)]
    asked = (time.perf_counter() - begin) / (len(probes) + len(strangers))
    if classifier:
        library.free(classifier)
    result = rates(probes, strangers) + [seconds, asked * 1e6]
    if not classifier:
        result[2] = result[3] = result[5] = float("nan")
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("embeddings")
    parser.add_argument("--known", type=int, default=30)
    parser.add_argument("--enrolled", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--method", action="append")
    arguments = parser.parse_args()
    library, data = Library(), read_embeddings(arguments.embeddings)
    print("| method | rank-1 | DIR | own DIR | own FPR | train, s | ask, µs |\n|---|---:|---:|---:|---:|---:|---:|")
    for each in arguments.method or ["nearest", *METHODS]:
        method, _, parameters = each.partition(",")
        results = []
        for seed in range(arguments.seeds):
            split = Split(data[1], arguments.known, arguments.enrolled, seed)
            results.append(measure(library, data, split, method, parameters, seed))
        mean = [sum(column) / len(results) for column in zip(*results)]
        cells = [f"{100 * x:.2f}" for x in mean[:4]] + [f"{mean[4]:.2f}", f"{mean[5]:.0f}"]
        print(f"| {each} | " + " | ".join(x if x != "nan" else "" for x in cells) + " |", flush=True)


if __name__ == "__main__":
    main()
