"""What the benchmarks of the server share: starting it, asking it over connections that stay open, and what it and
the machine spend meanwhile. Python's standard library only.
"""

import http.client
import os
import re
import subprocess
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


class Server:
    """A running `vultus serve` on a free port of this machine, with a log of its own."""

    def __init__(self, program, environment, log, *arguments):
        self.log = Path(log)
        with self.log.open("wb") as stream:
            self.process = subprocess.Popen([program, "serve", "--quiet", "--listen", "127.0.0.1:0", "--rate", "1000000",
                                             *map(str, arguments)], env=environment, stderr=stream)
        self.address = None
        while not self.address:
            found = re.search(r"listening on http://([\d.]+):(\d+)", self.log.read_text())
            if found:
                self.address = found[1], int(found[2])
            elif self.process.poll() is not None:
                raise SystemExit(self.log.read_text())
            time.sleep(0.02)
        while self.ask("GET", "/readyz")[0] != 200:
            time.sleep(0.02)

    def connect(self, source="127.0.0.1"):
        return http.client.HTTPConnection(*self.address, timeout=120, source_address=(source, 0))

    def ask(self, method, path, body=None, content_type=None, connection=None):
        """(status, bytes)"""
        own = connection or self.connect()
        own.request(method, path, body=body, headers={"Content-Type": content_type} if content_type else {})
        answer = own.getresponse()
        result = answer.status, answer.read()
        if not connection:
            own.close()
        return result

    def used(self):
        """Processor seconds until now."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def resident(self):
        """Bytes of memory."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) * 1024

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait()

    def kill(self):
        self.process.kill()
        self.process.wait()


def machine_used():
    """Processor seconds of everybody on this machine until now."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    idle = int(fields[3]) + int(fields[4])
    return (sum(map(int, fields[:8])) - idle) / TICK


class Spent:
    """What a span of time cost: seconds, those of the server's processor time, and the share of the machine that others
    (the clients not counted) had."""

    def __init__(self, server):
        self.server = server
        self.began, self.there, self.all, self.own = self.now()

    def now(self):
        times = os.times()
        return time.monotonic(), self.server.used(), machine_used(), times.user + times.system

    def until_now(self):
        now, there, everybody, own = self.now()
        seconds, server = now - self.began, there - self.there
        others = everybody - self.all - server - (own - self.own)
        return seconds, server, max(0.0, others / (seconds * os.cpu_count()))


def part(times, share):
    """The value below which this share of them is, in milliseconds."""
    ordered = sorted(times)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]
