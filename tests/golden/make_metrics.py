#!/usr/bin/env python3
"""Makes metrics.json: what scikit-learn and numpy say about scores and answers, for test_metrics_golden.c.

    make_metrics.py SCORES.csv > metrics.json

SCORES.csv is what `vultus evaluate pairs lfw/pairsDevTest.txt --output SCORES.csv` writes: the scores of
real pairs, whose file names tell the people. The other inputs are made up here, with many ties. Embeddings
have 16 numbers of +-0.25 each, so that their length is 1 and all their cosines are exact: what is equal on
paper is equal in every program.
"""

import csv
import json
import re
import sys

import numpy
import sklearn
from sklearn.metrics import (accuracy_score, confusion_matrix, precision_recall_fscore_support, roc_auc_score,
                             roc_curve)

FARS = [10, 100, 1000, 10000, 100000, 1000000]  # 1 / FAR
FPIRS = [10, 100, 1000]
RANKS = 20
RESAMPLES = 1000
NOBODY = -1


def plain(value):
    """numbers and lists for JSON; NaN and infinity become null"""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, numpy.ndarray)):
        return [plain(each) for each in value]
    if isinstance(value, (numpy.integer, int)):
        return int(value)
    return float(value) if numpy.isfinite(value) else None


def rates(scores, same, weight=None):
    """AUC, EER and TAR at FAR from scikit-learn's curve; TAR is NaN where the data cannot tell"""
    different = int((~same).sum())
    result = {"auc": roc_auc_score(same, scores, sample_weight=weight)}
    far, tar, _ = roc_curve(same, scores, sample_weight=weight, drop_intermediate=False)
    frr = 1 - tar
    after = int(numpy.argmax(far >= frr - 1e-15))
    before = after - 1
    low, high = frr[before] - far[before], far[after] - frr[after]
    result["eer"] = far[before] + low / (low + high) * (far[after] - far[before])
    result["tar_at_far"] = [
        max(tar[far * each <= 1 + 1e-12]) if different >= each else numpy.nan for each in FARS]
    return result


def corners(scores, same):
    """the ROC curve without the points on straight lines"""
    far, tar, thresholds = roc_curve(same, scores, drop_intermediate=False)
    falses, trues = numpy.rint(far * (~same).sum()), numpy.rint(tar * same.sum())
    kept = [0]
    for i in range(1, len(far) - 1):
        a, b = kept[-1], i + 1
        if (falses[i] - falses[a]) * (trues[b] - trues[i]) != (trues[i] - trues[a]) * (falses[b] - falses[i]):
            kept.append(i)
    kept.append(len(far) - 1)
    return [[thresholds[i] if i else None, far[i], tar[i]] for i in kept]


def intervals(draws, confidence=0.95):
    """for each figure, the quantiles of the draws that could tell it"""
    result = {}
    for key in draws[0]:
        values = numpy.array([draw[key] for draw in draws], dtype=float)
        values = values.reshape(len(draws), -1)
        result[key] = [list(numpy.nanpercentile(column, [50 * (1 - confidence), 50 * (1 + confidence)]))
                       if numpy.isfinite(column).sum() * 2 >= len(draws) else [numpy.nan, numpy.nan]
                       for column in values.T]
    return result


# ------------------------------------------------------------------ pairs


def pair_figures(scores, same, threshold, weight=None):
    accepted = scores >= threshold
    weight = numpy.ones(len(scores)) if weight is None else weight
    return {**rates(scores, same, weight),
            "accuracy_at_threshold": accuracy_score(same, accepted, sample_weight=weight),
            "far_at_threshold": weight[accepted & ~same].sum() / weight[~same].sum(),
            "frr_at_threshold": weight[~accepted & same].sum() / weight[same].sum()}


def pair_case(name, scores, same, threshold, people, generator):
    scores, same = scores.astype(numpy.float32), same.astype(bool)
    a, b = people
    # Weights of people are the same as rows repeated: a pair of two people comes as often as both together.
    units = max(a.max(), b.max()) + 1
    draws = []
    for _ in range(RESAMPLES):
        drawn = numpy.bincount(generator.integers(0, units, units), minlength=units)
        weight = numpy.where(a == b, drawn[a], drawn[a] * drawn[b]).astype(float)
        if weight[same].sum() and weight[~same].sum():
            draws.append(pair_figures(scores, same, threshold, weight))
    return {"name": name, "scores": [float(str(each)) for each in scores], "same": "".join("01"[int(each)] for each in same),
            "threshold": numpy.float32(threshold), "person_a": a, "person_b": b,
            "figures": pair_figures(scores, same, threshold), "roc": corners(scores, same),
            "intervals": intervals(draws)}


