#!/usr/bin/env python3
"""Everything at once for some minutes: enrol, identify, search, list, rename, delete, train, predict.

    bench/server_mixed.py VULTUS FOLDER [--minutes 10] [--workers 2] [--clients 4]

Clients are threads with connections that stay open; each has people and a workspace of its own and knows what the
server has acknowledged. Every answer has to be the one that the client expects: nothing may fail that it did not cause. Memory is
looked at every second; after the first fifth (the warm-up) the median of the last fifth may be at most 5 % over the
median of the second one. At the end the server is killed in the middle of the work and started again: every change that it has
acknowledged must be there. Prints what was asked how often, the answers' p50 and p99, memory, and what is wrong; ends with 1
where anything is. Python's standard library only.
"""

import argparse
import http.client
import json
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from server_process import Server, part

GROWTH_MAX = 1.05
RUNS_KEPT = 50
ERRORS_MAX = 20  # then there is no use in going on


class Client:
    """One that asks, and what it knows to be in the gallery."""

    def __init__(self, number, server, bodies, log):
        self.number, self.server, self.bodies, self.log = number, server, bodies, log
        self.connection = server.connect()
        self.count = 0
        self.people = {}  # name -> how many faces, as acknowledged
        self.doubtful = set()  # names of a change that was sent and not answered
        self.random = random.Random(number)
        self.labels = {}  # of the workspace: label -> how many pictures
        self.job = None  # a training that was not seen to end

    def ask(self, what, method, path, body=None, content_type=None, expected=(200,)):
        began = time.monotonic()
        status, text = self.server.ask(method, path, body, content_type, self.connection)
        self.log.add(what, time.monotonic() - began)
        if status not in expected:
            self.log.wrong(f"{what}: {method} {path} gave {status}: {text[:200]!r}")
        return status, text

    def send(self, what, method, path, value, **more):
        return self.ask(what, method, path, json.dumps(value).encode(), "application/json", **more)

    def picture(self):
        """Bytes behind a picture make it another one."""
        self.count += 1
        return self.random.choice(self.bodies) + f"{self.number} {self.count} {os.getpid()}".encode()

    def change(self, *names):
        self.doubtful.update(names)

    def settle(self, *names):
        self.doubtful.difference_update(names)

    def enrol(self):
        name = f"P{self.number}-{self.count}"
        self.change(name)
        status, _ = self.ask("enrol", "POST", f"/v1/people?name={name}&select=largest&min_sharpness=0", self.picture(),
                             "image/jpeg", expected=(201,))
        if status == 201:
            self.people[name] = 1
        self.settle(name)

    def some(self):
        return self.random.choice(list(self.people))

    def enrol_more(self):
        name = self.some()
        self.change(name)
        status, _ = self.ask("enrol more", "POST", f"/v1/people/{name}/faces?select=largest&min_sharpness=0",
                             self.picture(), "image/jpeg", expected=(201,))
        if status == 201:
            self.people[name] += 1
        self.settle(name)

    def rename(self):
        name, new = self.some(), f"R{self.number}-{self.count}"
        self.count += 1
        self.change(name, new)
        if self.send("rename", "PATCH", f"/v1/people/{name}", {"name": new})[0] == 200:
            self.people[new] = self.people.pop(name)
        self.settle(name, new)

    def delete(self):
        name = self.some()
        self.change(name)
        if self.ask("delete", "DELETE", f"/v1/people/{name}", expected=(204,))[0] == 204:
            del self.people[name]
        self.settle(name)

    def look(self):
        name = self.some()
        _, text = self.ask("person", "GET", f"/v1/people/{name}")
        if json.loads(text).get("faces") != self.people[name]:
            self.log.wrong(f"{name} has {text[:100]!r}, and {self.people[name]} faces were acknowledged")

    def identify(self):
        self.ask("identify", "POST", "/v1/identify", self.random.choice(self.bodies), "image/jpeg")

    def embed_and_search(self):
        _, text = self.ask("embed", "POST", "/v1/embed?max_faces=1", self.random.choice(self.bodies), "image/jpeg")
        for face in json.loads(text)["faces"]:
            self.send("search", "POST", "/v1/search", {"embedding": face["embedding"]})

    def list(self):
        self.ask("list", "GET", "/v1/people?limit=20")

    def label(self):
        """Two labels; a picture belongs to one of them for good."""
        self.count += 1
        half = self.count % 2
        body = self.bodies[half::2][0] + f"{self.number} {self.count} {os.getpid()}".encode()
        label = f"L{half}"
        self.change(f"workspace {self.number}")
        status, _ = self.ask("label", "POST", f"/v1/workspaces/w{self.number}/images?label={label}&select=largest&min_sharpness=0",
                             body, "image/jpeg", expected=(201,))
        if status == 201:
            self.labels[label] = self.labels.get(label, 0) + 1
        self.settle(f"workspace {self.number}")

    def train(self):
        if min(self.labels.get(label, 0) for label in ("L0", "L1")) < 2:
            return self.label()
        if self.job is None:
            status, text = self.ask("train", "POST", f"/v1/workspaces/w{self.number}/train?method=centroid", expected=(202,))
            if status == 202:
                self.job = json.loads(text)["job"]
            return None
        _, text = self.ask("job", "GET", f"/v1/workspaces/w{self.number}/jobs/{self.job}")
        state = json.loads(text).get("state")
        if state == "done":
            self.job = None
            self.ask("predict", "POST", f"/v1/workspaces/w{self.number}/predict", self.random.choice(self.bodies),
                     "image/jpeg")
            self.forget_runs()
        elif state not in ("queued", "running"):
            self.log.wrong(f"a training ended as {text[:200]!r}")
        return None

    def forget_runs(self):
        """A workspace keeps 100 runs; the one that serves stays."""
        runs = json.loads(self.ask("runs", "GET", f"/v1/workspaces/w{self.number}/runs")[1])["runs"]
        for run in sorted(run["run"] for run in runs if not run["serving"])[:-RUNS_KEPT]:
            self.ask("delete run", "DELETE", f"/v1/workspaces/w{self.number}/runs/{run}", expected=(204,))

    def refused(self):
        """What a client does wrong has its own answers, and nothing else happens."""
        self.ask("no picture", "POST", "/v1/detect", b"no picture", "image/jpeg", expected=(415,))
        self.ask("nobody", "DELETE", "/v1/people/nobody%20of%20this%20name", expected=(404,))

    def step(self):
        if len(self.people) < 3:
            return self.enrol()
        steps = [(3, self.enrol), (2, self.enrol_more), (1, self.rename), (8, self.identify), (2, self.embed_and_search),
                 (3, self.list), (2, self.look), (1, self.refused), (1, self.label), (3, self.train), (4 if len(self.people) > 10 else 1, self.delete)]
        return self.random.choices([step for _, step in steps], [weight for weight, _ in steps])[0]()

    def run(self, stop):
        while not stop.is_set():
            try:
                self.step()
            except (OSError, http.client.HTTPException) as error:
                if not stop.is_set():
                    self.log.wrong(f"a connection ended: {error!r}")
                return
        self.connection.close()


