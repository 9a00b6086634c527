"""What the tests of the command line share: running the program, and saying what is missing.

A test file is a set of unittest cases; harness.main() runs it and exits 77 when every case was
skipped, which ctest shows as skipped. The program under test is $VULTUS_BUILD/bin/vultus; nothing
here touches the user's own gallery.
"""

import csv
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True

SOURCE = Path(os.environ.get("VULTUS_SOURCE", Path(__file__).resolve().parents[2]))
BUILD = Path(os.environ.get("VULTUS_BUILD", SOURCE / "build/dev"))
PROGRAM = BUILD / "bin/vultus"
DATA = Path(os.environ.get("VULTUS_TEST_DATA", SOURCE / "../shared/data"))

DONE, NO, USAGE, INPUTS, ENVIRONMENT, INTERRUPTED = 0, 1, 2, 3, 4, 130


def models_folder():
    if os.environ.get("VULTUS_MODELS"):
        return Path(os.environ["VULTUS_MODELS"])
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(data) / "vultus/models"


def have_models():
    return (models_folder() / "mobile/pack.json").exists()


def picture(name):
    """A real picture, or the test is skipped."""
    path = DATA / name
    if not path.exists():
        raise unittest.SkipTest(f"no test picture {name}")
    return path


def write_embeddings(path, rows, metric="cosine", raw=False):
    """rows: (name or None, source, embedding); as `vultus embed` writes them"""
    size = len(rows[0][2])
    names = sorted({name for name, _, _ in rows if name is not None})
    person = [names.index(name) if name is not None else -1 for name, _, _ in rows]
    tensors = {
        "embeddings": ("F32", [len(rows), size], b"".join(struct.pack(f"<{size}f", *row[2]) for row in rows)),
        "person": ("I32", [len(rows)], struct.pack(f"<{len(rows)}i", *person)),
        "names": ("U8", None, b"".join(name.encode() + b"\0" for name in names)),
        "sources": ("U8", None, b"".join(source.encode() + b"\0" for _, source, _ in rows)),
    }
    head = {"kind": "embeddings", "version": 1, "embedder": "made-up@00000000", "people": len(names),
            "metric": metric, "raw": raw}
    header, at = {"__metadata__": {"vultus": json.dumps(head)}}, 0
    for name, (kind, shape, data) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape or [len(data)], "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data for _, _, data in tensors.values()))
    return path


class Case(unittest.TestCase):
    """Each case has a temporary folder, a gallery of its own in it, and a home without anything."""

    needs_models = False

    def setUp(self):
        if self.needs_models and not have_models():
            self.skipTest("the models are not installed")
        self.folder = Path(tempfile.mkdtemp(prefix="vultus-cli-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.gallery = self.folder / "gallery.db"
        self.environment = {
            **os.environ, "VULTUS_DB": str(self.gallery), "VULTUS_MODELS": str(models_folder()),
            "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        for name in ("XDG_DATA_HOME", "VULTUS_KEY_FILE", "VULTUS_KEYRING"):
            self.environment.pop(name, None)

    def start(self, *arguments, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        environment = {**self.environment, **options.pop("environment", {})}
        command = [os.fsencode(x) if not isinstance(x, bytes) else x for x in (PROGRAM, *arguments)]
        return subprocess.Popen(command, env=environment, **options)

    def run_raw(self, *arguments, **options):
        process = self.start(*arguments, **options)
        output, errors = process.communicate(timeout=240)
        return process.returncode, output, errors

    def vultus(self, *arguments, code=DONE, **options):
        """Runs the program, checks its exit code, returns what it wrote to both streams."""
        got, output, errors = self.run_raw(*arguments, **options)
        output = (output or b"").decode()
        errors = (errors or b"").decode()
        self.assertEqual(got, code, f"vultus {arguments}\n{output}\n{errors}")
        for line in errors.splitlines():
            self.assertTrue(line.startswith("vultus: "), f"not a message: {line!r}")
        return output, errors

    def json(self, *arguments, **options):
        output, _ = self.vultus("--json", *arguments, **options)
        return [json.loads(line, parse_constant=self.fail) for line in output.splitlines()]

    def csv(self, *arguments, **options):
        output, _ = self.vultus("--csv", *arguments, **options)
        return list(csv.DictReader(io.StringIO(output)))

    def copy(self, source, *places):
        """Copies a picture into the temporary folder, under each of the names."""
        for place in places:
            target = os.path.join(os.fsencode(self.folder), os.fsencode(place))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(source, target)
        return os.fsdecode(target) if isinstance(places[-1], str) else target

    def people(self):
        """Name -> number of faces, of the gallery as another process sees it."""
        return {each["name"]: each["faces"] for each in self.json("people", "list")}


def main():
    if not PROGRAM.exists():
        print(f"SKIPPED: {PROGRAM} is not built", file=sys.stderr)
        sys.exit(77)
    program = unittest.main(exit=False, verbosity=1)
    result = program.result
    for case, why in result.skipped:
        print(f"SKIPPED {case}: {why}", file=sys.stderr)
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.testsRun and len(result.skipped) == result.testsRun else 0)
