#!/usr/bin/env python3
"""The server under load: a full queue, time that runs out, slow clients, many idle connections, a mix of everything."""

import http.client
import resource
import socket
import struct
import sys
import threading
import time
import zlib

import serving

sys.path.insert(0, str(serving.harness.SOURCE / "bench"))

import server_mixed  # noqa: E402  (its folder is known only now)

IDLE = 1000


class Load(serving.Case):
    def setUp(self):
        super().setUp()
        self.pictures()

    def test_full_queue(self):
        """More than the queue holds is told to come again at once; the rest is answered."""
        server = self.serve("--workers", "1", "--queue", "2", "--quiet")
        answers, lock = [], threading.Lock()

        def ask():
            answer = server.picture("/v1/identify", self.two_people)
            with lock:
                answers.append(answer)

        threads = [threading.Thread(target=ask) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        busy = [answer for answer in answers if answer.status != 200]
        self.assertGreaterEqual(len(answers) - len(busy), 3)
        self.assertGreaterEqual(len(busy), 1)
        for answer in busy:
            self.refused(answer, 503, "busy")
            self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
        self.assertEqual(server.picture("/v1/identify", self.two_people).status, 200)

    def test_deadline(self):
        server = self.serve("--workers", "1", "--deadline", "2", "--queue", "100", "--quiet")
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(server.picture("/v1/identify", self.two_people)))
                   for _ in range(60)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        late = [answer for answer in answers if answer.status != 200]
        self.assertGreaterEqual(len(late), 1)
        for answer in late:
            self.refused(answer, 504, "deadline")
        self.assertEqual(server.ask("GET", "/healthz").status, 200)

    def flat_png(self, side):
        """A large picture in few bytes."""
        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

        rows = (b"\0" + b"\x80" * (3 * side)) * side
        return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) +
                chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))

    def test_given_up(self):
        """Work of 20 processor seconds is given up at its deadline, and when nobody waits any more."""
        data = self.flat_png(8000)
        server = self.serve("--workers", "1", "--deadline", "2")
        self.refused(server.ask("POST", "/v1/detect?min_face=1", data, "image/png"), 504, "deadline")
        self.assertLess(server.used(), 6)
        server.end()
        server = self.serve("--workers", "1", "--deadline", "600")
        with server.socket() as client:
            client.sendall(b"POST /v1/detect?min_face=1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
                           b"Content-Length: %d\r\n\r\n" % len(data) + data)
            while b"vultus_requests_in_flight 2" not in server.ask("GET", "/metrics").body:
                time.sleep(0.01)
            time.sleep(0.5)
        self.assertEqual(server.picture("/v1/identify", self.obama).status, 200)
        self.assertLess(server.used(), 6)
        server.end()
        self.assertIn(" status=499 code=gone ", server.log.read_text())

    def test_slow_clients(self):
        """Bytes that trickle keep neither a connection nor others from being answered."""
        server = self.serve("--deadline", "2")
        slow = [server.socket() for _ in range(20)]
        for each in slow:
            each.sendall(b"POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\n"
                         b"Content-Length: 100000\r\n\r\n")
        ended = set()
        end = time.monotonic() + 15
        while len(ended) < len(slow) and time.monotonic() < end:
            self.assertEqual(server.picture("/v1/detect", self.obama).status, 200)
            for i, each in enumerate(slow):
                if i in ended:
                    continue
                try:
                    each.sendall(b"x")
                    each.settimeout(0.001)
                    if not each.recv(1):
                        ended.add(i)
                except TimeoutError:
                    pass
                except OSError:
                    ended.add(i)
        for each in slow:
            each.close()
        self.assertEqual(len(ended), len(slow))

    def test_cut_off(self):
        """Clients that go away in the middle of anything."""
        server = self.serve("--workers", "1")
        data = self.two_people.read_bytes()
        head = (b"POST /v1/identify HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\n"
                b"Content-Length: %d\r\n\r\n" % len(data))
        for whole in (head[:20], head, head + data[:1000], head + data):
            for _ in range(3):
                with server.socket() as client:
                    client.sendall(whole)
        self.assertEqual(server.picture("/v1/identify", self.two_people).status, 200)
        self.assertEqual(server.end(), 0)

    def test_nonsense(self):
        server = self.serve()
        for text in (b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01" + b"\0" * 100,
                     b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
                     b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
                     b"POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
                     b"POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999\r\n\r\n",
                     b"POST /v1/detect HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            with server.socket(5) as client:
                try:
                    client.sendall(text)
                    client.shutdown(socket.SHUT_WR)
                    while client.recv(65536):
                        pass
                except OSError:
                    pass
        self.assertEqual(server.ask("GET", "/healthz").status, 200)

    def test_idle_connections(self):
        """A thousand that wait cost under 32 MB, and nobody else anything."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < IDLE + 100:
            self.skipTest("this machine allows too few open files")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, IDLE + 100), hard))
        server = self.serve()
        self.assertEqual(server.picture("/v1/identify", self.obama).status, 200)
        before = server.resident()
        idle = []
        for i in range(IDLE):
            client = server.socket()
            if i % 2:  # half of them have asked something
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                self.assertIn(b"200 OK", client.recv(4096))
            idle.append(client)
        cost = server.resident() - before
        print(f"{IDLE} idle connections: {cost / 2**20:.1f} MiB")
        self.assertLess(cost, 32e6)
        self.assertEqual(server.picture("/v1/identify", self.obama).status, 200)
        for client in idle:
            client.close()

    def test_mixture(self):
        """bench/server_mixed.py for ten seconds, with its kill -9 at the end."""
        bodies = [getattr(self, name).read_bytes() for name in ("obama", "biden", "two_people")]
        log = server_mixed.run(str(serving.harness.PROGRAM), self.environment, bodies, self.folder, minutes=1 / 6)
        self.assertEqual(log.errors, [])
        early, late = log.growth()
        self.assertLess(late, early * 1.3)  # the long run allows 5 %; this one is still warming up
        self.assertIn("enrol", log.times)

    def test_metrics(self):
        server = self.serve()
        self.assertEqual(server.picture("/v1/identify", self.two_people).status, 200)
        text = server.ask("GET", "/metrics").body.decode()
        for line in text.splitlines():
            self.assertRegex(line, r'^(# (HELP|TYPE) vultus_\w+ .+|vultus_\w+(\{.*\})? [0-9.e+-]+)$')
        self.assertIn('vultus_requests_total{method="POST",route="/v1/identify",status="2xx"} 1\n', text)
        self.assertIn('vultus_stage_seconds_bucket{stage="detect",le="+Inf"} 1\n', text)
        self.assertIn('vultus_queue_length{lane="quick"} 0\n', text)
        self.assertIn("vultus_gallery_people ", text)

    def test_not_taken(self):
        """Answers that nobody reads do not hold up those of others."""
        server = self.serve()
        lazy = []
        for _ in range(20):
            client = server.socket()
            client.sendall(b"GET /v1/openapi.yaml HTTP/1.1\r\nHost: localhost\r\n\r\n" * 40)
            lazy.append(client)
        connection = http.client.HTTPConnection(*server.address, timeout=10)
        connection.request("GET", "/healthz")
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()
        for client in lazy:
            client.close()


if __name__ == "__main__":
    serving.main()
