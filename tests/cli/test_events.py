#!/usr/bin/env python3
"""vultus watch --record and --webhook, vultus events: events of a folder of pictures in the gallery and at a receiver."""

import csv
import hashlib
import hmac
import http.server
import io
import json
import signal
import threading
import time

import harness
from harness import INPUTS, INTERRUPTED, USAGE, picture
from receiver import Receiver
from test_watch_command import Camera

KINDS = ["appeared", "identified", "appeared", "unknown", "left", "left"]


class Events(harness.Case):
    needs_models = True
    enrolled = None  # the bytes of a gallery with one person, made once

    def setUp(self):
        super().setUp()
        if not Events.enrolled:
            self.vultus("enroll", "--name", "Barack Obama", picture("face_recognition/examples/obama.jpg"))
            Events.enrolled = self.gallery.read_bytes()
        self.gallery.write_bytes(Events.enrolled)
        self.frames = self.folder / "frames"
        self.frames.mkdir()
        for i in range(10):  # two scenes: somebody known, and a stranger
            name = "obama-240p.jpg" if i < 5 else "biden.jpg"
            (self.frames / f"{i:02}.jpg").symlink_to(picture(f"face_recognition/examples/{name}"))

    def test_events_are_recorded(self):
        told = self.json("watch", "--record", self.frames)
        self.assertEqual([event["event"] for event in told], KINDS)
        self.assertEqual([event["id"] for event in told], [1, 2, 3, 4, 5, 6])
        kept = self.json("events", "list", "--after", "0")
        self.assertEqual([event["event"] for event in kept], KINDS)
        self.assertEqual([event["name"] for event in kept], [event["name"] for event in told])
        self.assertEqual(len({event["visit"] for event in kept}), 2)
        for old, new in zip(told, kept):
            for key in ("track", "similarity", "far", "x", "y", "width", "height", "frame", "time"):
                self.assertEqual(old[key], new[key])
            self.assertEqual(new["camera"], old["source"])
            self.assertTrue(new["frame_width"] > 100 and new["picture_bytes"] > 500)
        self.assertEqual([event["id"] for event in self.json("events", "list")], [6, 5, 4, 3, 2, 1])
        self.assertEqual([event["id"] for event in self.json("events", "list", "--limit", "2", "--before", "5")],
                         [4, 3])
        ask = lambda *options: [event["id"] for event in self.json("events", "list", "--after", "0", *options)]
        self.assertEqual(ask("--person", "Barack Obama"), [1, 2, 5])
        self.assertEqual(ask("--kind", "left", "--kind", "unknown"), [4, 5, 6])
        self.assertEqual(ask("--until", "2020-01-01"), [])
        self.assertEqual(ask("--since", "2020-01-01", "--at", str(self.frames)), [1, 2, 3, 4, 5, 6])
        rows = list(csv.DictReader(io.StringIO(self.vultus("events", "list", "--csv")[0])))
        self.assertEqual(rows[0]["event"], "left")
        self.assertIn("Barack Obama", self.vultus("events", "list")[0])

        copy, other = self.folder / "all.jsonl", self.folder / "other.db"
        self.vultus("gallery", "export", copy)
        for news in ("6 events are new", ""):
            _, errors = self.vultus("gallery", "import", "--db", other, copy)
            self.assertIn(news, errors)
            self.assertEqual("events are new" in errors, bool(news))
        plain = lambda events: [{key: event[key] for key in event if key not in ("id", "person")} for event in events]
        self.assertEqual(plain(self.json("events", "list", "--db", other, "--with-pictures")),
                         plain(self.json("events", "list", "--with-pictures")))

        face = self.folder / "face.jpg"
        shown, = self.json("events", "show", "2", "--output", face)
        self.assertEqual(face.read_bytes()[:2], b"\xff\xd8")
        self.assertEqual(shown["name"], "Barack Obama")
        self.vultus("people", "rename", "Barack Obama", "Barack")
        self.assertEqual(self.json("events", "show", "2")[0]["name"], "Barack")
        self.vultus("events", "delete", "--yes", "6")
        self.vultus("events", "delete", "--yes", "6", code=INPUTS)
        self.vultus("events", "delete", "5", code=USAGE)
        self.vultus("events", "show", "six", code=USAGE)
        self.vultus("people", "delete", "--yes", "Barack")
        self.assertEqual(ask(), [3, 4])
        self.vultus("gallery", "check", "--erased", "Barack")
        _, errors = self.vultus("events", "prune", "--until", "2999-01-01")
        self.assertIn("2 events were erased", errors)
        self.assertEqual(ask(), [])
        self.vultus("gallery", "check")

    def test_webhooks_get_every_event(self):
        secret = self.folder / "secret"
        secret.write_text("a secret\n")
        secret.chmod(0o600)
        failed = []
        receiver = Receiver(lambda event: 200 if event["id"] != 2 or failed or failed.append(1) else 500)
        code, _, errors = self.run_raw("watch", "--webhook", receiver.url, "--webhook-secret", secret,
                                       "--webhook-pictures", self.frames)
        if b"libcurl" in errors:
            self.skipTest("built without libcurl")
        self.assertEqual(code, 0, errors)
        self.assertEqual(receiver.ids(), [1, 2, 3, 4, 5, 6])
        self.assertIn(b"answered 500", errors)
        for headers, event, _ in receiver.requests:
            text = headers["X-Vultus-Timestamp"].encode() + b"." + headers["body"]
            self.assertEqual(headers["X-Vultus-Signature"],
                             "sha256=" + hmac.new(b"a secret", text, hashlib.sha256).hexdigest())
            self.assertEqual(headers["Idempotency-Key"], str(event["id"]))
            self.assertTrue(event["picture"].startswith("/9j/"))

    def test_nothing_is_lost_by_a_kill(self):
        """The receiver is dead, the program is killed; the next run sends everything, in order."""
        gate = threading.Event()
        receiver = Receiver(lambda event: 200 if gate.is_set() else 503)
        process = self.start("watch", "--json", "--record", "--webhook", receiver.url, self.frames)
        lines = [process.stdout.readline() for _ in range(6)]
        if not lines[0]:
            self.skipTest("built without libcurl")
        for _ in range(200):
            if receiver.requests:
                break
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        told = [json.loads(line)["id"] for line in lines]
        self.assertEqual(told, [1, 2, 3, 4, 5, 6])
        gate.set()
        self.vultus("watch", "--record", "--webhook", receiver.url, self.frames)
        self.assertEqual(receiver.ids(), list(range(1, 13)))
        self.vultus("gallery", "check")

    def test_a_signal_loses_nothing(self):
        """What was told is in the gallery, and so is that everybody left."""
        Camera.jpeg = picture("face_recognition/examples/obama-240p.jpg").read_bytes()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Camera)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        process = self.start("watch", "--json", "--record", f"http://127.0.0.1:{server.server_port}/")
        lines = [process.stdout.readline() for _ in range(2)]
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        if b"FFmpeg" in errors:
            self.skipTest("built without FFmpeg")
        self.assertEqual(process.returncode, INTERRUPTED, errors)
        told = [json.loads(line) for line in lines + output.splitlines()]
        self.assertEqual([event["event"] for event in told], ["appeared", "identified", "left"])
        kept = self.json("events", "list", "--after", "0")
        self.assertEqual([(event["id"], event["event"]) for event in kept],
                         [(event["id"], event["event"]) for event in told])

    def test_wrong_usage(self):
        _, errors = self.vultus("watch", "--webhook", "ftp://host/", self.frames, code=USAGE)
        self.assertIn("http://", errors)
        self.vultus("watch", "--keep-events", "0", self.frames, code=USAGE)
        self.vultus("events", "list", "--kind", "gone", code=USAGE)
        self.vultus("events", "list", "--since", "yesterday", code=USAGE)
        self.vultus("events", "list", "--person", "Nobody", code=INPUTS)
        self.vultus("events", "delete", "1", code=USAGE)


if __name__ == "__main__":
    harness.main()
