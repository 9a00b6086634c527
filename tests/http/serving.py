"""What the tests of the server share: starting it on a free loopback port, asking it, ending it by its own pid."""

import http.client
import json
import os
import re
import signal
import socket
import ssl
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cli"))

import harness  # noqa: E402  (its folder is known only now)

EXAMPLES = "face_recognition/examples/"
BOUNDARY = "a-boundary-that-no-picture-has"


class Answer:
    """status, headers (by lower-case name), the bytes and, where it is JSON, the value."""

    def __init__(self, response):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["error"]["code"]


def form(**fields):
    """A multipart body and its content type; values are bytes or text."""
    parts = b""
    for name, value in fields.items():
        data = value.encode() if isinstance(value, str) else value
        more = '; filename="x"' if isinstance(value, bytes) else ""
        parts += (f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n").encode() + data + b"\r\n"
    return parts + f"--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}"


class Server:
    """A running `vultus serve`."""

    def __init__(self, case, process, log):
        self.case, self.process, self.log = case, process, log
        self.key = None
        self.trust = None  # of TLS: the context that knows the certificate
        self.address = None

    def wait(self):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            found = re.search(r"listening on https?://(\S+):(\d+)", self.log.read_text())
            if found:
                self.address = (found[1].strip("[]"), int(found[2]))
                break
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended: {self.log.read_text()}")
            time.sleep(0.02)
        while self.ask("GET", "/readyz").status != 200:
            time.sleep(0.02)
        return self

    def connect(self, timeout=120):
        if self.trust:
            return http.client.HTTPSConnection(*self.address, timeout=timeout, context=self.trust)
        return http.client.HTTPConnection(*self.address, timeout=timeout)

    def socket(self, timeout=30):
        return socket.create_connection(self.address, timeout=timeout)

    def ask(self, method, path, body=None, content_type=None, headers=None, timeout=120):
        headers = dict(headers or {})
        if content_type:
            headers["Content-Type"] = content_type
        if self.key:
            headers.setdefault("Authorization", f"Bearer {self.key}")
        connection = self.connect(timeout)
        try:
            connection.request(method, path, body=body, headers=headers)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def picture(self, path, file, **more):
        return self.ask("POST", path, file.read_bytes(), "image/jpeg", **more)

    def send(self, method, path, value, **more):
        return self.ask(method, path, json.dumps(value).encode(), "application/json", **more)

    def resident(self):
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) * 1024

    def used(self):
        """Processor seconds until now."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=60)


class Case(harness.Case):
    needs_models = True

    def serve(self, *arguments, listen="127.0.0.1:0", trust=None, **options):
        """Waits until it is ready; it is ended when the test is. `trust`: the certificate that it has to show."""
        log = self.folder / f"log{time.monotonic_ns()}"
        with log.open("wb") as stream:
            process = self.start("serve", "--listen", listen, *arguments, stdout=stream, stderr=stream, **options)
        server = Server(self, process, log)
        server.trust = trust and ssl.create_default_context(cafile=trust)
        self.addCleanup(server.end)
        return server.wait()

    def pictures(self):
        for name in ("obama", "obama2", "biden", "two_people"):
            setattr(self, name, harness.picture(f"{EXAMPLES}{name}.jpg"))

    def refused(self, answer, status, code):
        """The one shape of errors."""
        self.assertEqual(answer.status, status, answer.body)
        error = answer.json["error"]
        self.assertEqual(error["code"], code)
        self.assertLessEqual({"code", "message", "request_id"}, set(error))
        self.assertEqual(error["request_id"], answer.headers["x-request-id"])
        self.assertNotIn(str(self.folder), error["message"])
        return error


main = harness.main
