#!/usr/bin/env python3
"""Learns the tables of src/face/quality_tables.c from spoilt copies of pictures (spoil.py).

    quality_features < files.txt > features.tsv                     (cmake --build --target quality_features)
    tools/quality/fit.py occlusion SPOILT features.tsv              writes the heads, says how well they tell
    vultus detect --json SPOILT > faces.jsonl                       with the new heads
    vultus embed SPOILT --output spoilt.safetensors
    tools/quality/fit.py score SPOILT faces.jsonl spoilt.safetensors

People are cut in two: what is said is measured on those that nothing was learnt from; the tables are then learnt from
all. `score` also prints the error-versus-reject curve. Needs NumPy and SciPy.
"""

import argparse
import hashlib
import json
import re
import struct
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

ROOT = Path(__file__).resolve().parent.parent.parent
TABLES = ROOT / "src/face/quality_tables.c"
RIDGE = 10.0  # of the heads, in cases
FMR = 1e-3
SOFT = 0.03  # what is just under the threshold counts nearly as what is just over it


def rows_of(folder):
    return [json.loads(line) for line in (folder / "spoilt.jsonl").read_text(encoding="utf-8").splitlines()]


def held_out(person):
    return hashlib.sha256(person.encode()).digest()[0] % 2 == 0


def sigmoid(values):
    return 1 / (1 + np.exp(-np.clip(values, -40, 40)))


def auc(scores, truth):
    order = np.argsort(np.argsort(scores)) + 1.0
    positive = truth.sum()
    return (order[truth].sum() - positive * (positive + 1) / 2) / (positive * (~truth).sum())


# ---------------------------------------------------------------- occlusion


def read_features(path):
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split("\t")
        found[fields[0]] = np.array(fields[5:], dtype=float)
    return found


def fit_head(x, y):
    """Logistic regression, the bias free; the classes count alike."""
    weight = np.where(y, 0.5 / y.mean(), 0.5 / (1 - y.mean()))

    def loss(w):
        z = x @ w[1:] + w[0]
        p = sigmoid(z)
        value = (weight * (np.logaddexp(0, z) - y * z)).sum() + RIDGE / 2 * (w[1:] ** 2).sum()
        slope = weight * (p - y)
        return value, np.concatenate([[slope.sum()], x.T @ slope + RIDGE * w[1:]])

    return minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x


def occlusion(options):
    features = read_features(options.features)
    rows = [row for row in rows_of(options.spoilt) if row["file"] in features and row["covered"]]
    x = np.array([features[row["file"]] for row in rows])
    covered = np.array([row["covered"] for row in rows])
    test = np.array([held_out(row["person"]) for row in rows])
    heads, out_of_sample = [], []
    for part in range(2):
        clear = (covered[:, part] > 0.45) | (covered[:, part] < 0.1)
        truth = covered[:, part] > 0.45
        head = fit_head(x[clear & ~test], truth[clear & ~test])
        out_of_sample.append(sigmoid(x @ head[1:] + head[0]))
        told = clear & test
        print(f"{('eyes', 'mouth')[part]}: AUC {auc(out_of_sample[-1][told], truth[told]):.4f} of people held out")
        heads.append(fit_head(x[clear], truth[clear]))
    either = np.max(out_of_sample, axis=0)
    kinds = {}
    for row, value, one in zip(rows, either, test):
        if one:
            much = max(row["covered"])
            kinds.setdefault(row["kind"] if much < 0.1 or much > 0.45 else row["kind"] + " (a little)", []).append(value)
    for kind, values in sorted(kinds.items()):
        print(f"  {kind:22} {len(values):5}  median {np.median(values):.3f}  over 0.5 {np.mean(np.array(values) > 0.5):.3f}"
              f"  over 0.9 {np.mean(np.array(values) > 0.9):.3f}")
    write_tables(heads=heads)


# ---------------------------------------------------------------- score

TERMS = ["size", "blur", "dark", "bright", "flat", "yaw", "pitch", "roll", "occlusion", "doubt"]


def short_of(value, enough):
    return np.clip(np.log2(enough / np.maximum(value, 1e-6)), 0, 4)


def beyond(value, enough, full):
    return np.clip((value - enough) / (full - enough), 0, 1)


