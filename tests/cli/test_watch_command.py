#!/usr/bin/env python3
"""vultus watch: events of folders of pictures and of a real film, the files that it writes, and its errors."""

import csv
import http.server
import json
import os
import pty
import re
import signal
import threading
import time

import harness
from harness import ENVIRONMENT, INPUTS, INTERRUPTED, USAGE, picture

FILM = "face_recognition/examples/short_hamilton_clip.mp4"


class Camera(http.server.BaseHTTPRequestHandler):
    """A camera that shows one picture, twenty times a second."""

    jpeg = b""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n"
                                 % (len(self.jpeg), self.jpeg))
                time.sleep(0.05)
        except OSError:
            pass

    def log_message(self, *arguments):
        pass


class Watch(harness.Case):
    needs_models = True

    def setUp(self):
        super().setUp()
        self.vultus("enroll", "--name", "Barack Obama", picture("face_recognition/examples/obama.jpg"))
        self.frames = self.folder / "frames"
        self.frames.mkdir()
        for i in range(10):  # two scenes: somebody known, and a stranger
            name = "obama-240p.jpg" if i < 5 else "biden.jpg"
            (self.frames / f"{i:02}.jpg").symlink_to(picture(f"face_recognition/examples/{name}"))

    def test_events_and_files(self):
        summary, timeline, snapshots = (self.folder / name for name in ("who.csv", "who.png", "snapshots"))
        events = self.json("watch", "--summary", summary, "--timeline", timeline, "--snapshots", snapshots,
                           self.frames)
        told = [(event["event"], event["track"], event["name"]) for event in events]
        self.assertEqual(told, [("appeared", 1, "Barack Obama"), ("identified", 1, "Barack Obama"),
                                ("appeared", 2, None), ("unknown", 2, None),
                                ("left", 1, "Barack Obama"), ("left", 2, None)])
        self.assertGreater(events[1]["similarity"], 0.99)
        self.assertLess(events[1]["far"], 1e-4)
        self.assertEqual(events[1]["recognition"], "named")
        self.assertAlmostEqual(events[4]["time"], 0.16, places=3)
        for event in events:
            with open(event["snapshot"], "rb") as file:
                self.assertEqual(file.read(2), b"\xff\xd8")
        with open(summary, newline="") as file:
            visits = list(csv.DictReader(file))
        self.assertEqual([visit["name"] for visit in visits], ["Barack Obama", ""])
        self.assertEqual(visits[0]["since"], "0.00")
        self.assertEqual(timeline.read_bytes()[:4], b"\x89PNG")
        self.assertEqual(events, self.json("watch", "--threads", "1", "--snapshots", snapshots, self.frames))

    def test_without_gallery_and_wrong_usage(self):
        output, errors = self.vultus("watch", self.frames, environment={"VULTUS_DB": str(self.folder / "none.db")})
        self.assertIn("there is no gallery", errors)
        self.assertNotIn("Obama", output)
        self.vultus("watch", "--db", self.folder / "none.db", self.frames, code=ENVIRONMENT)
        _, errors = self.vultus("watch", self.folder / "no.mp4", code=INPUTS)
        self.assertIn("no.mp4", errors)
        _, errors = self.vultus("watch", "--output", self.folder / "a.mp4", self.frames, self.frames, code=USAGE)
        self.assertIn("one source only", errors)
        self.vultus("watch", "--absence", "0", self.frames, code=USAGE)

    def test_film(self):
        film = picture(FILM)
        self.gallery.unlink()
        for name in ("lin-manuel-miranda.png", "alex-lacamoire.png"):
            self.vultus("enroll", "--name", name[:-4], picture(f"face_recognition/examples/{name}"))
        code, output, errors = self.run_raw("watch", "--csv", "--output", self.folder / "named.mp4", film)
        if b"FFmpeg" in errors:
            self.skipTest("built without FFmpeg")
        self.assertEqual(code, 0, errors)
        events = list(csv.DictReader(output.decode().splitlines()))
        named = {(event["track"], event["name"]) for event in events if event["event"] == "identified"}
        self.assertEqual({name for _, name in named}, {"lin-manuel-miranda", "alex-lacamoire"})
        self.assertFalse([event for event in events if event["event"] == "changed"], "a name flickered")
        self.assertIn(b"275 frames", errors)
        self.assertGreater((self.folder / "named.mp4").stat().st_size, 100000)

    def camera(self):
        """Its address."""
        Camera.jpeg = picture("face_recognition/examples/obama-240p.jpg").read_bytes()
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Camera)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        return f"http://user:secret@127.0.0.1:{server.server_port}/"

    def test_line_on_a_terminal(self):
        ours, terminal = pty.openpty()
        self.addCleanup(os.close, ours)
        process = self.start("watch", "--json", self.camera(), stderr=terminal)
        os.close(terminal)
        said = b""
        while not re.search(rb"[1-9][0-9.]* frames/s, \d+ ms, 1 face, 2 events", said) and b"FFmpeg" not in said:
            self.assertLess(len(said), 20000, said)
            said += os.read(ours, 1000)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertNotIn(b"secret", said)
        if b"FFmpeg" in said:
            self.skipTest("built without FFmpeg")
        self.assertIn(b"\r", said)

    def test_camera(self):
        process = self.start("watch", "--json", self.camera())
        lines = [process.stdout.readline() for _ in range(2)]
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        if b"FFmpeg" in errors:
            self.skipTest("built without FFmpeg")
        self.assertEqual(process.returncode, INTERRUPTED, errors)
        events = [json.loads(line) for line in lines + output.splitlines()]
        self.assertEqual([event["event"] for event in events], ["appeared", "identified", "left"])
        self.assertEqual(events[1]["name"], "Barack Obama")
        self.assertNotIn(b"secret", errors + b"".join(lines))

    def test_interrupt(self):
        film = picture(FILM)
        process = self.start("watch", "--json", "--no-progress", film)
        if not process.stdout.readline():
            process.communicate()
            self.skipTest("built without FFmpeg")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, INTERRUPTED, errors)
        self.assertIn(b"vultus: interrupted\n", errors)
        self.assertIn(b'"left"', output)


if __name__ == "__main__":
    harness.main()
