#!/usr/bin/env python3
"""How many pictures a second POST /v1/identify answers over loopback, and how long answers take.

    bench/server_rate.py VULTUS FOLDER [--workers 2] [--rounds 3] [--seconds 5] [--no-rate]

Pictures a second are compared with `vultus identify` on the same files, with as many threads and the same gallery, in
turn; there are as many clients as workers, and the p99 of that very load is told as a multiple of what one client alone
has at the median. Latencies are of one client that asks again when it has its answer (alone), of as many such clients as workers and
of twice as many (closed loop), and of requests that come by chance at 50 and 70 % of what the server reached, whether
or not earlier ones have their answers (open loop; counted from when they were due). The last two are of somebody at
another address beside such clients: who lists people, and who identifies while eight times as many as workers do so.
All of them take turns in every round, so that what else the machine does hits all alike; the last column says how much
of it others had. On a busy machine processor time says more than pictures a second. The gallery is a temporary one of
the first ten pictures that can be enrolled.
"""

import argparse
import os
import queue
import random
import resource
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from server_process import Server, Spent, part

TURNS = 6  # of all pictures, in a comparison of rates
OPEN_CLIENTS = 64  # connections for requests that do not wait for one another


def command_line(program, files, workers, environment):
    """Pictures a second and processor seconds for each, without the start: TURNS + 1 times the files against once."""
    def run(count):
        began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([program, "identify", "--json", "--no-progress", "--threads", str(workers), *files * count],
                       env=environment, stdout=subprocess.DEVNULL, check=True)
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.monotonic() - began, now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime

    once, more = run(1), run(1 + TURNS)
    return TURNS * len(files) / (more[0] - once[0]), (more[1] - once[1]) / (TURNS * len(files))