def lfw(path):
    """scores, same, people of a file of `evaluate pairs --output`"""
    numbers, rows = {}, list(csv.DictReader(open(path, newline="")))

    def person(file):
        name = re.sub(r"_\d+\.\w+$", "", file.rsplit("/", 1)[-1])
        return numbers.setdefault(name, len(numbers))

    people = numpy.array([(person(row["a"]), person(row["b"])) for row in rows]).T
    return (numpy.array([row["similarity"] for row in rows], dtype=numpy.float32),
            numpy.array([row["same"] == "Yes" for row in rows]), people)


def made_up(generator):
    count, people = 400, 60
    a = generator.integers(0, people, count)
    same = generator.random(count) < 0.4
    b = numpy.where(same, a, (a + 1 + generator.integers(0, people - 1, count)) % people)
    scores = numpy.round(generator.normal(numpy.where(same, 0.6, 0.2), 0.25) * 20) / 20
    return numpy.clip(scores, -1, 1), same, (a, b)


# ------------------------------------------------------------------ identification


def gallery(generator):
    """bits of the embeddings, their people, who is enrolled; some people are strangers, one is nobody"""
    people, rows = 30, []
    for person in range(people):
        centre = generator.integers(0, 2, 16)
        for _ in range(int(generator.integers(2, 9))):
            rows.append((person, centre ^ (generator.random(16) < 0.12)))
    person = numpy.array([row[0] for row in rows])
    bits = numpy.array([row[1] for row in rows])
    known, seen = [], {}
    for i, each in enumerate(person):
        seen[each] = seen.get(each, 0) + 1
        if each < 20 and seen[each] <= 2 and (each % 3 or seen[each] == 1):
            known.append(i)
    probes = [i for i in range(len(person)) if i not in known]
    person[probes[-4:]] = NOBODY
    return bits, person, known, probes


def look_up(bits, person, known, probes, threshold):
    """each probe: truth, answer, rank of the truth, score of the nearest, scores to every enrolled person"""
    vectors = (bits - 0.5) / 2
    enrolled = sorted({int(person[i]) for i in known})
    trials = []
    for i in probes:
        scores = numpy.array([max(vectors[i] @ vectors[k] for k in known if person[k] == each)
                              for each in enrolled])
        order = numpy.argsort(-scores, kind="stable")  # of equals, the smaller number first
        mated = int(person[i]) in enrolled
        best = enrolled[order[0]]
        trials.append({"person": int(person[i]), "mated": mated, "best": best, "scores": scores,
                       "second": enrolled[order[1]], "score": scores[order[0]],
                       "answer": best if scores[order[0]] >= threshold else NOBODY,
                       "truth": int(person[i]) if mated else NOBODY,
                       "own": enrolled.index(int(person[i])) if mated else None,
                       "rank": 1 + list(order).index(enrolled.index(int(person[i]))) if mated else 0})
    return enrolled, trials


def specificity(matrix):
    total, falses = matrix.sum(), matrix.sum(axis=0) - numpy.diag(matrix)
    negatives = total - matrix.sum(axis=1)
    return (negatives - falses), negatives


def averages(truth, answer):
    result = {}
    matrix = confusion_matrix(truth, answer)
    trues, negatives = specificity(matrix)
    support = matrix.sum(axis=1)
    each = trues / negatives
    by = {"micro": trues.sum() / negatives.sum(), "macro": each.mean(),
          "weighted": (each * support).sum() / support.sum()}
    for average in ("micro", "macro", "weighted"):
        precision, recall, f1, _ = precision_recall_fscore_support(truth, answer, average=average, zero_division=0)
        result[average] = [precision, recall, by[average], f1]
    return result


