#!/usr/bin/env python3
"""Events of cameras: kept, asked for, told as they come, told again from where somebody was, erased."""

import http.client
import json
import time
from urllib.parse import quote

import serving
from receiver import Receiver


class Events(serving.Case):
    def setUp(self):
        super().setUp()
        self.pictures()
        self.film = self.folder / "film"
        self.film.mkdir()
        for i in range(24):
            (self.film / f"{i:03}.jpg").symlink_to(self.obama if i < 12 else self.biden)

    def start_server(self, *options):
        self.server = self.serve("--workers", "1", "--rate", "1000000", "--camera", f"door={self.film}", *options)

    def events(self, query=""):
        return self.server.ask("GET", f"/v1/events?{query}").json

    def until(self, wanted, query="", seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            events = self.events(query)["events"]
            if wanted(events):
                return events
            time.sleep(0.05)
        self.fail(f"the events stay {events}")

    def listen(self, query="", last=None, timeout=20):
        connection = http.client.HTTPConnection(*self.server.address, timeout=timeout)
        self.addCleanup(connection.close)
        connection.request("GET", f"/v1/events/stream?{query}", headers={"Last-Event-ID": str(last)} if last is not None else {})
        stream = connection.getresponse()
        self.assertEqual((stream.status, stream.headers["content-type"]), (200, "text/event-stream"))
        return stream

    def heard(self, stream, count):
        events = []
        while len(events) < count:
            line = stream.readline().decode()
            self.assertTrue(line, "the stream ended")
            if line.startswith("id: "):
                number = int(line[4:])
            if line.startswith("data: "):
                events.append(json.loads(line[6:]))
                self.assertEqual(events[-1]["id"], number)
        return events

    def test_webhooks(self):
        """Each event of a camera reaches the operator's address, signed, in order, also what came before a stop."""
        receiver = Receiver(lambda event: 200 if event["id"] % 3 or len(receiver.requests) > 4 else 500)
        self.addCleanup(receiver.shutdown)
        secret = self.folder / "secret"
        secret.write_text("a secret of some length\n")
        secret.chmod(0o600)
        self.start_server("--webhook", receiver.url, "--webhook-secret", secret)
        kept = [one["id"] for one in self.until(lambda all: sum(one["event"] == "left" for one in all) == 2)]
        self.assertEqual(self.server.end(), 0)
        self.start_server("--webhook", receiver.url, "--webhook-secret", secret)
        end = time.monotonic() + 20
        while len(set(receiver.ids())) < len(kept) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(sorted(set(receiver.ids()))[:len(kept)], kept)
        self.assertTrue(all(headers["X-Vultus-Signature"].startswith("sha256=") for headers, _, _ in receiver.requests))

    def test_life(self):
        """From the camera into the gallery, over pages, filters, pictures, a restart, to the end."""
        self.vultus("enroll", "--name", "Ada", self.obama)
        self.start_server()
        events = self.until(lambda all: sum(one["event"] == "left" for one in all) == 2)
        self.assertEqual([one["id"] for one in events], sorted(one["id"] for one in events))
        self.assertEqual({one["camera"] for one in events}, {"door"})
        named = self.events("person=Ada")["events"]
        self.assertIn("identified", [one["event"] for one in named])
        self.assertEqual({one["name"] for one in named}, {"Ada"})
        kinds = self.events("kind=left&kind=unknown")["events"]
        self.assertEqual({one["event"] for one in kinds}, {"left", "unknown"})
        self.assertEqual(self.events("camera=hall")["events"], [])
        self.pages(events)
        picture = self.picture(named[-1]["id"])
        listed = self.json("events", "list")
        self.assertEqual([one["id"] for one in reversed(listed)], [one["id"] for one in events])
        self.server.end()
        self.start_server()
        self.assertEqual(self.events()["events"][:len(events)], events)
        self.assertEqual(self.picture(named[-1]["id"]), picture)
        self.erase(events, named)

    def pages(self, events):
        first = self.events("limit=2")
        self.assertEqual((first["events"], first["next"]), (events[:2], events[1]["id"]))
        self.assertEqual(self.events(f"limit=2&after={first['next']}")["events"], events[2:4])
        latest = self.events("limit=2&latest=true")
        self.assertEqual(latest["events"], events[:-3:-1])
        self.assertEqual(self.events(f"limit=2&latest=true&before={latest['next']}")["events"], events[-3:-5:-1])
        since, until = events[1]["at"], events[-1]["at"]
        between = [one for one in events if since <= one["at"] < until]
        self.assertEqual(self.events(f"since={quote(since)}&until={quote(until)}")["events"], between)
        self.assertEqual(self.server.ask("GET", f"/v1/events/{events[0]['id']}").json, events[0])
        for query in ("since=yesterday", "kind=frob", "after=x", "frob=1"):
            self.refused(self.server.ask("GET", f"/v1/events?{query}"), 400, "bad_request")
        self.refused(self.server.ask("GET", "/v1/events?person=Nobody"), 404, "not_found")
        self.refused(self.server.ask("POST", "/v1/events/stream"), 405, "method_not_allowed")

    def picture(self, number):
        answer = self.server.ask("GET", f"/v1/events/{number}/picture")
        self.assertEqual((answer.status, answer.body[:3]), (200, b"\xff\xd8\xff"))
        again = self.server.ask("GET", f"/v1/events/{number}/picture", headers={"If-None-Match": answer.headers["etag"]})
        self.assertEqual((again.status, again.body), (304, b""))
        return answer.body

    def erase(self, events, named):
        self.assertEqual(self.server.ask("DELETE", f"/v1/events/{events[0]['id']}").status, 204)
        self.refused(self.server.ask("GET", f"/v1/events/{events[0]['id']}"), 404, "not_found")
        self.assertEqual(self.server.ask("DELETE", "/v1/people/Ada").status, 204)
        left = {one["id"] for one in self.events()["events"]}
        self.assertFalse(left & {one["id"] for one in named})
        self.refused(self.server.ask("DELETE", "/v1/events"), 400, "bad_request")
        gone = self.server.ask("DELETE", "/v1/events?until=2999-01-01T00:00:00Z").json
        self.assertEqual(gone["erased"], len(left))
        self.assertEqual(self.events()["events"], [])

    def test_stream(self):
        """Whoever listens hears each event once and in order, also after having been away; a stop ends the stream."""
        self.start_server()
        self.until(lambda all: any(one["event"] == "left" for one in all))
        self.server.ask("POST", "/v1/cameras/1/stop")
        before = self.events()["events"]
        fresh = self.listen()
        self.assertEqual(self.heard(self.listen("after=0"), len(before)), before)
        self.assertEqual(self.heard(self.listen(last=before[0]["id"]), len(before) - 1), before[1:])
        left = [one for one in before if one["event"] == "left"]
        self.assertEqual(self.heard(self.listen("kind=left&camera=door&after=0"), len(left)), left)
        self.server.ask("POST", "/v1/cameras/1/start")
        self.assertGreater(self.heard(fresh, 1)[0]["id"], before[-1]["id"])
        self.refused(self.server.ask("GET", "/v1/events/stream?person=Nobody"), 404, "not_found")
        rest = self.listen(f"after={before[-1]['id']}")
        self.server.end()
        while rest.readline():
            pass

    def test_not_kept(self):
        self.start_server()
        self.server.send("PATCH", "/v1/cameras/1", {"record": False})
        self.server.ask("DELETE", "/v1/events?until=2999-01-01T00:00:00Z")
        seen = self.server.ask("GET", "/v1/cameras/1").json["events"]
        self.server.ask("POST", "/v1/cameras/1/start")
        end = time.monotonic() + 20
        while self.server.ask("GET", "/v1/cameras/1").json["events"] < seen + 2 and time.monotonic() < end:
            time.sleep(0.05)
        self.assertGreaterEqual(self.server.ask("GET", "/v1/cameras/1").json["events"], seen + 2)
        self.assertEqual(self.events()["events"], [])


if __name__ == "__main__":
    serving.main()
