#!/usr/bin/env python3
"""TLS: with certificates that are made here by openssl; without that program all of it is skipped, visibly."""

import shutil
import signal
import socket
import ssl
import subprocess
import time

import serving
from serving import harness


class Made(serving.Case):
    def setUp(self):
        if not shutil.which("openssl"):
            self.skipTest("there is no openssl to make certificates with")
        super().setUp()

    def make(self, name="server", days=2):
        """(certificate, key) of localhost, that signs itself."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-days", str(days), "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        key.chmod(0o600)
        return certificate, key

    def arguments(self, pair):
        return "--tls-cert", pair[0], "--tls-key", pair[1]


class Tls(Made):
    def shown(self, server):
        """The certificate that a new connection gets."""
        return ssl.get_server_certificate(server.address)

    def test_answers(self):
        pair = self.make()
        server = self.serve(*self.arguments(pair), trust=pair[0])
        answer = server.ask("GET", "/v1/people")
        self.assertEqual(answer.status, 200)
        self.assertIn("max-age=", answer.headers["strict-transport-security"])
        self.assertEqual(server.ask("POST", "/v1/detect", b"x" * 3000000, "image/jpeg").code, "not_a_picture")
        connection = server.connect()
        connection.connect()
        self.assertIn(connection.sock.version(), ("TLSv1.2", "TLSv1.3"))
        connection.close()
        self.assertIn("listening on https://127.0.0.1:", server.log.read_text())
        self.assertEqual(server.end(), 0)

    def test_old_and_plain(self):
        pair = self.make()
        server = self.serve(*self.arguments(pair), trust=pair[0])
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with server.socket(10) as plain, self.assertRaises(OSError):
            old.wrap_socket(plain)
        with server.socket(10) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try:
                self.assertNotIn(b"HTTP/", plain.recv(4096))
            except OSError:
                pass
        for _ in range(20):  # who begins and goes away
            socket.create_connection(server.address, 10).close()
        self.assertEqual(server.ask("GET", "/healthz").status, 200)

    def test_renewed(self):
        """SIGHUP reads the files again; who is connected stays."""
        pair = self.make()
        server = self.serve(*self.arguments(pair), trust=pair[0])
        first = self.shown(server)
        kept = server.connect()
        kept.request("GET", "/healthz")
        self.assertEqual(kept.getresponse().read(), b'{"status":"ok"}')
        other = self.make("other")
        for made, place in zip(other, pair):
            place.write_bytes(made.read_bytes())
        server.process.send_signal(signal.SIGHUP)
        end = time.monotonic() + 10
        while self.shown(server) == first:
            self.assertLess(time.monotonic(), end, server.log.read_text())
            time.sleep(0.05)
        kept.request("GET", "/healthz")
        self.assertEqual(kept.getresponse().read(), b'{"status":"ok"}')
        second = self.shown(server)
        pair[1].write_text("no key")
        server.process.send_signal(signal.SIGHUP)
        while "nothing was changed: " not in server.log.read_text():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        self.assertEqual(self.shown(server), second)
        self.assertEqual(server.end(), 0)


class Refused(Made):
    needs_models = False

    def wrong(self, *arguments, code):
        _, errors = self.vultus("serve", "--check", *arguments, code=code)
        self.assertEqual(errors.count("\n"), 1, errors)
        return errors

    def test_refused(self):
        pair, other = self.make(), self.make("other")
        self.vultus("serve", "--check", *self.arguments(pair))
        self.assertIn("--tls-cert and --tls-key", self.wrong("--tls-cert", pair[0], code=harness.USAGE))
        self.assertIn("does not belong to the certificate", self.wrong(*self.arguments((pair[0], other[1])), code=harness.INPUTS))
        self.assertIn("is no certificate in PEM", self.wrong(*self.arguments((pair[1], pair[1])), code=harness.INPUTS))
        text = self.folder / "text"
        text.write_text("no key")
        text.chmod(0o600)
        self.assertIn("is no key without a password in PEM", self.wrong(*self.arguments((pair[0], text)), code=harness.INPUTS))
        self.assertIn("nowhere", self.wrong(*self.arguments((self.folder / "nowhere", pair[1])), code=harness.INPUTS))
        pair[1].chmod(0o640)
        self.vultus("serve", "--check", *self.arguments(pair))
        for mode in (0o644, 0o604, 0o660):
            pair[1].chmod(mode)
            self.assertIn("others may use this key", self.wrong(*self.arguments(pair), code=harness.ENVIRONMENT))


if __name__ == "__main__":
    serving.main()
