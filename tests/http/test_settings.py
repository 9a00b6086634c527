#!/usr/bin/env python3
"""Settings of the server by flags, environment and file; what SIGHUP changes."""

import signal
import time

import serving
from serving import harness


class Check(harness.Case):
    def file(self, text, name="server.conf"):
        path = self.folder / name
        path.write_text(text)
        return path

    def check(self, *arguments, **options):
        rows = self.json("serve", "--check", *arguments, **options)
        return {row["name"]: (row["value"], row["from"]) for row in rows}

    def wrong(self, *arguments, code=harness.USAGE, **options):
        output, errors = self.vultus("serve", "--check", *arguments, code=code, **options)
        self.assertEqual(errors.count("\n"), 1, errors)
        return errors.removeprefix("vultus: ").rstrip()

    def test_precedence(self):
        file = self.file("# a note\n\nrate = 5\n  workers=3\r\ndeadline = 7\ntemplate = mean\ninsecure = yes\n")
        found = self.check("--config", file, "--rate", "9", environment={"VULTUS_SERVE_WORKERS": "2"})
        self.assertEqual(found["rate"], ("9", "--rate"))
        self.assertEqual(found["workers"], ("2", "VULTUS_SERVE_WORKERS"))
        self.assertEqual(found["deadline"], ("7", f"{file}:5"))
        self.assertEqual(found["template"], ("mean", f"{file}:6"))
        self.assertEqual(found["insecure"], ("yes", f"{file}:7"))
        self.assertEqual(found["queue"], ("64", "default"))
        self.assertEqual(found["quiet"], ("no", "default"))
        self.assertNotIn("config", found)
        named = self.check(environment={"VULTUS_SERVE_CONFIG": str(file), "VULTUS_SERVE_INSECURE": "no"})
        self.assertEqual(named["rate"], ("5", f"{file}:3"))
        self.assertEqual(named["insecure"], ("no", "VULTUS_SERVE_INSECURE"))

    def test_wrong(self):
        for text, message in [
            ("rtae = 5\n", ':1: there is no option "rtae"; did you mean "rate"?'),
            ("\nxyzzy = 5\n", ':2: there is no option "xyzzy"; see: vultus serve --help'),
            ("check = yes\n", ':1: there is no option "check"; see: vultus serve --help'),
            ("rate\n", ":1: a line is NAME = VALUE"),
            ("rate = 5\nrate = 6\n", ":2: rate stands in line 1 already"),
            ("rate = 0\n", ':1: rate: "0" is not a whole number from 1 to 1000000'),
            ("insecure = 1\n", ':1: insecure: "1" is neither yes nor no'),
            ("template = worst\n", ':1: template: "worst" is none of best|mean|set'),
            ("cors =\n", ":1: cors needs a ORIGIN that is not empty"),
            ("rate = 5\n\0", ": is no text"),
        ]:
            with self.subTest(text=text):
                file = self.file(text)
                self.assertEqual(self.wrong("--config", file), f"{file}{message}")
                if "rate = 0" in text:  # also where another value counts
                    self.assertEqual(self.wrong("--config", file, "--rate", "3"), f"{file}{message}")
        self.assertEqual(self.wrong(environment={"VULTUS_SERVE_RATE": "x"}),
                         'VULTUS_SERVE_RATE: "x" is not a whole number from 1 to 1000000')
        self.assertEqual(self.wrong(environment={"VULTUS_SERVE_RTAE": "5"}),
                         'VULTUS_SERVE_RTAE: there is no option "rtae"; did you mean "rate"?')
        self.assertIn("nowhere", self.wrong("--config", self.folder / "nowhere", code=harness.INPUTS))
        self.assertIn("is not ADDRESS:PORT", self.wrong("--listen", "localhost:1"))
        self.assertIn("there are no keys", self.wrong("--listen", "0.0.0.0:1"))
        _, errors = self.vultus("serve", "--json", code=harness.USAGE)
        self.assertIn("go with --check", errors)

    def test_no_secret(self):
        value, _ = self.check("--db", "postgresql://me:s3cret@host/people", "--keys", self.folder / "keys")["db"]
        self.assertEqual(value, "postgresql://me:***@host/people")
        output, _ = self.vultus("serve", "--check", "--keys", self.folder / "keys",
                                environment={"VULTUS_SERVE_DB": "postgresql://me:s3cret@host/people"})
        self.assertNotIn("s3cret", output)

    def test_too_long(self):
        self.assertIn("server.conf", self.wrong("--config", self.file("#" * 70000), code=harness.INPUTS))

    def test_key_file(self):
        """Encrypted galleries open with the key that is named here."""
        self.assertEqual(self.check("--key-file", "x")["key-file"], ("x", "--key-file"))


class Reload(serving.Case):
    def settle(self, server, text):
        """Until the log says it."""
        end = time.monotonic() + 20
        while text not in server.log.read_text():
            self.assertLess(time.monotonic(), end, server.log.read_text())
            time.sleep(0.05)

    def test_reload(self):
        file = self.folder / "server.conf"
        file.write_text("rate = 1000\nmax-body = 5000\n")
        server = self.serve("--config", file)
        limits = server.ask("GET", "/v1/info").json["limits"]
        self.assertEqual((limits["requests_per_second"], limits["body_bytes"]), (1000, 5000))
        file.write_text("rate = 500\nmax-body = 6000\ncors = https://faces.example\nworkers = 3\ndeadline = 9\nquiet = yes\n")
        server.process.send_signal(signal.SIGHUP)
        self.settle(server, "were read again")
        answer = server.ask("GET", "/v1/info")
        limits = answer.json["limits"]
        self.assertEqual((limits["requests_per_second"], limits["body_bytes"], limits["deadline_seconds"]), (500, 6000, 9))
        self.assertEqual(answer.headers["access-control-allow-origin"], "https://faces.example")
        self.assertIn("these need a restart: workers\n", server.log.read_text())
        lines = server.log.read_text().count("method=")
        server.ask("GET", "/v1/people")
        self.assertEqual(server.log.read_text().count("method="), lines)
        file.write_text("rate = none\n")
        server.process.send_signal(signal.SIGHUP)
        self.settle(server, "nothing was changed")
        self.assertEqual(server.ask("GET", "/v1/info").json["limits"]["requests_per_second"], 500)
        made = self.json("keys", "create", "-q", "--scope", "read", "x")[0]
        server.process.send_signal(signal.SIGHUP)
        self.assertEqual(server.process.poll(), None)
        end = time.monotonic() + 10
        while server.ask("GET", "/v1/people").status != 401:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)
        self.assertEqual(server.ask("GET", "/v1/people", headers={"X-API-Key": made["key"]}).status, 200)
        self.assertEqual(server.end(), 0)

    def test_encrypted(self):
        key = self.folder / "key"
        self.vultus("gallery", "keygen", "-q", key)
        server = self.serve("--key-file", key)
        self.assertEqual(server.ask("GET", "/v1/people").status, 200)
        self.assertEqual(server.end(), 0)
        self.assertEqual(self.json("people", "list", "--key-file", key), [])
        self.vultus("people", "list", code=harness.ENVIRONMENT)  # it was made as an encrypted one


if __name__ == "__main__":
    serving.main()
