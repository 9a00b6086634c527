#!/usr/bin/env python3
"""bench/server_rate.py VULTUS FOLDER [WORKERS] [ROUNDS]: pictures a second by POST /v1/identify over loopback, beside
`vultus identify` on the same files with as many threads and the same gallery, in turn; and how long answers take when
nobody else asks and when all workers are kept busy. The gallery is a temporary one of the first ten pictures that can be
enrolled. Clients are threads of this program, with connections that stay open. Processor time for each picture is
printed too: it says more than pictures a second on a machine that others use meanwhile.
"""

import http.client
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path


def command_line(program, files, workers, environment):
    """Pictures a second and processor seconds for each, without the start: three times the files against once."""
    def run(count):
        began, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([program, "identify", "--json", "--no-progress", "--threads", str(workers), *files * count],
                       env=environment, stdout=subprocess.DEVNULL, check=True)
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.monotonic() - began, now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime

    once, thrice = run(1), run(3)
    return 2 * len(files) / (thrice[0] - once[0]), (thrice[1] - once[1]) / (2 * len(files))


class Server:
    def __init__(self, program, workers, environment, log):
        self.process = subprocess.Popen([program, "serve", "--quiet", "--listen", "127.0.0.1:0", "--rate", "1000000",
                                         "--workers", str(workers)], env=environment, stderr=log.open("wb"))
        while True:
            found = re.search(r"http://([\d.]+):(\d+)", log.read_text())
            if found:
                self.address = found[1], int(found[2])
                break
            time.sleep(0.05)
        time.sleep(1)

    def load(self, bodies, clients, rounds):
        """Sends every body `rounds` times; returns (pictures a second, sorted seconds of each)."""
        todo = [body for _ in range(rounds) for body in bodies]
        times, lock = [], threading.Lock()

        def client():
            connection = http.client.HTTPConnection(*self.address)
            while True:
                with lock:
                    if not todo:
                        return
                    body = todo.pop()
                began = time.monotonic()
                connection.request("POST", "/v1/identify", body=body, headers={"Content-Type": "image/jpeg"})
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200, answer.status
                with lock:
                    times.append(time.monotonic() - began)

        threads = [threading.Thread(target=client) for _ in range(clients)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(times) / (time.monotonic() - began), sorted(times)

    def used(self):
        """Processor seconds until now."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.process.terminate()
        self.process.wait()


def main():
    program, folder = sys.argv[1], Path(sys.argv[2])
    workers = int(sys.argv[3]) if len(sys.argv) > 3 else 2
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpg", ".jpeg"))
    bodies = [path.read_bytes() for path in files]
    with tempfile.TemporaryDirectory() as place:
        environment = {**os.environ, "VULTUS_DB": f"{place}/gallery.db"}
        for i, path in enumerate(files[:10]):
            subprocess.run([program, "enroll", "-q", "--select", "largest", "--name", f"P{i}", path], env=environment,
                           capture_output=True)
        server = Server(program, workers, environment, Path(place, "log"))
        try:
            server.load(bodies, 1, 1)
            ratios, costs, alone, busy = [], [], [], []
            for _ in range(rounds):
                there, cost_there = command_line(program, files, workers, environment)
                used = server.used()
                here, times = server.load(bodies, 2 * workers, 2)
                cost_here = (server.used() - used) / len(times)
                ratios.append(here / there)
                costs.append(cost_there / cost_here)
                busy += times
                alone += server.load(bodies, 1, 1)[1]
                print(f"identify {there:.1f}/s, {1000 * cost_there:.0f} ms of a processor each; server {here:.1f}/s, "
                      f"{1000 * cost_here:.0f} ms; {100 * ratios[-1]:.0f} %, by processor time {100 * costs[-1]:.0f} %",
                      flush=True)
            late = sorted(busy)[int(0.99 * (len(busy) - 1))]
            print(f"{len(files)} pictures, {workers} workers, median of {rounds}: {100 * statistics.median(ratios):.1f} %, "
                  f"by processor time {100 * statistics.median(costs):.1f} %; alone p50 "
                  f"{1000 * statistics.median(alone):.0f} ms; {2 * workers} clients p50 "
                  f"{1000 * statistics.median(busy):.0f} ms, p99 {1000 * late:.0f} ms")
        finally:
            server.end()


if __name__ == "__main__":
    main()