class Log:
    def __init__(self):
        self.times, self.errors, self.sizes, self.lock = {}, [], [], threading.Lock()

    def add(self, what, seconds):
        with self.lock:
            self.times.setdefault(what, []).append(seconds)

    def wrong(self, text):
        with self.lock:
            self.errors.append(text)

    def check_labels(self, client, workspace):
        there = {each["label"]: each["images"] for each in workspace["labels"]}
        if there != client.labels:
            self.wrong(f"workspace {client.number} has {there}, and {client.labels} were acknowledged")

    def print(self):
        print(f"{'':<12} {'asked':>7} {'p50 ms':>8} {'p99 ms':>8}")
        for what, times in sorted(self.times.items()):
            print(f"{what:<12} {len(times):7} {part(times, 0.5):8.0f} {part(times, 0.99):8.0f}")

    def growth(self):
        """The median of the last fifth over that of the second."""
        fifth = max(1, len(self.sizes) // 5)
        early, late = self.sizes[fifth:2 * fifth] or self.sizes, self.sizes[-fifth:]
        return statistics.median(early), statistics.median(late)


def load(server, bodies, clients, seconds, log, kill):
    """Returns the clients, whose people are what was acknowledged."""
    stop = threading.Event()
    crowd = [Client(number, server, bodies, log) for number in range(clients)]
    threads = [threading.Thread(target=client.run, args=(stop,)) for client in crowd]
    for thread in threads:
        thread.start()
    until = time.monotonic() + seconds
    while time.monotonic() < until and len(log.errors) < ERRORS_MAX and any(thread.is_alive() for thread in threads):
        time.sleep(min(1, seconds / 20))
        log.sizes.append(server.resident())
    stop.set()
    if kill:  # in the middle of whatever they do
        server.kill()
    for thread in threads:
        thread.join()
    return crowd


def check_people(server, crowd, log):
    """What was acknowledged is there, and nothing else but changes that had no answer yet."""
    there, after = {}, ""
    while True:
        _, text = server.ask("GET", f"/v1/people?limit=1000{after}")
        page = json.loads(text)
        there.update({person["name"]: person["faces"] for person in page["people"]})
        if not page.get("next"):
            break
        after = f"&after={page['next']}"
    known = {name: faces for client in crowd for name, faces in client.people.items()}
    doubtful = {name for client in crowd for name in client.doubtful}
    for name, faces in known.items():
        if there.get(name) != faces and name not in doubtful:
            log.wrong(f"{name} was acknowledged with {faces} faces and has {there.get(name)}")
    for name in there:
        if name not in known and name not in doubtful:
            log.wrong(f"{name} is there and should not be")
    for client in crowd:
        if client.labels and f"workspace {client.number}" not in client.doubtful:
            _, text = server.ask("GET", f"/v1/workspaces/w{client.number}")
            log.check_labels(client, json.loads(text))
    return len(known), len(doubtful)


def run(program, environment, bodies, place, minutes, workers=2, clients=4):
    """Returns the log."""
    log = Log()
    server = Server(program, environment, Path(place, "log"), "--workers", workers)
    again = None
    try:
        crowd = load(server, bodies, clients, 60 * minutes, log, kill=True)
        again = Server(program, environment, Path(place, "log2"), "--workers", workers)
        known, doubtful = check_people(again, crowd, log)
        if again.end():
            log.wrong("the server did not end well")
    finally:
        for each in (server, again):
            if each:
                each.kill()
    log.print()
    early, late = log.growth()
    print(f"memory {early / 2**20:.1f} MiB early, {late / 2**20:.1f} MiB late: {100 * (late / early - 1):+.1f} %")
    print(f"after kill -9: {known} people as acknowledged, {doubtful} with a change that had no answer")
    for error in log.errors[:ERRORS_MAX]:
        print(f"WRONG: {error}")
    return log


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=4)
    wanted = parser.parse_args()
    bodies = [path.read_bytes() for path in sorted(wanted.folder.iterdir()) if path.suffix.lower() in (".jpg", ".jpeg")]
    with tempfile.TemporaryDirectory() as place:
        environment = {**os.environ, "VULTUS_DB": f"{place}/gallery.db"}
        log = run(wanted.program, environment, bodies, place, wanted.minutes, wanted.workers, wanted.clients)
    early, late = log.growth()
    if late > GROWTH_MAX * early:
        log.wrong("memory has grown")
        print("WRONG: memory has grown")
    sys.exit(1 if log.errors else 0)


if __name__ == "__main__":
    main()
