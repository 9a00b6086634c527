#!/usr/bin/env python3
"""A server that is killed in the middle of naming unknown faces and of deleting a gallery: nothing is half there, and what was
asked for can be asked for again."""

import hashlib
import json
import shutil
import signal
import threading
import time

import serving

UNKNOWN, OTHERS = 60, 2000  # faces
MOMENTS = (0.1, 0.5, 0.9)  # of the time that it takes


class Killed(serving.Case):
    def setUp(self):
        super().setUp()
        self.pictures()
        self.kept = self.folder / "kept"

    def begin(self):
        self.server = self.serve("--workers", "1", "--keep-unknown", "7", "--quiet", "--no-ui")

    def copies(self, place, count, name=None):
        """So many faces like the one that is there, each of a picture of its own."""
        row = json.loads(self.vultus("gallery", "export", "--db", place, "-")[0].splitlines()[0])
        rows = [{**row, "name": name or row["name"], "source": f"{i}", "picture": hashlib.sha256(f"{i}".encode()).hexdigest()}
                for i in range(count - 1)]
        path = self.folder / "rows.jsonl"
        path.write_text("".join(json.dumps(each) + "\n" for each in rows))
        self.vultus("gallery", "import", "-q", "--db", place, path)

    def prepare(self):
        self.begin()
        self.server.picture("/v1/unknown", self.obama)
        self.server.send("POST", "/v1/galleries", {"name": "x"})
        self.server.picture("/v1/people?gallery=x&name=Joe", self.biden)
        self.server.end()
        self.unknown, self.other = self.folder / "gallery.db-unknown", self.folder / "gallery.db-galleries/x.db"
        self.copies(self.unknown, UNKNOWN)
        self.copies(self.other, OTHERS)
        self.kept.mkdir()
        self.put(self.folder, self.kept)

    def put(self, source, target):
        """All that a server has on the disk, as it is in the other folder."""
        for path in target.glob("gallery.db*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in source.glob("gallery.db*"):
            shutil.copytree(path, target / path.name) if path.is_dir() else shutil.copy(path, target / path.name)

    def work(self):
        """Both at once; who is killed says nothing."""
        def run(method, path, value=None):
            try:
                self.server.send(method, path, value)
            except OSError:
                pass
            except Exception as trouble:  # half an answer
                self.assertIn("http.client", type(trouble).__module__)
        threads = [threading.Thread(target=run, args=("POST", "/v1/unknown/groups/1/name", {"name": "Barack"})),
                   threading.Thread(target=run, args=("DELETE", "/v1/galleries/x"))]
        for thread in threads:
            thread.start()
        return threads

    def total(self, gallery):
        answer = self.server.ask("GET", f"/v1/people?gallery={gallery}")
        return 0 if answer.status == 404 else sum(person["faces"] for person in answer.json["people"])

    def waiting(self):
        return sum(len(group["faces"]) for group in self.server.ask("GET", "/v1/unknown/groups").json["groups"])

    def check(self):
        self.begin()
        named, waiting = self.total("default"), self.waiting()
        self.assertIn(named, (0, UNKNOWN))
        self.assertEqual(UNKNOWN if not named else waiting, waiting)  # nobody is in neither
        self.assertIn(self.total("x"), (0, OTHERS))
        for place in (self.gallery, self.unknown, self.other):
            if place.exists():
                self.vultus("gallery", "check", "-q", "--db", place)
        for group in self.server.ask("GET", "/v1/unknown/groups").json["groups"]:
            answer = self.server.send("POST", f"/v1/unknown/groups/{group['group']}/name", {"name": "Barack"})
            self.assertEqual(answer.status, 200, answer.body)
        self.assertIn(self.server.ask("DELETE", "/v1/galleries/x").status, (204, 404))
        self.assertEqual((self.total("default"), self.waiting(), self.total("x")), (UNKNOWN, 0, 0))
        self.server.end()
        self.assertEqual(list(self.other.parent.iterdir()), [])

    def test_killed(self):
        self.prepare()
        self.begin()
        began = time.monotonic()
        for thread in self.work():
            thread.join()
        takes = time.monotonic() - began
        self.assertEqual((self.total("default"), self.waiting(), self.total("x")), (UNKNOWN, 0, 0))
        self.server.end()
        for moment in MOMENTS:
            with self.subTest(moment=moment):
                self.put(self.kept, self.folder)
                self.begin()
                threads = self.work()
                time.sleep(moment * takes)
                self.server.end(signal.SIGKILL)
                for thread in threads:
                    thread.join()
                self.check()


if __name__ == "__main__":
    serving.main()
