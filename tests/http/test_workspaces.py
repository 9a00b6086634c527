#!/usr/bin/env python3
"""Workspaces over HTTP: pictures in, trainings in the background with their events, runs, predictions, erasing."""

import base64
import hashlib
import json
import os
import signal
import stat
import time
from urllib.parse import quote

import serving
from serving import BOUNDARY, harness

W = "/v1/workspaces/ada"
LONG = "?method=forest&n_estimators=10000&cv=2&grid=max_depth%3D" + ",".join(map(str, range(1, 60))) + "%3Bclass_weight%3Dnone,balanced"  # seconds


def form(*parts):
    """(name, file name or None, bytes) ... as a body and its content type; names may come again."""
    body = b""
    for name, file, data in parts:
        more = f'; filename="{file}"' if file else ""
        body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + data + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}"


class Workspaces(serving.Case):
    def setUp(self):
        super().setUp()
        self.pictures()
        self.begin()

    def begin(self, *arguments):
        self.server = self.serve("--workers", "2", "--quiet", *arguments)
        self.ask, self.send = self.server.ask, self.server.send

    def fill(self, workspace=W, copies=2):
        """Two labels with the same picture in some versions: other bytes are another picture."""
        parts = [(name, "x.jpg", file.read_bytes() + bytes([i]))
                 for name, file in (("Barack", self.obama), ("Joe", self.biden)) for i in range(copies)]
        answer = self.ask("POST", f"{workspace}/images", *form(*parts))
        self.assertEqual(answer.status, 201, answer.body)
        return answer.json

    def train(self, query="", workspace=W):
        answer = self.ask("POST", f"{workspace}/train{query}")
        self.assertEqual(answer.status, 202, answer.body)
        return answer.json["job"]

    def wait(self, job, workspace=W):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            record = self.ask("GET", f"{workspace}/jobs/{job}").json
            if record["state"] not in ("queued", "running"):
                return record
            time.sleep(0.02)
        self.fail(f"the job does not end: {record}")

    def trained(self, query=""):
        record = self.wait(self.train(query))
        self.assertEqual(record["state"], "done", record)
        return record

    def files(self):
        """What is on the disk below the folder of all workspaces."""
        folder = self.home()
        return sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) if folder.exists() else []

    def home(self):
        return self.folder / "gallery.db-workspaces"

    def test_images(self):
        answer = self.ask("POST", f"{W}/images", *form(
            ("label", None, b"Barack"), ("image", "1.jpg", self.obama.read_bytes()),
            ("image", "2.jpg", self.obama2.read_bytes()), ("Joe", "3.jpg", self.biden.read_bytes()),
            ("Joe", "4.jpg", self.two_people.read_bytes()), ("Joe", "5.jpg", b"no picture"),
            ("Joe", "6.jpg", self.obama.read_bytes())))
        self.assertEqual(answer.status, 201, answer.body)
        rows = answer.json["images"]
        self.assertEqual([row["status"] for row in rows],
                         ["accepted", "accepted", "accepted", "several_faces", "not_a_picture", "other_label"])
        self.assertEqual([row["label"] for row in rows], ["Barack", "Barack", "Joe", "Joe", "Joe", "Joe"])
        self.assertEqual((answer.json["accepted"], rows[5]["reason"], rows[3]["image"]), (3, "Barack", None))
        self.assertGreater(rows[0]["width"], 50)
        text = base64.b64encode(self.obama2.read_bytes()).decode()
        again = self.send("POST", f"{W}/images", {"labels": {"Barack": [text, "@"]}})
        self.assertEqual((again.status, [row["status"] for row in again.json["images"]]),
                         (200, ["already_accepted", "not_a_picture"]))
        plain = self.server.picture(f"{W}/images?label=%D0%90%D0%B4%D0%B0", self.biden)
        self.assertEqual(plain.json["images"][0]["status"], "other_label")
        about = self.ask("GET", W).json
        self.assertEqual(about["labels"], [{"label": "Barack", "images": 2}, {"label": "Joe", "images": 1}])
        self.assertEqual((about["images"], about["runs"], about["serving"]), (3, 0, None))
        self.assertEqual(len(self.ask("GET", f"{W}/labels/Barack").json["images"]), 2)
        self.refused(self.ask("GET", f"{W}/labels/Nobody"), 404, "not_found")
        self.assertEqual(self.ask("GET", "/v1/people").json["total"], 0)  # apart from the gallery
        self.refused(self.ask("GET", "/v1/workspaces/other"), 404, "not_found")
        self.assertEqual(stat.S_IMODE(os.stat(self.home()).st_mode), 0o700)

    def test_refused(self):
        for name in ("Ada", "-x", ".x", "a%2Fb", "..", "x" * 65, "a+b"):
            self.refused(self.server.picture(f"/v1/workspaces/{name}/images?label=x", self.obama), 400, "bad_request")
        self.refused(self.server.picture(f"{W}/images", self.obama), 400, "bad_name")
        self.refused(self.ask("POST", f"{W}/images", *form(("x", None, b"text"))), 400, "bad_request")
        self.refused(self.ask("POST", f"{W}/images", *form(*[("x", "x", b"")] * 101)), 400, "bad_request")
        self.refused(self.send("POST", f"{W}/images", {"labels": {"x": "y"}}), 400, "bad_request")
        self.refused(self.ask("POST", f"{W}/train"), 404, "not_found")
        self.assertEqual(self.ask("POST", f"{W}/images", *form(("x", "x", b"text"))).status, 200)
        self.assertEqual(self.files(), [])  # nothing was worth a workspace
        self.server.picture(f"{W}/images?label=Barack", self.obama)
        self.refused(self.ask("POST", f"{W}/train"), 422, "too_few")
        self.refused(self.server.picture(f"{W}/predict", self.obama), 409, "no_run")
        for query in ("method=magic", "C=0", "method=knn&C=1", "cv=0", "cv=1&grid=C%3D1,2", "far=0.9", "grid=x",
                      "frob=1", f"grid={'x' * 2000}"):
            self.refused(self.ask("POST", f"{W}/train?{query}"), 400, "bad_request")
        for path in ("jobs/7", "jobs/x", "jobs/7/events", "runs/7"):
            self.refused(self.ask("GET", f"{W}/{path}"), 404, "not_found")
        self.refused(self.send("PUT", f"{W}/serving", {"run": 7}), 404, "not_found")
        self.refused(self.send("PUT", f"{W}/serving", {"run": "x"}), 400, "bad_request")

    def test_train_and_predict(self):
        self.fill()
        record = self.trained("?method=logistic&C=1&max-iter=500&cv=2")
        self.assertEqual(record["request"], {"method": "logistic", "parameters": "C=1;max_iter=500", "grid": None,
                                             "cv": 2, "far": 0.01, "seed": 0})
        result = record["result"]
        self.assertEqual((result["people"], result["pictures"], result["tested"], result["folds"]), (2, 4, 4, 2))
        self.assertEqual((result["accuracy"], record["by"]), (1, "server"))
        self.assertEqual([(cell["truth"], cell["answer"], cell["count"]) for cell in
                          self.ask("GET", f"{W}/runs/1").json["result"]["confusion"]],
                         [("Barack", "Barack", 2), ("Joe", "Joe", 2)])
        self.trained("?method=knn&n_neighbors=1&far=0.1")
        self.trained("?method=svm-rbf&grid=C%3D1,10;gamma%3Dscale,0.5&cv=2")
        runs = self.ask("GET", f"{W}/runs").json
        self.assertEqual([run["run"] for run in runs["runs"]], [3, 2, 1])
        self.assertNotIn("confusion", runs["runs"][0]["result"])
        self.assertEqual(len(self.ask("GET", f"{W}/runs/3").json["result"]["trials"]), 4)
        self.assertFalse(runs["chosen"])
        self.assertEqual([run["run"] for run in runs["runs"] if run["serving"]], [runs["serving"]])
        self.assertEqual(self.send("PUT", f"{W}/serving", {"run": 2}).json, {"serving": 2, "chosen": True})
        answer = self.server.picture(f"{W}/predict?threshold=0.5", self.two_people).json
        self.assertEqual((answer["run"], answer["method"], len(answer["faces"])), (2, "knn", 2))
        self.assertEqual({face["label"] for face in answer["faces"]}, {"Barack", "Joe"})
        face = answer["faces"][0]
        self.assertAlmostEqual(sum(each["probability"] for each in face["probabilities"]), 1, places=4)
        stranger = self.server.picture(f"{W}/predict?threshold=2", self.obama).json["faces"][0]
        self.assertEqual((stranger["label"], stranger["match"]), (None, False))
        for query, headers in (("?picture=1", {}), ("", {"Accept": "image/jpeg"})):
            tagged = self.server.picture(f"{W}/predict{query}", self.obama, headers=headers)
            self.assertEqual((tagged.headers["content-type"], tagged.body[:2]), ("image/jpeg", b"\xff\xd8"))
            self.assertNotEqual(tagged.body, self.obama.read_bytes())
        self.assertEqual(self.ask("DELETE", f"{W}/runs/2").status, 204)
        self.refused(self.ask("GET", f"{W}/runs/2"), 404, "not_found")
        self.assertEqual(self.send("PUT", f"{W}/serving", {"run": None}).json["chosen"], False)
        self.assertNotEqual(self.server.picture(f"{W}/predict", self.obama).json["run"], 2)
        self.assertEqual(self.train(), 4)  # a number is given once

    def listen(self, job, last=None, workspace=W):
        """An open stream of events, as a generator of (id, name, value)."""
        connection = self.server.connect(30)
        self.addCleanup(connection.close)
        connection.request("GET", f"{workspace}/jobs/{job}/events", headers={"Last-Event-ID": str(last)} if last else {})
        response = connection.getresponse()
        self.status = response.status
        self.assertIn(response.status, (200, 204))

        def events():
            event = {}
            for line in response:
                line = line.decode().rstrip("\n")
                if not line and event:
                    yield int(event["id"]), event["event"], json.loads(event["data"])
                    event = {}
                elif line and not line.startswith(":"):
                    key, _, value = line.partition(": ")
                    event[key] = value
        return events()

    def test_events(self):
        self.fill()
        job = self.train(LONG)
        stream = self.listen(job)
        seen = [next(stream) for _ in range(6)]
        self.assertEqual(seen[0][1:], ("state", {"state": "running"}))
        self.assertEqual([number for number, _, _ in seen], list(range(1, 7)))
        fold = next(value for _, name, value in seen if name == "fold")
        self.assertEqual((fold["fold"], fold["folds"], fold["tested"]), (1, 2, 2))
        progress = next(value for _, name, value in seen if name == "progress")
        self.assertGreater(progress["total"], progress["done"])
        other = self.listen(job, last=4)
        self.assertEqual(next(other)[0], 5)  # goes on where it was
        live = self.ask("GET", f"{W}/jobs/{job}").json
        self.assertEqual(live["state"], "running")
        self.assertGreater(live["total"], 0)
        self.refused(self.ask("DELETE", f"{W}/runs/{job}"), 409, "in_progress")
        began = time.monotonic()
        self.assertEqual(self.ask("DELETE", f"{W}/jobs/{job}").json["state"], "cancelled")
        self.assertLess(time.monotonic() - began, 5)
        for each in (stream, other):
            *_, last = each
            self.assertEqual(last, (1000000, "end", {"job": job, "state": "cancelled", "message": last[2]["message"],
                                                     "accuracy": None}))
        self.assertEqual([name for _, name, _ in self.listen(job)], ["end"])
        self.assertEqual((list(self.listen(job, last=1000000)), self.status), ([], 204))
        self.assertEqual([name for name in self.files() if "safetensors" in name], [])
        done = self.trained("?method=centroid")
        (_, name, end), = self.listen(done["job"])
        self.assertEqual((name, end["state"], end["accuracy"]), ("end", "done", done["result"]["accuracy"]))

    def test_heartbeat(self):
        """A stream in which nothing happens has a comment now and then."""
        self.server.end()
        self.begin("--heartbeat", "1", "--job-workers", "1")
        self.fill()
        running, queued = [self.train(LONG) for _ in range(4)], self.train()
        connection = self.server.connect(30)
        self.addCleanup(connection.close)
        connection.request("GET", f"{W}/jobs/{queued}/events")
        response = connection.getresponse()
        began = time.monotonic()
        self.assertEqual([response.readline() for _ in range(4)], [b":\n", b"\n", b":\n", b"\n"])
        self.assertLess(1.5, time.monotonic() - began)
        self.assertLess(time.monotonic() - began, 8)
        for job in (queued, *reversed(running)):
            self.ask("DELETE", f"{W}/jobs/{job}")
        self.assertIn(b"event: end", response.read())

    def test_export(self):
        """More than the server keeps in memory; somebody who stops reading holds nobody up."""
        rows = self.fill()["images"]
        gallery = self.home() / "ada/gallery.db"
        line = json.loads(self.ask("GET", f"{W}/export?label=Joe").body.splitlines()[0])
        more = self.folder / "more.jsonl"
        more.write_text("".join(json.dumps({**line, "name": f"N{i % 40}", "source": str(i),
                                            "picture": hashlib.sha256(str(i).encode()).hexdigest()}) + "\n" for i in range(2000)))
        self.vultus("gallery", "import", "-q", "--db", gallery, more)
        before = self.server.resident()
        slow = self.server.socket()
        self.addCleanup(slow.close)
        slow.sendall(f"GET {W}/export HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        self.assertIn(b" 200 ", slow.recv(100))
        answer = self.ask("GET", f"{W}/export")
        names = [json.loads(each)["name"] for each in answer.body.splitlines()]
        self.assertEqual((len(names), names.count("Joe"), names.count("N7")), (2000 + len(rows), 2, 50))
        self.assertEqual((answer.headers["content-type"], answer.headers.get("content-length")), ("application/jsonl", None))
        self.assertEqual(len(self.ask("GET", f"{W}/export?label=N7").body.splitlines()), 50)
        self.assertGreater(len(answer.body), 8 << 20)
        self.assertLess(self.server.resident() - before, 8 << 20)
        self.refused(self.ask("GET", f"{W}/export?label=Nobody"), 404, "not_found")
        self.refused(self.ask("GET", "/v1/workspaces/none/export"), 404, "not_found")
        slow.close()
        self.assertEqual(self.ask("DELETE", W).status, 204)  # nobody holds it any more
        self.assertEqual(self.server.end(), 0)

    def test_a_queue_and_keys(self):
        self.fill()
        first = self.train(LONG)
        waiting = [self.train() for _ in range(16)]
        error = self.refused(self.ask("POST", f"{W}/train"), 503, "busy")
        self.assertIn("16", error["message"])
        self.assertEqual(self.ask("GET", f"{W}/jobs/{waiting[3]}").json["state"], "queued")
        self.assertEqual(self.ask("DELETE", f"{W}/jobs/{waiting[3]}").json["state"], "cancelled")
        self.ask("DELETE", f"{W}/jobs/{first}")
        self.assertEqual(self.wait(waiting[-1])["state"], "done")
        states = {job["job"]: job["state"] for job in self.ask("GET", f"{W}/jobs").json["jobs"]}
        self.assertEqual(states[waiting[3]], "cancelled")
        self.assertEqual(len(states), 17)
        keys = {scope: self.vultus("keys", "create", "--scope", scope, scope)[0].split()[-1]
                for scope in ("read", "enrol", "admin")}
        time.sleep(1.1)  # the file is looked at once a second

        def status(scope, method, path, **more):
            return self.ask(method, path, headers={"X-API-Key": keys[scope]}, **more).status
        self.server.key = keys["enrol"]
        self.assertEqual(self.trained()["by"].split()[0], "key")
        self.server.key = None
        self.assertEqual(status("read", "POST", f"{W}/train"), 403)
        self.assertEqual(status("read", "POST", f"{W}/images?label=x", body=b"x", content_type="image/png"), 403)
        self.assertEqual(status("read", "GET", W), 200)
        self.assertEqual(status("enrol", "GET", "/v1/workspaces"), 403)
        self.assertEqual(status("enrol", "DELETE", W), 403)
        self.assertEqual(status("enrol", "GET", f"{W}/export"), 403)
        self.assertEqual(status("admin", "DELETE", W), 204)

    def test_single_images(self):
        rows = self.fill()["images"]
        joe = [row["image"] for row in rows if row["label"] == "Joe"]
        picture = self.ask("GET", f"{W}/images/{joe[0]}/thumbnail")
        self.assertEqual((picture.status, picture.headers["content-type"], picture.body[:2]),
                         (200, "image/jpeg", b"\xff\xd8"))
        tag = {"If-None-Match": picture.headers["etag"]}
        self.assertEqual(self.ask("GET", f"{W}/images/{joe[0]}/thumbnail", headers=tag).status, 304)
        before = self.trained("?method=knn&cv=1")["job"]
        added = self.ask("POST", f"{W}/images?label=Joe", self.biden.read_bytes() + b"late", "image/jpeg").json["images"][0]
        with_it = self.trained("?method=knn&cv=1")["job"]
        for number in (0, "x", 99, -1):
            self.refused(self.ask("DELETE", f"{W}/images/{number}"), 404, "not_found")
            self.refused(self.ask("GET", f"{W}/images/{number}/thumbnail"), 404, "not_found")
        self.assertEqual(self.ask("GET", W).json["runs"], 2)  # what is not there takes nothing with it
        running = self.train(LONG)
        self.assertEqual(self.ask("DELETE", f"{W}/images/{added['image']}").json, {"runs_removed": [with_it]})
        self.assertEqual(self.ask("GET", f"{W}/jobs/{running}").json["state"], "cancelled")
        self.refused(self.ask("GET", f"{W}/images/{added['image']}/thumbnail"), 404, "not_found")
        self.assertEqual(self.ask("GET", W).json["serving"], before)
        self.assertEqual(self.ask("DELETE", f"{W}/images/{joe[0]}").json, {"runs_removed": [before]})
        self.assertEqual(self.ask("GET", W).json["labels"],
                         [{"label": "Barack", "images": 2}, {"label": "Joe", "images": 1}])
        self.assertEqual(self.ask("DELETE", f"{W}/images/{joe[1]}").json, {"runs_removed": []})
        self.assertEqual(self.ask("GET", W).json["labels"], [{"label": "Barack", "images": 2}])  # no label without a picture

    def test_encrypted(self):
        self.server.end()
        key = self.folder / "a.key"
        self.vultus("gallery", "keygen", key)
        self.gallery.unlink()
        self.begin("--key-file", str(key))
        self.fill()
        self.trained("?method=knn")
        self.assertEqual(len(self.server.picture(f"{W}/predict", self.two_people).json["faces"]), 2)
        self.assertEqual(self.ask("GET", f"{W}/runs/1").json["result"]["confusion"][0]["truth"], "Barack")
        for name in self.files():
            path = self.home() / name
            self.assertFalse(path.is_file() and b"Barack" in path.read_bytes(), name)

    def test_stopping_and_killing(self):
        self.fill()
        done = self.trained()["job"]
        running, queued = self.train(LONG), self.train()
        stream = self.listen(running)
        next(stream)
        began = time.monotonic()
        self.assertEqual(self.server.end(), 0)
        self.assertLess(time.monotonic() - began, 10)
        *_, last = stream
        self.assertEqual((last[1], last[2]["state"]), ("end", "interrupted"))
        self.begin()
        for job in (running, queued):
            self.assertEqual(self.ask("GET", f"{W}/jobs/{job}").json["state"], "interrupted")
        killed = self.train(LONG)
        next(self.listen(killed))
        self.server.end(signal.SIGKILL)
        self.begin()
        record = self.ask("GET", f"{W}/jobs/{killed}").json
        self.assertEqual((record["state"], record["result"]), ("interrupted", None))
        (_, _, end), = self.listen(killed)
        self.assertEqual(end["state"], "interrupted")
        self.assertEqual(self.ask("GET", W).json["serving"], done)
        self.assertEqual(self.server.picture(f"{W}/predict", self.obama).json["run"], done)
        self.assertGreater(self.train(), killed)

    def test_erasing(self):
        self.fill()
        self.fill("/v1/workspaces/bob")
        run, kept = self.trained()["job"], self.trained("?method=knn")["job"]
        running = self.train(LONG)
        lines = [json.loads(line) for line in self.ask("GET", f"{W}/export?label=Joe").body.splitlines()]
        self.assertEqual([(line["name"], len(line["embedding"]) > 100) for line in lines], [("Joe", True)] * 2)
        self.assertEqual(len(self.ask("GET", f"{W}/export").body.splitlines()), 4)
        self.assertEqual(sorted(self.ask("DELETE", f"{W}/labels/Joe").json["runs_removed"]), [run, kept])
        self.assertEqual(self.ask("GET", f"{W}/jobs/{running}").json["state"], "cancelled")
        self.assertEqual(self.ask("GET", W).json["labels"], [{"label": "Barack", "images": 2}])
        self.refused(self.server.picture(f"{W}/predict", self.obama), 409, "no_run")
        self.refused(self.ask("DELETE", f"{W}/labels/Joe"), 404, "not_found")
        self.train(LONG, "/v1/workspaces/bob")
        page = self.ask("GET", "/v1/workspaces?limit=1").json
        ada = {"workspace": "ada", "label_count": 1, "images": 2, "runs": 0, "serving": None}
        self.assertEqual(page, {"workspaces": [ada], "total": 2, "next": "ada"})
        self.assertEqual(self.ask("GET", "/v1/workspaces?after=ada").json["workspaces"],
                         [{**ada, "workspace": "bob", "label_count": 2, "images": 4}])
        self.assertEqual(self.ask("DELETE", "/v1/workspaces/bob").status, 204)
        self.assertEqual(self.ask("DELETE", W).status, 204)
        self.refused(self.ask("DELETE", W), 404, "not_found")
        self.assertEqual(self.files(), [])


main = serving.main

if __name__ == "__main__":
    main()
