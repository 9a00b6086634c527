#!/usr/bin/env python3
"""Makes tests/golden/clusters.json: how scikit-learn's DBSCAN and dlib's Chinese whispers group made-up faces,
and what an independent count says of BCubed and of pairs.

    python3 tests/golden/make_clusters.py [--check]

The faces follow from a seed by the generator of src/base/random.c, which is written here once more, so that
only labels and measures are stored.  With --check the file is compared instead of written.  Needs:
    pip install scikit-learn dlib-bin
"""

import json
import math
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import dlib
import numpy
from sklearn.cluster import DBSCAN
from sklearn.metrics.cluster import pair_confusion_matrix

from xoshiro import Random

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "clusters.json"
DIMENSION = 48

# seed, people, faces of each, noise, eps of DBSCAN, its least number of neighbours
DENSITY = [(21, 25, 8, 0.8, 0.85, 2), (22, 25, 8, 0.8, 0.75, 4), (23, 40, 6, 1.1, 0.95, 3),
           (24, 10, 20, 1.4, 1.05, 5), (25, 60, 3, 0.7, 0.8, 1)]
WHISPERS = [(31, 20, 9, 0.5, 0.9), (32, 50, 4, 0.6, 0.95), (33, 8, 25, 0.6, 0.95)]
# of these groupings the measures are stored: seed, people, faces of each, clusters that are drawn
SCORES = [(41, 30, 5, 40), (42, 7, 30, 5), (43, 100, 2, 150), (44, 1, 50, 4)]


def make_faces(seed, people, each, noise):
    """As made_up_faces() of tests/support/faces_made_up.h."""
    draw = Random(seed)
    centres = []
    for _ in range(people):
        centre = [draw.normal() for _ in range(DIMENSION)]
        length = math.sqrt(sum(x * x for x in centre))
        centres.append([x / length for x in centre])
    rows = []
    for i in range(people * each):
        face = [c + noise * draw.normal() / math.sqrt(DIMENSION) for c in centres[i % people]]
        length = math.sqrt(sum(x * x for x in face))
        rows.append([x / length for x in face])
    return numpy.array(rows, dtype=numpy.float32)


def distances(faces):
    wide = faces.astype(numpy.float64)
    return numpy.sqrt(((wide[:, None] - wide[None]) ** 2).sum(axis=2))


def by_first(labels):
    """Numbers in the order of their first rows; what is -1 is alone."""
    names = {}
    return [names.setdefault(label if label >= 0 else ("alone", i), len(names))
            for i, label in enumerate(labels)]


def need_margin(faces, threshold):
    """No pair may lie where the last bit decides."""
    if (abs(distances(faces) - threshold) < 1e-6).any():
        sys.exit("a distance is too near the threshold; take another seed")


def density(seed, people, each, noise, eps, least):
    faces = make_faces(seed, people, each, noise)
    need_margin(faces, eps)
    labels = DBSCAN(eps=eps, min_samples=least).fit_predict(faces)
    return {"seed": seed, "people": people, "each": each, "noise": noise, "eps": eps, "least": least,
            "labels": by_first([int(x) for x in labels])}


def whispers(seed, people, each, noise, threshold):
    faces = make_faces(seed, people, each, noise)
    need_margin(faces, threshold)
    labels = dlib.chinese_whispers_clustering([dlib.vector(row.tolist()) for row in faces], threshold)
    return {"seed": seed, "people": people, "each": each, "noise": noise, "threshold": threshold,
            "labels": by_first(labels)}


def scores(seed, people, each, clusters):
    draw = Random(seed)
    count = people * each
    person = [i % people for i in range(count)]
    label = [draw.below(clusters) if draw.below(2) else person[i] % clusters for i in range(count)]
    both = Counter(zip(label, person))
    in_cluster, of_person = Counter(label), Counter(person)
    # face by face, as the paper defines it
    precision = sum(both[pair] / in_cluster[pair[0]] for pair in zip(label, person)) / count
    recall = sum(both[pair] / of_person[pair[1]] for pair in zip(label, person)) / count
    (_, false), (missed, true) = pair_confusion_matrix(person, label).tolist()
    return {"seed": seed, "people": people, "each": each, "clusters": clusters,
            "bcubed_precision": precision, "bcubed_recall": recall,
            "bcubed_f1": 2 * precision * recall / (precision + recall),
            "pair_precision": true / (true + false), "pair_recall": true / (true + missed),
            "pair_f1": 2 * true / (2 * true + false + missed)}


def main():
    golden = {
        "about": "Made by tests/golden/make_clusters.py. Labels are numbered by their first faces.",
        "versions": {"scikit-learn": version("scikit-learn"), "dlib-bin": version("dlib-bin")},
        "density": [density(*case) for case in DENSITY],
        "whispers": [whispers(*case) for case in WHISPERS],
        "scores": [scores(*case) for case in SCORES],
    }
    text = json.dumps(golden, separators=(",", ":")).replace('{"seed"', '\n{"seed"') + "\n"
    if "--check" in sys.argv:
        old = json.loads(GOLDEN.read_text())
        if {**old, "versions": 0} != {**json.loads(text), "versions": 0}:
            sys.exit("clusters.json differs")
        return
    GOLDEN.write_text(text)


if __name__ == "__main__":
    main()