def identification_figures(trials, counts):
    """counts: strangers that the data have, and comparisons of different people"""
    truth = [trial["truth"] for trial in trials]
    answer = [trial["answer"] for trial in trials]
    mated = [trial for trial in trials if trial["mated"]]
    strangers = [trial for trial in trials if not trial["mated"]]
    named = [trial for trial in trials if trial["answer"] != NOBODY]
    right = [trial for trial in named if trial["answer"] == trial["truth"]]
    same = numpy.concatenate([[i == trial["own"] for i in range(len(trial["scores"]))] for trial in trials])
    scores = numpy.concatenate([trial["scores"] for trial in trials])
    found = numpy.array([trial["score"] if trial["rank"] == 1 else -2 for trial in mated])
    false = numpy.array([trial["score"] for trial in strangers])
    levels = numpy.unique(numpy.concatenate([found, false, [2]]))
    dirs = [max([numpy.mean(found >= level) for level in levels if (false >= level).sum() * each <= len(false)])
            if counts[0] >= each else numpy.nan for each in FPIRS]
    figures = rates(scores, same)
    figures["tar_at_far"] = [value if counts[1] >= each else numpy.nan
                             for value, each in zip(figures["tar_at_far"], FARS)]
    return {"accuracy": accuracy_score(truth, answer), "names_precision": len(right) / len(named),
            "names_recall": len(right) / len(mated), "fnir": 1 - len(right) / len(mated),
            "fpir": sum(trial["answer"] != NOBODY for trial in strangers) / len(strangers),
            **averages(truth, answer), "dir_at_fpir": dirs,
            "cmc": [numpy.mean([trial["rank"] <= k + 1 for trial in mated]) for k in range(RANKS)], **figures}


def identification_case(generator, threshold):
    bits, person, known, probes = gallery(generator)
    enrolled, trials = look_up(bits, person, known, probes, threshold)
    different = sum(len(trial["scores"]) - trial["mated"] for trial in trials)
    strangers = sum(not trial["mated"] for trial in trials)
    truth = [trial["truth"] for trial in trials]
    answer = [trial["answer"] for trial in trials]
    labels = sorted(set(truth) | set(answer), key=lambda each: (each == NOBODY, each))
    precision, recall, f1, support = precision_recall_fscore_support(truth, answer, labels=labels, zero_division=0)
    matrix = confusion_matrix(truth, answer, labels=labels)
    trues, negatives = specificity(matrix)
    units = {}
    for i, trial in enumerate(trials):
        units.setdefault(trial["person"] if trial["person"] != NOBODY else ("alone", i), []).append(trial)
    units, draws = list(units.values()), []
    for _ in range(RESAMPLES):
        drawn = generator.integers(0, len(units), len(units))
        draws.append(identification_figures([each for i in drawn for each in units[i]], (strangers, different)))
    return {"bits": ["".join(map(str, each)) for each in bits], "person": person, "known": known,
            "probes": probes, "threshold": threshold, "people": 30,
            "trials": [[trial["best"], trial["second"], trial["rank"], trial["score"]] for trial in trials],
            "classes": labels, "rates": [list(each) for each in zip(precision, recall, trues / negatives, f1)],
            "support": support, "confusion": matrix, "units": len(units),
            "figures": identification_figures(trials, (strangers, different)), "intervals": intervals(draws)}


def main():
    generator = numpy.random.default_rng(1)
    scores, same, people = lfw(sys.argv[1])
    made = made_up(generator)
    cases = {"scikit-learn": sklearn.__version__, "numpy": numpy.__version__, "resamples": RESAMPLES,
             "pairs": [pair_case("made up", made[0], made[1], 0.4, made[2], generator),
                       pair_case("LFW", scores, same, 0.375, people, generator)],
             "identification": identification_case(generator, 0.625)}

    def tidy(value):
        if isinstance(value, dict):
            return {key: tidy(each) for key, each in value.items()}
        return value if isinstance(value, str) else (
            [tidy(each) for each in value] if isinstance(value, (list, tuple, numpy.ndarray)) else
            None if value is None else plain(value))

    lines = [f"{json.dumps(key)}:{json.dumps(tidy(value), separators=(',', ':'))}" for key, value in cases.items()]
    print("{" + ",\n".join(lines) + "}")


if __name__ == "__main__":
    main()
