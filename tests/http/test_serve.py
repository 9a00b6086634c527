#!/usr/bin/env python3
"""The server as a process: where it listens, what it refuses, how it ends, what survives."""

import signal
import threading
import time

import serving
from serving import harness


class Starting(serving.Case):
    def test_where(self):
        _, errors = self.vultus("serve", "--listen", "somewhere", code=harness.USAGE)
        self.assertIn("is not ADDRESS:PORT in numbers", errors)
        _, errors = self.vultus("serve", "--listen", "0.0.0.0:0", code=harness.USAGE)
        self.assertIn("vultus keys create NAME (or give --insecure)", errors)
        server = self.serve()
        _, errors = self.vultus("serve", "--listen", f"127.0.0.1:{server.address[1]}", code=harness.ENVIRONMENT)
        self.assertIn("Address already in use", errors)
        self.assertEqual(server.ask("GET", "/healthz").json, {"status": "ok"})

    def test_beyond_this_machine(self):
        server = self.serve("--insecure", listen="0.0.0.0:0")
        server.address = ("127.0.0.1", server.address[1])
        self.assertEqual(server.ask("GET", "/v1/people").status, 200)
        server.end()
        key, _ = self.vultus("keys", "create", "-q", "door")
        server = self.serve(listen="0.0.0.0:0")
        server.address = ("127.0.0.1", server.address[1])
        self.refused(server.ask("GET", "/v1/people"), 401, "unauthorized")
        server.key = key.strip()
        self.assertEqual(server.ask("GET", "/v1/people").status, 200)

    def test_six(self):
        try:
            server = self.serve(listen="[::1]:0")
        except AssertionError as trouble:
            if "cannot listen" in str(trouble):
                self.skipTest("no IPv6 here")
            raise
        self.assertEqual(server.ask("GET", "/v1/people").json, {"people": [], "total": 0, "next": None})

    def test_no_models(self):
        empty = self.folder / "none"
        empty.mkdir()
        _, errors = self.vultus("serve", "--listen", "127.0.0.1:0", "--models", empty, code=harness.ENVIRONMENT)
        self.assertIn("vultus models install", errors)
        self.assertFalse(self.gallery.exists())


class Answers(serving.Case):
    def test_every_answer(self):
        server = self.serve()
        for method, path, status in [("GET", "/healthz", 200), ("GET", "/nothing", 404), ("GET", "/v1/people", 200),
                                     ("HEAD", "/healthz", 200), ("PUT", "/v1/people", 405), ("GET", "/%zz", 400),
                                     ("GET", "/v1/people?limit=0", 400), ("GET", "/v1/people?frob=1", 400),
                                     ("GET", "/v1/people?limit=1&limit=2", 400), ("GET", "/v1/people/%00", 400),
                                     ("GET", "/v1/people/%ff", 400), ("GET", "/v1/people/", 404)]:
            with self.subTest(method=method, path=path):
                answer = server.ask(method, path)
                self.assertEqual(answer.status, status, answer.body)
                self.assertRegex(answer.headers["x-request-id"], "^[0-9a-f]{16}$")
                self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
                self.assertEqual(answer.headers["cache-control"], "no-store")
                self.assertIn("default-src 'none'", answer.headers["content-security-policy"])
                self.assertNotIn("access-control-allow-origin", answer.headers)
        self.assertEqual(server.ask("PUT", "/v1/people").headers["allow"], "GET, POST")

    def test_kept_open(self):
        """Several requests over one connection, some of them refused."""
        server = self.serve()
        connection = server.connect()
        for path, status in [("/healthz", 200), ("/nothing", 404), ("/v1/people", 200), ("/v1/people?x=1", 400)] * 5:
            connection.request("GET", path)
            self.assertEqual(serving.Answer(connection.getresponse()).status, status)
        connection.close()

    def test_log(self):
        """One line for each request, without names, pictures or what was asked for."""
        self.pictures()
        server = self.serve()
        answer = server.picture("/v1/people?name=Secretive%20Person", self.obama)
        self.assertEqual(answer.status, 201)
        server.ask("GET", "/v1/people/Secretive%20Person")
        server.end()
        text = server.log.read_text()
        self.assertNotIn("Secretive", text)
        lines = [line for line in text.splitlines() if not line.startswith("vultus: ")]
        self.assertRegex(lines[-1], r"^time=\S+Z id=[0-9a-f]{16} method=GET route=/v1/people/\{name\} status=200 code=- "
                                    r"ms=[\d.]+ wait_ms=[\d.]+ in=0 out=\d+ key=- address=127.0.0.1 sent=yes$")
        self.assertIn(f"in={self.obama.stat().st_size} ", text)

    def test_quiet(self):
        server = self.serve("--quiet")
        server.ask("GET", "/v1/people")
        server.end()
        self.assertNotIn("method=", server.log.read_text())


class Ending(serving.Case):
    def setUp(self):
        super().setUp()
        self.pictures()

    def test_finishes_what_it_accepted(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = self.serve("--workers", "1")
            pictures = [self.obama, self.obama2, self.biden]
            answers = []
            threads = [threading.Thread(target=lambda file=file: answers.append(
                server.picture(f"/v1/people?name=P{number.name}", file))) for file in pictures]
            for thread in threads:
                thread.start()
            while server.ask("GET", "/metrics").body.count(b"vultus_requests_in_flight 4") != 1:
                if len(answers) == len(pictures):
                    break
                time.sleep(0.005)
            self.assertEqual(server.end(number), 0)
            for thread in threads:
                thread.join()
            self.assertEqual(len(answers), len(pictures))
            for answer in answers:
                self.assertIn(answer.status, (200, 201, 409))
            self.assertIn("vultus: stopped\n", server.log.read_text())

    def test_nothing_new(self):
        server = self.serve("--workers", "1")
        kept = server.connect()
        kept.request("GET", "/v1/people")
        serving.Answer(kept.getresponse())
        thread = threading.Thread(target=lambda: server.picture("/v1/identify", self.two_people))
        thread.start()
        while b"vultus_requests_in_flight 2" not in server.ask("GET", "/metrics").body and thread.is_alive():
            pass
        server.process.send_signal(signal.SIGTERM)
        thread.join()
        self.assertEqual(server.process.wait(30), 0)
        kept.close()

    def test_killed(self):
        """Every enrolment that was answered is there after kill -9."""
        server = self.serve("--workers", "2")
        done, lock = [], threading.Lock()
        stop = threading.Event()
        data = self.biden.read_bytes()

        def enrol(worker):
            for i in range(1000):
                name = f"P{worker}-{i}"
                try:  # bytes behind the picture make it another one
                    answer = server.ask("POST", f"/v1/people?name={name}", data + name.encode(), "image/jpeg")
                except OSError:
                    return
                if answer.status == 201:
                    with lock:
                        done.append(name)
                if stop.is_set():
                    return

        threads = [threading.Thread(target=enrol, args=(i,)) for i in range(3)]
        for thread in threads:
            thread.start()
        while len(done) < 5:
            time.sleep(0.01)
        server.process.kill()
        server.process.wait()
        stop.set()
        for thread in threads:
            thread.join()
        again = self.serve()
        there = {person["name"] for person in again.ask("GET", "/v1/people?limit=1000").json["people"]}
        self.assertLessEqual(set(done), there)
        self.assertGreaterEqual(len(done), 5)


if __name__ == "__main__":
    serving.main()