def crowd(count, body):
    threads = [threading.Thread(target=body) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads


def identify(server, connection, body):
    status, text = server.ask("POST", "/v1/identify", body, "image/jpeg", connection)
    assert status == 200, (status, text)


class Run:
    """Latencies of one way to ask, over all rounds."""

    def __init__(self, name):
        self.name, self.times, self.costs, self.others, self.rates = name, [], [], [], []

    def add(self, spent, times):
        seconds, server, others = spent.until_now()
        self.times += times
        self.costs.append(server / len(times))
        self.others.append(others)
        self.rates.append(len(times) / seconds)

    def row(self, alone):
        late = part(self.times, 0.99)
        return (f"{self.name:<24} {statistics.median(self.rates):7.1f} {part(self.times, 0.5):7.0f} {part(self.times, 0.9):7.0f} "
                f"{late:7.0f} {late / alone:8.1f} {1000 * statistics.median(self.costs):9.0f} "
                f"{100 * statistics.median(self.others):6.0f} %")


def closed_loop(server, bodies, clients, seconds, run, source="127.0.0.1"):
    """Clients that ask again when they have their answer; `bodies` None: for the list of people."""
    times, lock = [], threading.Lock()
    until = time.monotonic() + seconds

    def client():
        connection = server.connect(source)
        while time.monotonic() < until:
            began = time.monotonic()
            if bodies:
                identify(server, connection, random.choice(bodies))
            else:
                assert server.ask("GET", "/v1/people?limit=10", connection=connection)[0] == 200
            with lock:
                times.append(time.monotonic() - began)
            if not bodies:
                time.sleep(0.02)

    spent = Spent(server)
    for thread in crowd(clients, client):
        thread.join()
    run.add(spent, times)


def same_work(server, bodies, clients, run):
    """The pictures that the command line had, each as often, by clients that ask again when they have their answer."""
    times, work, lock = [], iter(bodies * TURNS), threading.Lock()

    def client():
        connection = server.connect()
        while True:
            with lock:
                body = next(work, None)
            if body is None:
                return
            began = time.monotonic()
            identify(server, connection, body)
            with lock:
                times.append(time.monotonic() - began)

    spent = Spent(server)
    for thread in crowd(clients, client):
        thread.join()
    run.add(spent, times)


def beside(server, bodies, crowd_size, seconds, run, own_bodies, source):
    """One client while a crowd at another address asks for pictures."""
    noise = threading.Thread(target=closed_loop, args=(server, bodies, crowd_size, seconds + 1, Run("")))
    noise.start()
    time.sleep(0.5)
    closed_loop(server, own_bodies, 1, seconds, run, source)
    noise.join()


def open_loop(server, bodies, rate, seconds, run):
    times, due, lock = [], queue.Queue(), threading.Lock()

    def client():
        connection = server.connect()
        while True:
            at = due.get()
            if at is None:
                return
            identify(server, connection, random.choice(bodies))
            with lock:
                times.append(time.monotonic() - at)

    spent = Spent(server)
    threads = crowd(OPEN_CLIENTS, client)
    at = time.monotonic()
    until = at + seconds
    while (at := at + random.expovariate(rate)) < until:
        time.sleep(max(0.0, at - time.monotonic()))
        due.put(at)
    for _ in threads:
        due.put(None)
    for thread in threads:
        thread.join()
    if times:
        run.add(spent, times)


def compare_rates(server, program, files, workers, environment, rounds):
    ratios, costs, alone, loaded = [], [], Run(""), Run("")
    bodies = [file.read_bytes() for file in files]
    for _ in range(rounds):
        there, cost_there = command_line(program, files, workers, environment)
        run = Run("")
        same_work(server, bodies, 1, alone)
        same_work(server, bodies, workers, run)
        loaded.times += run.times
        ratios.append(run.rates[0] / there)
        costs.append(cost_there / run.costs[0])
        print(f"identify {there:.1f}/s, {1000 * cost_there:.0f} ms of a processor each; server {run.rates[0]:.1f}/s, "
              f"{1000 * run.costs[0]:.0f} ms; {100 * ratios[-1]:.0f} %, by processor time {100 * costs[-1]:.0f} %", flush=True)
    print(f"median of {rounds}: {100 * statistics.median(ratios):.1f} %, by processor time {100 * statistics.median(costs):.1f} %; "
          f"p99 at that load {part(loaded.times, 0.99) / part(alone.times, 0.5):.1f} times p50 alone\n")


def measure_latency(server, bodies, workers, rounds, seconds):
    alone, level = Run("alone"), Run(f"closed, {workers} clients")
    double = Run(f"closed, {2 * workers} clients")
    loads = [(share, Run(f"open, {100 * share:.0f} % of that")) for share in (0.5, 0.7)]
    quick, polite = Run(f"people, beside {2 * workers}"), Run(f"1 client, beside {8 * workers}")
    for _ in range(rounds):
        closed_loop(server, bodies, 1, seconds, alone)
        closed_loop(server, bodies, workers, seconds, level)
        closed_loop(server, bodies, 2 * workers, seconds, double)
        for share, run in loads:
            open_loop(server, bodies, share * double.rates[-1], seconds, run)
        beside(server, bodies, 2 * workers, seconds, quick, None, "127.0.0.2")
        beside(server, bodies, 8 * workers, seconds, polite, bodies, "127.0.0.2")
    usual = part(alone.times, 0.5)
    print(f"{'':<24} {'/s':>7} {'p50 ms':>7} {'p90':>7} {'p99':>7} {'p99/p50*':>8} {'CPU ms':>9} {'others':>8}")
    for run in (alone, level, double, *(run for _, run in loads), quick, polite):
        print(run.row(usual))
    print(f"* of p50 alone; {len(bodies)} pictures, {workers} workers, {rounds} rounds of {seconds:g} s each")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--no-rate", action="store_true", help="latencies only")
    wanted = parser.parse_args()
    files = sorted(path for path in wanted.folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg"))
    bodies = [path.read_bytes() for path in files]
    with tempfile.TemporaryDirectory() as place:
        environment = {**os.environ, "VULTUS_DB": f"{place}/gallery.db"}
        for i, path in enumerate(files[:10]):
            subprocess.run([wanted.program, "enroll", "-q", "--select", "largest", "--name", f"P{i}", path],
                           env=environment, capture_output=True, check=False)
        server = Server(wanted.program, environment, Path(place, "log"), "--workers", wanted.workers)
        try:
            for body in bodies:
                server.ask("POST", "/v1/identify", body, "image/jpeg")
            if not wanted.no_rate:
                compare_rates(server, wanted.program, files, wanted.workers, environment, wanted.rounds)
            measure_latency(server, bodies, wanted.workers, wanted.rounds, wanted.seconds)
        finally:
            server.end()


if __name__ == "__main__":
    main()
