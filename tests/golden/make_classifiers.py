#!/usr/bin/env python3
"""Makes classifiers.json: what scikit-learn's classifiers say of embeddings that are made up.

    pip install scikit-learn==1.9.1 numpy
    tests/golden/make_classifiers.py

The embeddings are nobody's. They come from the generator of src/base/random.c, which is written once more
here, so that the test makes the same ones and the file holds only answers.
"""

import json
import math
import warnings
from pathlib import Path

import numpy
import sklearn
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.svm import SVC

from xoshiro import Random

PEOPLE, DIMENSION, TESTED, SPREAD, SEED = 20, 32, 15, 0.9, 7


def make_embeddings():
    """Rows of unit length around a centre for each person, who has 2 to 6 of them to be learnt from."""
    random = Random(SEED)
    centres = [[random.normal() for _ in range(DIMENSION)] for _ in range(PEOPLE)]

    def rows(person, count):
        for _ in range(count):
            row = numpy.array([x + SPREAD * random.normal() for x in centres[person]], numpy.float32)
            yield row / numpy.float32(math.sqrt(float(sum(float(x) * float(x) for x in row))))

    train = [(row, person) for person in range(PEOPLE) for row in rows(person, 2 + person % 5)]
    test = [(row, person) for person in range(PEOPLE) for row in rows(person, TESTED)]
    return [(numpy.array([row for row, _ in part]), numpy.array([person for _, person in part]))
            for part in (train, test)]


METHODS = [
    ("knn", "n-neighbors=5;weights=distance", KNeighborsClassifier(5, weights="distance")),
    ("knn", "n-neighbors=1;weights=uniform", KNeighborsClassifier(1)),
    ("softmax", "C=10;tol=1e-6", LogisticRegression(C=10, tol=1e-8, max_iter=10000)),
    ("softmax", "C=1;tol=1e-6;class-weight=balanced",
     LogisticRegression(tol=1e-8, max_iter=10000, class_weight="balanced")),
    ("logistic", "C=10;tol=1e-6", OneVsRestClassifier(LogisticRegression(C=10, tol=1e-8, max_iter=10000))),
    ("svm-linear", "C=1", SVC(kernel="linear", C=1, break_ties=True)),
    ("svm-rbf", "C=10;gamma=scale", SVC(C=10, break_ties=True)),
    ("svm-rbf", "C=0.5;gamma=0.5;class-weight=balanced",
     SVC(C=0.5, gamma=0.5, class_weight="balanced", break_ties=True)),
    ("forest", "n-estimators=300", RandomForestClassifier(300, random_state=0)),
    ("centroid", "", NearestCentroid()),
]


def main():
    warnings.simplefilter("error")
    (train, people), (test, truth) = make_embeddings()
    cases = []
    for method, parameters, original in METHODS:
        original.fit(train, people)
        named = original.predict(test)
        case = {"method": method, "parameters": parameters, "named": named.tolist(),
                "accuracy": round(float(numpy.mean(named == truth)), 4)}
        if method in ("softmax", "logistic"):
            probability = original.predict_proba(test)
            case["probability"] = [round(float(probability[i, p]), 5) for i, p in enumerate(truth)]
        cases.append(case)
        print(method, parameters, case["accuracy"])
    golden = {"made_by": "tests/golden/make_classifiers.py", "scikit-learn": sklearn.__version__,
              "people": PEOPLE, "dimension": DIMENSION, "tested": TESTED, "spread": SPREAD, "seed": SEED,
              "first": [round(float(x), 6) for x in train[0]], "cases": cases}
    text = json.dumps(golden, separators=(",", ":")).replace('{"method"', '\n{"method"')
    (Path(__file__).parent / "classifiers.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
