#!/usr/bin/env python3
"""Cameras of the server: folders of pictures stand for them. What may be added, what they show, previews, restarts."""

import time

import serving

SECRET = "s3cret-of-the-camera"


class Cameras(serving.Case):
    def setUp(self):
        super().setUp()
        self.pictures()
        self.film = self.make_film("film", self.obama)

    def make_film(self, name, *pictures):
        folder = self.folder / name
        folder.mkdir()
        for i in range(24):
            (folder / f"{i:03}.jpg").symlink_to(pictures[i * len(pictures) // 24])
        return folder

    def start_server(self, *options):
        self.server = self.serve("--workers", "1", "--rate", "1000000", *options)

    def until(self, number, wanted, seconds=20):
        """The camera once it is as it should be."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            camera = self.server.ask("GET", f"/v1/cameras/{number}").json
            if wanted(camera):
                return camera
            time.sleep(0.05)
        self.fail(f"the camera stays {camera}")

    def test_configured(self):
        """It names people, is shown, is counted, ends in time, and runs again after a restart."""
        self.start_server("--camera", f"door={self.film}")
        self.server.picture("/v1/people?name=Ada", self.obama)
        answer = self.server.ask("GET", "/v1/cameras").json
        self.assertEqual((len(answer["cameras"]), answer["may_add"]), (1, False))
        camera = answer["cameras"][0]
        self.assertEqual((camera["camera"], camera["name"], camera["configured"]), (1, "door", True))
        self.assertEqual(self.server.send("PATCH", "/v1/cameras/1", {"repeat": True, "preview": 320}).status, 200)
        camera = self.until(1, lambda now: any(person["name"] == "Ada" for person in now["people"]))
        self.assertEqual((camera["state"], camera["reason"]), ("running", None))
        self.assertGreater(camera["frames"], 0)
        self.until(1, lambda now: now["rate"] > 5)
        snapshot = self.server.ask("GET", "/v1/cameras/1/snapshot")
        self.assertEqual((snapshot.status, snapshot.headers["content-type"]), (200, "image/jpeg"))
        self.assertEqual(snapshot.body[:3], b"\xff\xd8\xff")
        self.preview()
        self.until(1, lambda now: now["events"] >= 2)
        metrics = self.server.ask("GET", "/metrics").body.decode()
        for name in ("frames_total", "events_total", "reconnects_total", "running"):
            self.assertRegex(metrics, rf'vultus_camera_{name}{{camera="1"}} \d+')
        began = time.monotonic()
        self.assertEqual(self.server.end(), 0)
        self.assertLess(time.monotonic() - began, 5)
        self.start_server("--camera", f"door={self.film}", "--camera", f"hall={self.film}")
        cameras = self.server.ask("GET", "/v1/cameras").json["cameras"]
        self.assertEqual([(one["camera"], one["name"], one["preview"]) for one in cameras], [(1, "door", 320), (2, "hall", 640)])
        self.until(1, lambda now: now["state"] == "running")
        self.refused(self.server.ask("DELETE", "/v1/cameras/1"), 403, "not_allowed")
        self.refused(self.server.send("PATCH", "/v1/cameras/1", {"source": "/x"}), 403, "not_allowed")
        self.until(2, lambda now: now["state"] == "stopped" and now["reason"] == "the recording has ended")

    def preview(self):
        """Parts with a length each; a stop ends them."""
        connection = self.server.connect(20)
        self.addCleanup(connection.close)
        connection.request("GET", "/v1/cameras/1/preview")
        stream = connection.getresponse()
        self.assertEqual(stream.headers["content-type"], "multipart/x-mixed-replace; boundary=frame")
        self.assertEqual(stream.readline(), b"--frame\r\n")
        for _ in range(3):
            self.assertEqual(stream.readline(), b"Content-Type: image/jpeg\r\n")
            size = int(stream.readline().split(b":")[1])
            self.assertEqual(stream.readline(), b"\r\n")
            self.assertEqual(stream.read(size)[:3], b"\xff\xd8\xff")
            self.assertEqual(stream.readline() + stream.readline(), b"\r\n--frame\r\n")
        self.assertEqual(self.server.ask("POST", "/v1/cameras/1/stop").json["state"], "stopped")
        stream.read()
        self.refused(self.server.ask("GET", "/v1/cameras/1/preview"), 404, "not_found")
        self.refused(self.server.ask("GET", "/v1/cameras/1/snapshot"), 404, "not_found")
        self.assertIn(self.server.ask("POST", "/v1/cameras/1/start").json["state"], ("starting", "running"))

    def test_live(self):
        """Names only for who looks live, where there is a model that says so; never quietly without it."""
        self.start_server("--camera", f"door={self.film}")
        self.server.picture("/v1/people?name=Ada", self.obama)
        change = lambda value: self.server.send("PATCH", "/v1/cameras/1", {"repeat": True, "require_live": value})  # noqa: E731
        self.refused(change(0), 400, "bad_request")
        self.refused(change(1.5), 400, "bad_request")
        if not self.server.ask("GET", "/v1/info").json["liveness"]:
            self.refused(change(0.5), 400, "bad_request")
            self.assertIsNone(self.server.ask("GET", "/v1/cameras/1").json["require_live"])
            return
        self.assertEqual(change(1).json["require_live"], 1)
        self.assertEqual(self.server.ask("POST", "/v1/cameras/1/start").status, 200)
        camera = self.until(1, lambda now: any(person["live"] for person in now["people"]))
        self.assertNotIn("Ada", [person["name"] for person in camera["people"]])
        self.assertEqual(change(None).json["require_live"], None)
        self.until(1, lambda now: any(person["name"] == "Ada" for person in now["people"]))

    def test_gallery_in_use(self):
        self.start_server("--camera-source", f"{self.folder}/*")
        self.server.send("POST", "/v1/galleries", {"name": "attic"})
        attic = self.server.send("POST", "/v1/cameras",
                                 {"name": "roof", "source": str(self.film), "gallery": "attic", "start": False}).json["camera"]
        self.refused(self.server.ask("DELETE", "/v1/galleries/attic"), 409, "in_use")
        self.assertEqual(self.server.ask("DELETE", f"/v1/cameras/{attic}").status, 204)
        self.assertEqual(self.server.ask("DELETE", "/v1/galleries/attic").status, 204)

    def test_added(self):
        """Only what the operator allowed is opened; passwords are never said; what was added is there after a kill."""
        self.start_server("--camera-source", "rtsp://127.0.0.1:*", "--camera-source", f"{self.folder}/*")
        add = lambda **more: self.server.send("POST", "/v1/cameras", {"name": "a", **more})  # noqa: E731
        for source in (str(self.folder / "x/y"), "rtsp://example.org/", "http://127.0.0.1:1/", "-", "camera:0", "film"):
            self.refused(add(source=source), 403, "not_allowed")
        for wrong in ({}, {"source": ""}, {"source": str(self.film), "fps": 0}, {"source": str(self.film), "frob": 1},
                      {"source": str(self.film), "start": 1}):
            self.refused(add(**wrong), 400, "bad_request")
        self.refused(add(source=str(self.film), gallery="none"), 404, "not_found")
        made = add(source=f"rtsp://user:{SECRET}@127.0.0.1:1/live?key={SECRET}", absence=2)
        self.assertEqual((made.status, made.json["camera"], made.json["absence"]), (201, 1, 2))
        self.refused(add(source=str(self.film)), 409, "exists")
        camera = self.until(1, lambda now: now["reason"])
        self.assertIn(camera["state"], ("starting", "reconnecting"))
        self.assertEqual(camera["source"], "rtsp://127.0.0.1:1/live?...")
        self.assertNotIn(SECRET, camera["reason"])
        self.assertNotIn(SECRET, self.server.log.read_text())
        other = self.server.send("POST", "/v1/cameras", {"name": "b", "source": str(self.film), "start": False}).json
        self.assertEqual((other["state"], other["wanted"]), ("stopped", False))
        self.refused(self.server.send("PATCH", "/v1/cameras/2", {"source": "http://127.0.0.1/"}), 403, "not_allowed")
        self.assertEqual(self.server.send("PATCH", "/v1/cameras/2", {"name": "c", "fps": 4}).json["fps"], 4)
        self.server.end(9)
        file = self.folder / "gallery.db.cameras"
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.start_server("--camera-source", f"{self.folder}/*")
        cameras = self.server.ask("GET", "/v1/cameras").json["cameras"]
        self.assertEqual([(one["name"], one["state"]) for one in cameras], [("a", "failed"), ("c", "stopped")])
        self.assertIn("settings do not allow", cameras[0]["reason"])
        self.assertEqual(self.server.ask("DELETE", "/v1/cameras/1").status, 204)
        self.refused(self.server.ask("GET", "/v1/cameras/1"), 404, "not_found")
        self.assertEqual(self.server.send("POST", "/v1/cameras", {"name": "d", "source": str(self.folder / "gone")}).json["camera"], 3)
        self.until(3, lambda now: now["state"] == "failed" and now["reason"])
        self.assertEqual(self.server.end(), 0)

    def test_keys(self):
        """Looking needs a key for the camera's gallery; where it is, and changing, needs an admin."""
        keys = self.folder / "keys"
        make = lambda *options: self.vultus("keys", "create", "-q", "--keys", keys, *options, "x")[0].strip()  # noqa: E731
        admin, read, bound = make("--scope", "admin"), make("--scope", "read"), make("--scope", "admin", "--gallery", "other")
        self.start_server("--keys", keys, "--camera", f"door={self.film}")
        ask = lambda key, method, path: self.server.ask(method, path, headers={"Authorization": f"Bearer {key}"})  # noqa: E731
        self.assertEqual(ask(admin, "GET", "/v1/cameras/1").json["source"], str(self.film))
        self.assertIsNone(ask(read, "GET", "/v1/cameras/1").json["source"])
        for method, path in (("POST", "/v1/cameras/1/stop"), ("DELETE", "/v1/cameras/1")):
            self.refused(ask(read, method, path), 403, "forbidden")
        self.assertEqual(ask(bound, "GET", "/v1/cameras").json["cameras"], [])
        for method, path in (("GET", "/v1/cameras/1"), ("GET", "/v1/cameras/1/preview"), ("POST", "/v1/cameras/1/stop")):
            self.refused(ask(bound, method, path), 403, "forbidden")


if __name__ == "__main__":
    serving.main()
