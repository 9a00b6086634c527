#!/usr/bin/env python3
"""The description of the interface against the server: its routes are the server's, and schemathesis, where it can be
had, asks each of them many things and checks the answers."""

import os
import re
import subprocess
import sys

import serving
from serving import harness

REQUIREMENTS = harness.SOURCE / "tests/http/requirements.txt"
EXAMPLES = "12"  # for each operation


def routes():
    """(method, path) of the server's table, and of the description."""
    table = set(re.findall(r'\{"(GET|POST|PUT|PATCH|DELETE)", "([^"]+)"',
                           (harness.SOURCE / "server/routes.c").read_text()))
    described, path = set(), None
    for line in (harness.SOURCE / "server/openapi.yaml").read_text().splitlines():
        if line.startswith("components:"):
            break
        found = re.match(r"  (/\S*):$", line)
        path = found[1] if found else path
        found = re.match(r"    (get|post|put|patch|delete):$", line)
        if found:
            described.add((found[1].upper(), path))
    return table, described


def python():
    """A Python with schemathesis, or None."""
    wanted = os.environ.get("VULTUS_HTTP_PYTHON")
    if not wanted:
        done = subprocess.run([harness.SOURCE / "tools/setup/python.sh", REQUIREMENTS], capture_output=True, text=True)
        wanted = done.stdout.strip()
    if not wanted or subprocess.run([wanted, "-c", "import schemathesis"], capture_output=True).returncode:
        return None
    return wanted


class Contract(serving.Case):
    def test_routes(self):
        table, described = routes()
        self.assertEqual(table, described)
        self.assertGreater(len(table), 20)

    def test_served(self):
        answer = self.serve().ask("GET", "/v1/openapi.yaml")
        self.assertEqual(answer.body, (harness.SOURCE / "server/openapi.yaml").read_bytes())
        self.assertEqual(answer.headers["content-type"], "application/yaml")

    def test_codes(self):
        """Every code that the server has is described, and none that it has not."""
        source = (harness.SOURCE / "server/reply.c").read_text()
        codes = set(re.findall(r'\[ERROR_\w+\] = \{\d+, "(\w+)"', source))
        verdicts = (harness.SOURCE / "answers/json_decisions.c").read_text().split("verdict_key")[1]
        codes |= set(re.findall(r'= "(\w+)"', verdicts)) - {"enrolled"}
        text = (harness.SOURCE / "server/openapi.yaml").read_text()
        described = re.search(r"enum: \[(bad_request[^\]]*)\]", text)[1]
        self.assertEqual(codes, set(re.split(r",\s*", described)))
        page = (harness.SOURCE / "docs/server.md").read_text()
        for code in codes:
            self.assertIn(f"`{code}`", page)

    def test_schemathesis(self):
        found = python()
        if not found:
            self.skipTest("schemathesis cannot be had")
        self.pictures()
        server = self.serve("--rate", "1000000", "--quiet")
        server.picture("/v1/people?name=Ada", self.obama)
        command = [found, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{server.address[1]}/v1/openapi.yaml",
                   "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,"
                   "response_schema_conformance,response_headers_conformance,unsupported_method",
                   "--exclude-path", "/v1/events/stream",  # has no end
                   "--max-examples", EXAMPLES, "--seed", "1", "--request-timeout", "30", "--no-color",
                   "--phases", "examples,coverage,fuzzing"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, timeout=500,
                              env={**os.environ, "HOME": str(self.folder)})
        if done.returncode:
            self.fail(done.stdout[-6000:] + done.stderr[-2000:])
        self.assertEqual(server.ask("GET", "/readyz").status, 200)
        print(*[line for line in done.stdout.splitlines() if "generated" in line or "passed" in line], sep="\n",
              file=sys.stderr)


if __name__ == "__main__":
    serving.main()
