#!/usr/bin/env python3
"""Prints the table of embedders put together (docs/decisions.md): accuracy on LFW's pairs, TAR at low FAR, time.

    tools/combinations_table.py [--data DIR] [--build build/release] [A+B [--flip]]...

All figures come from the program's own evaluate and bench, of the combinations named, else of the usual ones.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from models_table import ROOT, Data, Failure, Vultus, gather_models

MOBILE, DLIB = "mobile/mobilefacenet", "dlib/resnet29"
USUAL = ((MOBILE,), (MOBILE, "--flip"), (DLIB,), (DLIB, "--flip"), (f"{MOBILE}:0.7+{DLIB}:0.3",), (f"{MOBILE}+{DLIB}",),
         (f"{MOBILE}+{DLIB}", "--flip"), (f"{MOBILE}:0.3+{DLIB}:0.7", "--flip"))


THRESHOLD = 0.4  # of the cosine: none of the figures depends on it, and some combinations have none of their own


def measure(vultus, data, choice):
    """Milliseconds are the sum of the parts, which run one after the other."""
    options = ("--root", data.faces, "--threshold", THRESHOLD, "--bootstrap", 0, "--embedder", *choice)
    parts = [part.split(":")[0] for part in choice[0].split("+")]
    milliseconds = 0
    for part in parts:
        bench = vultus.answer("bench", "pipeline", "--people", 1, "--threads", 1, data.picture, "--embedder", part,
                              *choice[1:])
        milliseconds += bench["milliseconds"]["embed"]["min"] / max(bench["faces"], 1)
    return {"pairs": vultus.answer("evaluate", "pairs", data.pairs, *options),
            "many": vultus.answer("evaluate", "pairs", data.many, *options), "ms": milliseconds}


def percent(value):
    return "–" if value is None else f"{100 * value:.2f} %"


def row(choice, measured):
    pairs, many = measured["pairs"], measured["many"]
    name = choice[0].replace(MOBILE, "mobile") + (", flip" if "--flip" in choice else "")
    rates = (percent(many.get(f"tar_at_far_1e-{n}")) for n in (2, 3, 4))
    return (f"| {name} | {percent(pairs['accuracy'])} ± {100 * pairs['deviation']:.2f} | {' | '.join(rates)} "
            f"| {measured['ms']:.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build/release")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("VULTUS_TEST_DATA", ROOT / "../shared/data")))
    parser.add_argument("combinations", nargs="*", metavar="A+B", help="as --embedder takes it; add ,flip for --flip")
    arguments = parser.parse_args()
    wanted = [(name.removesuffix(",flip"), *(["--flip"] if name.endswith(",flip") else []))
              for name in arguments.combinations] or USUAL
    with tempfile.TemporaryDirectory(prefix="vultus-table-") as temporary:
        models = Path(temporary, "models")
        models.mkdir()
        vultus = Vultus(arguments.build.resolve(), models)
        gather_models(models, vultus, [])
        data = Data(arguments.data.resolve(), Path(temporary), vultus)
        print("| what | accuracy | TAR at 1e-2 | at 1e-3 | at 1e-4 | ms |\n|---|---:|---:|---:|---:|---:|")
        for choice in wanted:
            try:
                print(row(choice, measure(vultus, data, choice)), flush=True)
            except Failure as failure:
                print(f"{' '.join(choice)}: {failure}", file=sys.stderr)


if __name__ == "__main__":
    main()
