#!/usr/bin/env python3
"""What `vultus watch` costs a frame: milliseconds of a processor, and memory, with and without --profile light.

    bench/watch_cost.py VULTUS GALLERY FILM... [--turns 3]

The whole program is measured, so that its start is spread over the frames of the film; `start` is what it takes for
a film of one frame, and is taken off. The least of some turns counts. Memory is the most that the process had.
"""

import argparse
import os
import re
import subprocess
import tempfile
import zlib
from pathlib import Path

PROFILES = (("default", ()), ("light", ("--profile", "light")))


def png(side):
    """A grey square."""
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
    size = side.to_bytes(4, "big")
    rows = (b"\0" + b"\x80" * side) * side
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + size + b"\x08\0\0\0\0") + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


def run(program, gallery, film, options):
    """(seconds of a processor, MiB, frames)"""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([program, "watch", "--no-progress", "--db", gallery, *options, film], stdout=subprocess.DEVNULL,
                                   stderr=said)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode()
    if process.returncode:
        raise SystemExit(text)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, int(re.search(r"(\d+) frames,", text)[1])


def least(turns, *arguments):
    measured = [run(*arguments) for _ in range(turns)]
    return min(one[0] for one in measured), max(one[1] for one in measured), measured[0][2]


def main():
    parser = argparse.ArgumentParser(description="What watching costs a frame.")
    parser.add_argument("vultus")
    parser.add_argument("gallery")
    parser.add_argument("films", nargs="+")
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    print("| film | profile | frames | ms of a processor a frame | MiB |\n|---|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory(prefix="vultus-cost-") as still:
        Path(still, "0.png").write_bytes(png(320))
        for film in options.films:
            for name, profile in PROFILES:
                start, _, _ = least(options.turns, options.vultus, options.gallery, still, profile)
                seconds, memory, frames = least(options.turns, options.vultus, options.gallery, film, profile)
                print(f"| {Path(film).name} | {name} | {frames} | {1000 * (seconds - start) / frames:.1f} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
