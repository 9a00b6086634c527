#!/usr/bin/env python3
"""How long grouping takes: made-up embeddings that are spread as faces are, through `vultus cluster --truth`.

    bench/cluster_synthetic.py [--vultus build/release/bin/vultus] [--faces 10000] [--dimension 192]

Strangers' cosines have mean 0.03 and deviation 0.14, those of one person mean 0.66, as MobileFaceNet's on LFW:
vectors have 50 free numbers, a small common part, and zeros. People have 1 to 40 faces. Prints a row for each
method: seconds of grouping alone, processor seconds and most memory of the process, and BCubed F1. Python's standard library only.
"""

import argparse
import array
import json
import math
import os
import random
import struct
import subprocess
import sys
import tempfile

FREE, COMMON, NOISE = 50, 0.18, 0.72


def unit(vector):
    length = math.sqrt(sum(x * x for x in vector))
    return [x / length for x in vector]


def make(faces, dimension, seed):
    """Rows of floats, and the person of each."""
    draw = random.Random(seed)
    rows, people, person = array.array("f"), array.array("i"), 0
    pad = [0.0] * (dimension - FREE - 1)
    while len(people) < faces:
        centre = unit([draw.gauss(0, 1) for _ in range(FREE)])
        for _ in range(min(int(draw.paretovariate(0.8)), 40, faces - len(people))):
            vector = [c + NOISE * draw.gauss(0, 1) / math.sqrt(FREE) for c in centre]
            rows.extend(unit([COMMON * 1.2] + vector) + pad)
            people.append(person)
        person += 1
    return rows, people, person


def write(path, rows, people, person, dimension):
    faces = len(people)
    head = {"embedder": "", "people": person, "metric": "cosine", "raw": False, "kind": "embeddings", "version": 1}
    names = b"".join(b"%d\0" % i for i in range(person))
    size, end = len(rows) * 4, len(rows) * 4 + faces * 4
    header = json.dumps({"__metadata__": {"vultus": json.dumps(head)},
                         "embeddings": {"dtype": "F32", "shape": [faces, dimension], "data_offsets": [0, size]},
                         "person": {"dtype": "I32", "shape": [faces],
                                    "data_offsets": [size, end]},
                         "names": {"dtype": "U8", "shape": [len(names)],
                                   "data_offsets": [end, end + len(names)]}}).encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header + rows.tobytes() + people.tobytes() + names)


def measure(vultus, method, path):
    command = [vultus, "cluster", "--truth", "--json", "--method", method, "--threshold", "0.6", path]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    answer = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} failed")
    return json.loads(answer), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vultus", default="build/release/bin/vultus")
    parser.add_argument("--faces", type=int, default=10000)
    parser.add_argument("--dimension", type=int, default=192)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rows, people, person = make(options.faces, options.dimension, options.seed)
    print(f"{options.faces} faces of {person} people, {options.dimension} numbers each")
    print(f"{'method':10}{'seconds':>9}{'CPU':>7}{'MiB':>7}{'clusters':>10}{'BCubed F1':>11}")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "faces.safetensors")
        write(path, rows, people, person, options.dimension)
        for method in ("linkage", "whispers", "density"):
            answer, cpu, memory = measure(options.vultus, method, path)
            print(f"{method:10}{answer['seconds']:9.2f}{cpu:7.2f}{memory:7.0f}{answer['clusters']:10}"
                  f"{answer['bcubed']['f1']:11.4f}")


if __name__ == "__main__":
    main()
