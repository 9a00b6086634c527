#!/usr/bin/env python3
"""Makes docs/models.md: every installed detector, finder of landmarks and embedder, measured here and now.

    tools/models_table.py [--data DIR] [--add NAME=CONTRACT=FILE] [--output docs/models.md]

All figures come from the program's own evaluate and bench; which models there are, from `vultus models list`.
A model that fails becomes a row that says why. Python's standard library is all that is needed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from models_table_picture import cut_picture
from models_table_text import document

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT = 600  # seconds for one measurement
LANDMARKS_STEP = 5  # of 1,549 faces every fifth: enough for three digits
FAR_STRIDES = 20  # different pairs for each picture, so that a FAR of 1e-3 is some twenty of them


class Failure(Exception):
    """A measurement that gave nothing, with the program's own words."""


class Vultus:
    """The program under test, with a folder of models that has the user's packs and those added."""

    def __init__(self, build, models):
        self.program = build / "bin/vultus"
        self.library = build / "lib/libvultus.so"
        self.models = models

    def lines(self, *arguments):
        """The JSON lines of a command. While there is an answer, unreadable pictures or a damaged pack beside it,
        which the exit code tells of, are no failure."""
        command = [str(self.program), "--json", "--models", str(self.models), *map(str, arguments)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
        except subprocess.TimeoutExpired:
            raise Failure(f"not done after {TIMEOUT} seconds") from None
        answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode < 0 or not answers:
            said = [line for line in done.stderr.splitlines() if line.strip()]
            raise Failure(said[-1].removeprefix("vultus: ") if said else f"exit {done.returncode}")
        return answers

    def answer(self, *arguments):
        return self.lines(*arguments)[0]

    def check(self, name):
        return {line["check"]: line["detail"] for line in self.lines("doctor")}.get(name, "not known")


def models_folder():
    if os.environ.get("VULTUS_MODELS"):
        return Path(os.environ["VULTUS_MODELS"])
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "vultus/models"


def gather_models(target, vultus, added):
    """Links to the user's packs, and beside them the files that the command line adds."""
    folder = models_folder()
    for pack in sorted(folder.iterdir()) if folder.is_dir() else []:
        (target / pack.name).symlink_to(pack.resolve())
    for each in added:
        name, contract, path = each.split("=", 2)
        done = subprocess.run([vultus.program, "models", "add", path, "--contract", contract, "--name", name,
                               "--models", target], capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr.strip(), file=sys.stderr)


def installed(vultus):
    models = [model for model in vultus.lines("models", "list") if model["installed"]]
    for model in models:
        model["name"] = f"{model['pack']}/{model['model']}"
    return models


# ---------------------------------------------------------------- measurements


class Data:
    """The sets below the data folder, and what is made of them in a temporary folder."""

    def __init__(self, folder, temporary, vultus):
        self.wider = folder / "wider/wider_bbx_gt.txt"
        self.pairs = folder / "lfw/pairsDevTest.txt"
        self.faces = folder / "lfw/lfw-deepfunneled"
        self.shapes = folder / "dlib_faces/testing_with_face_landmarks.xml"
        self.points_root = folder / "lfw/lfw-orig150"
        self.points = temporary / "landmarks.txt"
        lines = (folder / "lfw/landmarks5_orig150.txt").read_text().splitlines()
        self.points.write_text("\n".join(lines[::LANDMARKS_STEP]) + "\n")
        self.many = temporary / "pairs.csv"
        self.different = write_many_pairs(self.pairs, self.many)
        self.picture = temporary / "640x480.png"
        self.picture_faces = cut_picture(vultus.library, self.wider, self.picture)


def write_many_pairs(source, target):
    """The same pairs of the list, and FAR_STRIDES different ones for each of its pictures. Returns how many."""
    pictures, rows = {}, []
    for line in source.read_text().splitlines()[1:]:
        fields = line.split("\t")
        names = [(fields[0], fields[1]), (fields[-2] if len(fields) == 4 else fields[0], fields[-1])]
        paths = [f"{name}/{name}_{int(number):04}.jpg" for name, number in names]
        pictures.update((path, name) for path, (name, _) in zip(paths, names))
        if len(fields) == 3:
            rows.append(f"{paths[0]},{paths[1]},Yes")
    same, order = len(rows), sorted(pictures)
    for stride in range(1, FAR_STRIDES + 1):
        for i, path in enumerate(order):
            other = order[(i + 37 * stride) % len(order)]
            if pictures[other] != pictures[path]:
                rows.append(f"{path},{other},No")
    target.write_text("\n".join(["file_x,file_y,Decision", *rows]) + "\n")
    return len(rows) - same


def measure_detector(vultus, data, model):
    choice = ("--detector", model["name"])
    row = {"detection": vultus.answer("evaluate", "detection", data.wider, "--root", data.wider.parent / "images",
                                      "--threads", 1, *choice)}
    for threads in (1, 2):
        bench = vultus.answer("bench", "pipeline", "--people", 1, "--threads", threads, *choice, data.picture)
        row[f"ms{threads}"] = bench["milliseconds"]["detect"]["min"]
    row["landmarks"] = vultus.answer("evaluate", "landmarks", data.points, "--root", data.points_root, *choice)
    return row


def measure_finder(vultus, data, model):
    return {"landmarks": vultus.answer("evaluate", "landmarks", data.shapes, "--landmarker", model["name"])}


def measure_embedder(vultus, data, choice):
    root = ("--root", data.faces)
    row = {"pairs": vultus.answer("evaluate", "pairs", data.pairs, *root, *choice),
           "many": vultus.answer("evaluate", "pairs", data.many, *root, *choice)}
    bench = vultus.answer("bench", "pipeline", "--people", 1, "--threads", 1, *choice, data.picture)
    row["ms"] = bench["milliseconds"]["embed"]["min"] / max(bench["faces"], 1)
    return row


def embedder_choices(models):
    """Every embedder with the default detector; one from a pack with a detector of its own also with that."""
    packs = {model["pack"] for model in models if model["kind"] == "detector" and not model["default"]}
    for model in models:
        if model["kind"] == "embedder":
            yield model, ("--embedder", model["name"])
            if model["pack"] in packs:
                yield model, ("--pipeline", model["pack"])


def measured(label, function, *arguments):
    begin = time.monotonic()
    try:
        row = function(*arguments)
    except (Failure, KeyError, json.JSONDecodeError) as failure:
        row = {"failure": str(failure)}
    print(f"{label}: {row.get('failure', 'measured')} ({time.monotonic() - begin:.0f} s)", file=sys.stderr, flush=True)
    return row


def measure_all(vultus, data):
    models = installed(vultus)
    tables = {"detectors": [], "finders": [], "embedders": []}
    for model in models:
        if model["kind"] == "detector":
            tables["detectors"].append({**model, **measured(model["name"], measure_detector, vultus, data, model)})
        elif model["kind"] == "landmarks":
            tables["finders"].append({**model, **measured(model["name"], measure_finder, vultus, data, model)})
    for model, choice in embedder_choices(models):
        row = measured(" ".join(choice), measure_embedder, vultus, data, choice)
        tables["embedders"].append({**model, **row, "choice": choice})
    return tables


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("VULTUS_TEST_DATA", ROOT / "../shared/data")))
    parser.add_argument("--add", action="append", default=[], metavar="NAME=CONTRACT=FILE",
                        help="also measure a network of yours, as `vultus models add` takes it")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/models.md")
    arguments = parser.parse_args()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vultus-table-") as temporary:
        models = Path(temporary, "models")
        models.mkdir()
        vultus = Vultus(arguments.build.resolve(), models)
        if not vultus.program.exists():
            sys.exit(f"{arguments.build}: no bin/vultus in it; build it, or say --build")
        gather_models(models, vultus, arguments.add)
        try:
            data = Data(arguments.data.resolve(), Path(temporary), vultus)
        except OSError as error:
            sys.exit(f"the test data is not whole: {error}; say --data or VULTUS_TEST_DATA")
        tables = measure_all(vultus, data)
        facts = {"version": vultus.check("version"), "processor": vultus.check("processor"),
                 "runtime": vultus.check("ONNX Runtime"), "different": data.different,
                 "faces": data.picture_faces, "seconds": time.monotonic() - begin}
    arguments.output.write_text(document(tables, facts))
    print(f"{arguments.output}: {sum(map(len, tables.values()))} rows in {facts['seconds']:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
