#!/usr/bin/env python3
"""What `vultus train metric` gains on people whom it has not seen, as a table in Markdown.

  bench/metric_learning.py PEOPLE [--also OTHER] [--lfw PAIRS --root DIR] [--seeds N] [-- OPTION...]

PEOPLE and OTHER are folders of people or files by `vultus embed`. For every seed half of PEOPLE is learnt
from, by the command's defaults or by OPTION. Then, of the other half alone: TAR at FAR 1e-2 over all pairs
of their pictures, before and after; the same for these people in OTHER (say, the same pictures unharmed);
and the accuracy over ten folds on the pairs of LFW, of which nothing was learnt. All embeddings come
from commands; Python's own library is enough.
"""

import argparse
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

VULTUS = os.environ.get("VULTUS", "build/release/bin/vultus")


def vultus(*arguments):
    run = subprocess.run([VULTUS, "--json", "--quiet", *map(str, arguments)], check=False,
                         stdout=subprocess.PIPE, text=True)
    if run.returncode not in (0, 3):
        sys.exit(f"vultus {' '.join(map(str, arguments))}: exit {run.returncode}")
    return json.loads(run.stdout.splitlines()[-1])


class File:
    """A file by `vultus embed`: its head, and tensors as (type, shape, bytes)."""

    def __init__(self, path):
        data = Path(path).read_bytes()
        size = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:8 + size])
        self.head = json.loads(header.pop("__metadata__")["vultus"])
        self.tensors = {
            name: (each["dtype"], each["shape"],
                   data[8 + size + each["data_offsets"][0]:8 + size + each["data_offsets"][1]])
            for name, each in header.items()}
        (count, self.dimension), values = self.tensors["embeddings"][1:]
        numbers = struct.unpack(f"<{count * self.dimension}f", values)
        self.rows = [numbers[i * self.dimension:(i + 1) * self.dimension] for i in range(count)]
        self.person = struct.unpack(f"<{count}i", self.tensors["person"][2])
        self.names = self.tensors["names"][2].decode().split("\0")[:-1]

    def write(self, path, keep):
        """Only the rows of the people whose names are in `keep`."""
        rows = [i for i, p in enumerate(self.person) if self.names[p] in keep]
        body, header = b"", {"__metadata__": {"vultus": json.dumps(self.head)}}
        for name, kind, shape, data in (
                ("embeddings", "F32", [len(rows), self.dimension],
                 b"".join(struct.pack(f"<{self.dimension}f", *self.rows[i]) for i in rows)),
                ("person", "I32", [len(rows)],
                 struct.pack(f"<{len(rows)}i", *(self.person[i] for i in rows))),
                ("names", *self.tensors["names"])):
            header[name] = {"dtype": kind, "shape": shape,
                            "data_offsets": [len(body), len(body) + len(data)]}
            body += data + b"\0" * (-len(data) % 8)
        text = json.dumps(header).encode()
        text += b" " * (-len(text) % 8)
        Path(path).write_bytes(struct.pack("<Q", len(text)) + text + body)

    def tar(self, people, far=1e-2):
        """Share of the same pairs above all but `far` of the different ones."""
        rows = [(self.person[i], row) for i, row in enumerate(self.rows)
                if self.names[self.person[i]] in people]
        same, different = [], []
        for i, (p, a) in enumerate(rows):
            for q, b in rows[:i]:
                (same if p == q else different).append(sum(x * y for x, y in zip(a, b)))
        different.sort(reverse=True)
        threshold = different[int(far * len(different))]
        return sum(score > threshold for score in same) / len(same)


def embedded(data, folder, *options):
    path = Path(folder) / f"{len(os.listdir(folder))}.safetensors"
    vultus("embed", data, "--output", path, *options)
    return File(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("people")
    parser.add_argument("--also")
    parser.add_argument("--lfw")
    parser.add_argument("--root")
    parser.add_argument("--seeds", type=int, default=5)
    own, train = sys.argv[1:], []
    if "--" in own:
        own, train = own[:own.index("--")], own[own.index("--") + 1:]
    arguments = parser.parse_args(own)
    # The packs that are installed, and beside them what is learnt.
    installed = os.environ.get("VULTUS_MODELS") or Path(
        os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share", "vultus/models")
    with tempfile.TemporaryDirectory() as work:
        models, files = Path(work, "models"), Path(work, "files")
        models.mkdir()
        files.mkdir()
        for pack in Path(installed).iterdir():
            (models / pack.name).symlink_to(pack.resolve())
        os.environ["VULTUS_MODELS"] = str(models)
        measure(arguments, train, files)


def lfw(arguments, *options):
    if not arguments.lfw:
        return None
    root = ["--root", arguments.root] if arguments.root else []
    return vultus("evaluate", "pairs", arguments.lfw, *root, *options)["accuracy"]


def percent(value):
    return "" if value is None else f"{100 * value:.2f} %"


def measure(arguments, train, files):
    data = embedded(arguments.people, files)
    also = embedded(arguments.also, files) if arguments.also else None
    frozen_lfw, gains, accuracies = lfw(arguments), [], []
    print("| seed | TAR at FAR 1e-2, embedder | projection | of the gap | the other pictures, embedder "
          "| projection | LFW, embedder | projection | epoch |")
    print("|---|---|---|---|---|---|---|---|---|")
    for seed in range(arguments.seeds):
        names = sorted(set(data.names))
        random.Random(seed).shuffle(names)
        learnt, others = set(names[:len(names) // 2]), set(names[len(names) // 2:])
        half, name = files / f"half{seed}.safetensors", f"learnt{seed}"
        data.write(half, learnt)
        report = vultus("train", "metric", half, "--name", name, "--seed", seed, *train)
        use = ("--embedder", name)
        before = data.tar(others)
        after = embedded(arguments.people, files, *use).tar(others)
        gains.append((after - before) / (1 - before) if before < 1 else 0)
        plain = (also.tar(others), embedded(arguments.also, files, *use).tar(others)) \
            if also else (None, None)
        accuracies.append(lfw(arguments, *use))
        print(f"| {seed} | {percent(before)} | {percent(after)} | {percent(gains[-1])} "
              f"| {percent(plain[0])} | {percent(plain[1])} | {percent(frozen_lfw)} "
              f"| {percent(accuracies[-1])} | {report['best_epoch']} |", flush=True)
    print(f"\nMean of the gap: {percent(sum(gains) / len(gains))}, least {percent(min(gains))}.")
    if frozen_lfw is not None:
        print(f"LFW falls by at most {100 * (frozen_lfw - min(accuracies)):.2f} points.")


if __name__ == "__main__":
    main()