def terms_of(face):
    """As find_terms of quality_score.c has them."""
    q = {name: np.nan if value is None else value for name, value in face["quality"].items()}
    odds = q["sharpness"] / max(1 - q["sharpness"], 1e-6)
    return [short_of(q["size"], 80), short_of(odds, 1), short_of(q["brightness"], 0.3), beyond(q["brightness"], 0.6, 1),
            short_of(q["contrast"], 0.25), q["yaw"] ** 2, q["pitch"] ** 2, beyond(abs(q["roll"]), 15, 60),
            q["occlusion"], beyond(1 - face["score"], 0, 0.3)]


def central(record):
    def weight(face):
        x = face["x"] + face["width"] / 2 - record["width"] / 2
        y = face["y"] + face["height"] / 2 - record["height"] / 2
        return face["width"] * face["height"] - 2 * (x * x + y * y)
    return max(record["faces"], key=weight)


def read_embeddings(path):
    """The rows of a file of `vultus embed`, by source."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    head = json.loads(data[8:8 + size])

    def tensor(name, kind):
        begin, end = head[name]["data_offsets"]
        return np.frombuffer(data[8 + size + begin:8 + size + end], kind).reshape(head[name]["shape"])

    rows = tensor("embeddings", "<f4")
    texts = tensor("sources", "u1").tobytes().split(b"\0")
    return {text.decode(): row for text, row in zip(texts, rows)}


def gather(options):
    faces, embeddings = {}, read_embeddings(options.embeddings)
    for line in options.faces.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record.get("faces"):
            faces[record["file"]] = central(record)
    return [dict(row, face=faces[row["file"]], embedding=embeddings[row["file"]]) for row in rows_of(options.spoilt)
            if row["file"] in faces and row["file"] in embeddings]


def threshold_at(clean):
    """The similarity that one of 1,000 pairs of clean pictures of two people reaches."""
    x = np.array([row["embedding"] for row in clean])
    person = np.array([row["person"] for row in clean])
    similarity = x @ x.T
    return np.quantile(similarity[person[:, None] != person[None, :]], 1 - FMR)


def pairs_of(rows):
    """Each row beside the clean pictures of the same person that it is not made from: row, other, similarity."""
    clean = {}
    for row in rows:
        if row["kind"] == "clean":
            clean.setdefault(row["person"], []).append(row)
    return [(row, other, float(row["embedding"] @ other["embedding"])) for row in rows
            for other in clean.get(row["person"], [])[:6] if other["from"] != row["from"]]


def fit_score(pairs, threshold):
    x = np.array([terms_of(row["face"]) for row, _, _ in pairs])
    target = sigmoid((np.array([s for _, _, s in pairs]) - threshold) / SOFT)
    counts = {}
    for row, _, _ in pairs:
        counts[row["file"]] = counts.get(row["file"], 0) + 1
    weight = np.array([1 / counts[row["file"]] for row, _, _ in pairs])

    def loss(w):
        z = w[0] - x @ w[1:]
        p = sigmoid(z)
        slope = weight * (p - target)
        return (weight * (np.logaddexp(0, z) - target * z)).sum(), np.concatenate([[slope.sum()], -(x.T @ slope)])

    bounds = [(None, None)] + [(0, None)] * len(TERMS)
    return minimize(loss, np.ones(len(TERMS) + 1), jac=True, method="L-BFGS-B", bounds=bounds).x


def measures(row, model):
    face, q = row["face"], row["face"]["quality"]
    return {"score": float(sigmoid(model[0] - np.array(terms_of(face)) @ model[1:])), "size": q["size"],
            "sharpness": q["sharpness"], "brightness": q["brightness"], "contrast": q["contrast"],
            "yaw": -abs(q["yaw"]), "pitch": -abs(q["pitch"]), "roll": -abs(q["roll"]), "occlusion": -q["occlusion"],
            "detector": face["score"]}


def reject_curves(rows, threshold, model):
    """False non-match rate at the threshold among the pairs that are left when the worst pictures are rejected; a pair
    is as good as the worse of its two. `best` rejects the pairs that fail first: nothing can be better."""
    pairs = [(a, b, s) for a, b, s in pairs_of(rows)]
    similarity = np.array([s for _, _, s in pairs])
    fails = similarity < threshold
    values = [(measures(a, model), measures(b, model)) for a, b, _ in pairs]
    shares = [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4]
    print(f"{len(pairs)} pairs, FNMR at FMR {FMR:g} (threshold {threshold:.3f}) when a share of them is rejected:")
    print("  rejected    " + "".join(f"{share:8.0%}" for share in shares) + "    area")
    for name in [*values[0][0], "best"]:
        worth = similarity if name == "best" else np.array([min(a[name], b[name]) for a, b in values])
        order = np.argsort(-worth, kind="stable")
        kept = fails[order].cumsum() / np.arange(1, len(order) + 1)
        curve = [kept[max(0, int(round(len(order) * (1 - share))) - 1)] for share in shares]
        area = np.mean([kept[max(0, int(round(len(order) * (1 - s / 100))) - 1)] for s in range(41)])
        print(f"  {name:12}" + "".join(f"{value:8.4f}" for value in curve) + f"{area:8.4f}")


def score(options):
    rows = gather(options)
    threshold = threshold_at([row for row in rows if row["kind"] == "clean"])
    learnt = [row for row in rows if not held_out(row["person"])]
    tested = [row for row in rows if held_out(row["person"])]
    model = fit_score(pairs_of(learnt), threshold)
    print("learnt from one half of the people:", dict(zip(["bias", *TERMS], model.round(3))))
    reject_curves(tested, threshold, model)
    final = fit_score(pairs_of(rows), threshold)
    values = np.array([measures(row, final)["score"] for row in rows if row["kind"] == "clean"])
    print("score of clean pictures, quantiles 0.1 % 1 % 5 % 50 % 95 %:", np.quantile(values, [.001, .01, .05, .5, .95]).round(3))
    for kind in sorted({row["kind"] for row in rows}):
        some = [measures(row, final)["score"] for row in rows if row["kind"] == kind]
        print(f"  {kind:14} {len(some):5}  median {np.median(some):.3f}")
    write_tables(model=final)


# ---------------------------------------------------------------- the C file


def numbers(values):
    texts = [f"{value:.4g}" for value in values]
    texts = [text + ("" if "." in text or "e" in text else ".") + "f" for text in texts]
    lines, line = [], "    "
    for text in texts:
        if len(line) + len(text) + 2 > 98:
            lines.append(line.rstrip())
            line = "    "
        line += f" {text}," if line.strip() else f" {text},"
    lines.append(line.rstrip())
    return "\n".join(line.replace("     ", "     ", 1) for line in lines)


HEAD = """/*
 * Learnt by tools/quality/fit.py, from pictures of LFW's development half that tools/quality/spoil.py spoilt: do not
 * edit. Features and terms are in the order of quality_occlusion.c and quality_score.c.
 */
