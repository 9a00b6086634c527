#!/usr/bin/env python3
"""Hours of video in minutes, and a camera that dies fifty times: nothing grows, and no event is lost.

    bench/video_soak.py VULTUS PICTURE PICTURE [--minutes 30] [--restarts 50]

One `vultus watch` has two sources: a clip on standard input that begins anew for ever, read at full speed, and the same
clip from an RTSP camera (bench/live_camera.py, with what that needs), which is killed and comes back some seconds later on
the same port. Every five seconds memory and open descriptors are looked at: after the first fifth (the warm-up) the
median of memory in the last fifth may be at most 3 % over that of the second, and descriptors may not be more. Each
time that the camera is there, both people must be identified before it is killed again, and whoever appeared must be identified
and leave, in this order, once. Ends with 1 where anything is wrong. On a machine that is busy with other things frames may be
so rare that somebody leaves and comes again in between.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import live_camera

GROWTH_MAX = 1.03
SAMPLE = 5  # seconds
STEADY = 11  # seconds: a connection of ten begins the waits to connect again anew
AWAY = 2.5  # seconds: after 1.5 people have left
PATIENCE = 120  # seconds until the camera must have been found again
VISIT = ["appeared", "identified", "left"]


class Camera:
    """The process that is killed, always on one port."""

    def __init__(self, clip):
        self.clip, self.port = clip, 0
        self.start()

    def start(self):
        self.process = subprocess.Popen([sys.executable, live_camera.__file__, "serve", self.clip, "--port", str(self.port)],
                                        stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().split()[0]
        self.port = int(re.search(r":(\d+)/", self.address)[1])

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Watch:
    """The program, and what it says."""

    def __init__(self, program, gallery, clip, address):
        self.clip, self.events, self.lines = clip, [], []
        self.process = subprocess.Popen([program, "watch", "--json", "--no-progress", "--db", gallery, "-", address],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for work in (self.feed, self.read_events, self.read_lines):
            threading.Thread(target=work, daemon=True).start()

    def feed(self):
        try:
            while True:
                self.process.stdin.write(self.clip)
        except OSError:
            pass

    def read_events(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def read_lines(self):
        for line in self.process.stderr:
            self.lines.append(line.decode().strip())

    def resident(self):
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) / 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def identified(self, address, names, since):
        """Whether each of the people was, after so many events."""
        told = {event["name"] for event in self.events[since:] if event["source"] == address and event["event"] == "identified"}
        return told >= set(names)


def wait_for(true, over):
    end = time.monotonic() + PATIENCE
    while not true() and not over.is_set() and time.monotonic() < end:
        over.wait(0.2)
    return true()


def restart(camera, watch, names, count, over):
    """How often the camera was found, with both people before it."""
    found = 0
    for left in range(count, -1, -1):
        told = len(watch.events)
        found += wait_for(lambda: watch.identified(camera.address, names, told), over)
        over.wait(STEADY)
        if over.is_set() or not left:
            break
        camera.kill()
        over.wait(AWAY)
        camera.start()
    return found


def sample(watch, minutes):
    """[(MiB, descriptors)]"""
    samples, end = [], time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        time.sleep(SAMPLE)
        if watch.process.poll() is not None:
            break
        samples.append((watch.resident(), watch.descriptors()))
    return samples


def growth(samples):
    fifth = max(1, len(samples) // 5)
    early, late = samples[fifth:2 * fifth], samples[-fifth:]
    memory = [statistics.median(sample[0] for sample in part) for part in (early, late)]
    descriptors = [max(sample[1] for sample in part) for part in (early, late)]
    print(f"memory {memory[0]:.1f} MiB, in the end {memory[1]:.1f} MiB ({100 * (memory[1] / memory[0] - 1):+.1f} %); "
          f"descriptors at most {descriptors[0]}, in the end {descriptors[1]}")
    return memory[1] <= GROWTH_MAX * memory[0] and descriptors[1] <= descriptors[0]


def visits_are_whole(events, address, names):
    tracks = {}
    for event in events:
        if event["source"] == address:
            tracks.setdefault(event["track"], []).append(event)
    whole = sum([event["event"] for event in visit] == VISIT and visit[-1]["name"] in names for visit in tracks.values())
    print(f"{len(tracks)} visits before the camera, {whole} of them {', '.join(VISIT)} with a right name")
    return whole == len(tracks)


def main():
    parser = argparse.ArgumentParser(description="Hours of video in minutes.")
    parser.add_argument("vultus")
    parser.add_argument("pictures", nargs=2)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--restarts", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vultus-soak-") as folder:
        gallery, clip = f"{folder}/people.db", f"{folder}/clip"
        names = [Path(picture).stem for picture in options.pictures]
        for name, picture in zip(names, options.pictures):
            subprocess.run([options.vultus, "enroll", "--quiet", "--db", gallery, "--name", name, picture], check=True,
                           stdout=subprocess.DEVNULL)
        subprocess.run([sys.executable, live_camera.__file__, "make", "--size", "640x480", clip, *options.pictures], check=True)
        camera, over = Camera(clip), threading.Event()
        watch = Watch(options.vultus, gallery, b"".join(frame for _, frame in live_camera.read_clip(clip)), camera.address)
        found = []
        restarts = threading.Thread(target=lambda: found.append(restart(camera, watch, names, options.restarts, over)))
        restarts.start()
        samples = sample(watch, options.minutes)
        over.set()
        restarts.join()
        ended = watch.process.poll()
        if ended is None:
            watch.process.terminate()
        watch.process.wait()
        time.sleep(1)  # what it said last is read
        camera.kill()
    back = found[0] - 1
    frames = re.search(r"(\d+) frames,", "\n".join(watch.lines))
    print(f"{len(samples) * SAMPLE / 60:.0f} minutes, {frames[1] if frames else '?'} frames; "
          f"the camera was killed {options.restarts} times and found again {back} times")
    grew, whole = not growth(samples), visits_are_whole(watch.events, camera.address, names)
    good = whole and not grew
    if ended is not None or back != options.restarts:
        print("\n".join(watch.lines[-20:]))
        good = False
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