#include "face/quality_tables.h"
"""


def write_tables(heads=None, model=None):
    old = TABLES.read_text(encoding="utf-8") if TABLES.exists() else ""
    parts = {name: match.group(0) for name in ("quality_eyes", "quality_mouth", "quality_model")
             if (match := re.search(rf"const struct \w+ {name} = {{.*?}};\n", old, re.S))}
    if heads:
        for name, head in zip(("quality_eyes", "quality_mouth"), heads):
            parts[name] = f"const struct quality_head {name} = {{\n    .bias = {head[0]:.4f}f,\n    .weights = {{\n" + \
                numbers(head[1:]) + "\n    }};\n"
    if model is not None:
        lines = "".join(f"            [QUALITY_TERM_{name.upper()}] = {value:.4f}f,\n"
                        for name, value in zip(TERMS, model[1:]))
        parts["quality_model"] = "const struct quality_model quality_model = {\n" + \
            f"    .bias = {model[0]:.4f}f,\n    .weights =\n        {{\n{lines}        }},\n}};\n"
    TABLES.write_text(HEAD + "".join("\n" + part for part in parts.values()), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    first = commands.add_parser("occlusion")
    first.add_argument("spoilt", type=Path)
    first.add_argument("features", type=Path)
    first.set_defaults(run=occlusion)
    second = commands.add_parser("score")
    second.add_argument("spoilt", type=Path)
    second.add_argument("faces", type=Path)
    second.add_argument("embeddings", type=Path)
    second.set_defaults(run=score)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
