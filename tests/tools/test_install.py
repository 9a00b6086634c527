"""tools/models/install.py as a user runs it, with an npm that hands out a package made here.

What is looked at: exit status, the one line on standard error, and that the
destination holds either a whole pack or what was there before.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parents[1] / "tools" / "models"
sys.path[:0] = [str(HERE), str(TOOLS)]

import install                              # noqa: E402
import pin                                  # noqa: E402
import place                                # noqa: E402
from archive import read_members            # noqa: E402
from manifest import read_manifest          # noqa: E402
from problem import Problem                 # noqa: E402
from tflite_reader import INT32             # noqa: E402
from tflite_to_onnx import RECIPES, convert     # noqa: E402
from tiny_tflite import TinyModel, numbers  # noqa: E402

MEMBER = "package/assets/tiny.tflite"

NPM = """#!/bin/sh
echo "$2" >>"$FAKE_NPM_LOG"
if [ -n "$FAKE_NPM_FAILS" ]; then
    echo "npm error code $FAKE_NPM_FAILS" >&2
    echo "npm error a long story" >&2
    exit 1
fi
cp "$FAKE_NPM_FILE" "$4/tiny-1.0.0.tgz"
"""


def tiny_network(seed=1):
    model = TinyModel()
    source = model.tensor("input", [1, 4, 4, 3])
    conv = model.operator(
        "CONV_2D", [source, model.tensor("w", [2, 1, 1, 3], numbers(6, seed)),
                    model.tensor("b", [2], [0.5, 0.25])],
        "conv", [1, 1, 1, 2], padding=1, stride_w=4, stride_h=4, activation=0)
    shape = model.tensor("shape", [2], [1, 2], INT32)
    model.inputs = [source]
    model.outputs = [model.operator("RESHAPE", [conv, shape], "embeddings", [1, 2])]
    return model.encode()


def package(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def described(data):
    return {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


class InstallTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.network = tiny_network()
        self.archive = package([("package/README.md", b"hello"), (MEMBER, self.network)])
        self.result = convert(self.network, RECIPES["mobilefacenet"])
        self.pack = {
            "format": 1, "name": "tiny", "version": "3",
            "sources": [{"id": "npm", "registry": "npm", "package": "tiny", "version": "1.0.0",
                         **described(self.archive),
                         "files": [{"path": MEMBER, **described(self.network)}]}],
            "models": [{"id": "m", "networks": [
                {"role": "embedding", "file": "mobilefacenet.onnx", **described(self.result),
                 "source": "npm", "from": MEMBER}]}]}
        bin_folder = self.root / "bin"
        bin_folder.mkdir()
        (bin_folder / "npm").write_text(NPM)
        (bin_folder / "npm").chmod(0o755)
        (self.root / "tiny.tgz").write_bytes(self.archive)
        self.destination = self.root / "models"
        self.installed = self.destination / "tiny"
        self.environment = {
            "PATH": f"{bin_folder}:/usr/bin:/bin", "HOME": str(self.root),
            "XDG_CACHE_HOME": str(self.root / "cache"), "FAKE_NPM_LOG": str(self.root / "log"),
            "FAKE_NPM_FILE": str(self.root / "tiny.tgz"), "FAKE_NPM_FAILS": ""}

    def write_pack(self):
        path = self.root / "pack.json"
        path.write_text(json.dumps(self.pack, indent=2), "utf-8")
        return path

    def command(self, *options):
        return [sys.executable, str(TOOLS / "install.py"), str(self.write_pack()),
                str(self.destination), *options]

    def run_install(self, *options):
        done = subprocess.run(self.command(*options), env=self.environment, capture_output=True,
                              text=True, timeout=60, check=False)
        self.assertEqual("", done.stdout)
        return done.returncode, done.stderr.splitlines()

    def npm_calls(self):
        log = self.root / "log"
        return log.read_text().splitlines() if log.exists() else []

    def assert_whole(self):
        self.assertEqual(["mobilefacenet.onnx", "pack.json"], sorted(os.listdir(self.installed)))
        self.assertEqual(self.result, (self.installed / "mobilefacenet.onnx").read_bytes())
        self.assertEqual((self.root / "pack.json").read_bytes(),
                         (self.installed / "pack.json").read_bytes())
        self.assertEqual(["tiny"], os.listdir(self.destination))

    def assert_refused(self, *words, status=4):
        code, lines = self.run_install("--quiet")
        self.assertEqual((status, 1), (code, len(lines)), lines)
        for word in words:
            self.assertIn(word, lines[0])
        return lines[0]

    def test_installs_and_keeps_the_download(self):
        code, lines = self.run_install()
        self.assertEqual(0, code, lines)
        self.assertEqual(["fetching tiny@1.0.0 (0.0 MB)", "converting mobilefacenet.onnx",
                          f"installed tiny 3 in {self.destination}"], lines)
        self.assert_whole()
        kept = self.root / "cache/vultus/downloads" / self.pack["sources"][0]["sha256"]
        self.assertEqual(["tiny-1.0.0.tgz"], os.listdir(kept))

    def test_quiet_says_nothing(self):
        self.assertEqual((0, []), self.run_install("--quiet"))

    def test_an_installed_pack_is_left_alone(self):
        self.run_install()

        def state():
            found = (os.stat(self.installed), os.stat(self.installed / "mobilefacenet.onnx"))
            return [(entry.st_ino, entry.st_mtime_ns) for entry in found]
        before = state()
        self.assertEqual((0, ["tiny 3 is installed"]), self.run_install())
        self.assertEqual(before, state())
        self.assertEqual(1, len(self.npm_calls()))

    def test_a_damaged_pack_is_mended_from_the_cache(self):
        self.run_install()
        for harm in (lambda file: file.write_bytes(self.result[:-1] + b"?"), Path.unlink):
            harm(self.installed / "mobilefacenet.onnx")
            self.assertEqual((0, []), self.run_install("--quiet"))
            self.assert_whole()
        self.assertEqual(1, len(self.npm_calls()))

    def test_a_damaged_download_is_fetched_anew(self):
        self.run_install("--cache", str(self.root / "elsewhere"))
        kept = next((self.root / "elsewhere").glob("*/*.tgz"))
        kept.write_bytes(kept.read_bytes()[:-1] + b"?")
        shutil.rmtree(self.installed)
        self.assertEqual(0, self.run_install("--cache", str(self.root / "elsewhere"))[0])
        self.assertEqual(2, len(self.npm_calls()))
        self.assert_whole()

    def test_wrong_hash_of_the_package(self):
        (self.root / "tiny.tgz").write_bytes(package([(MEMBER, tiny_network(2))]))
        self.assert_refused("tiny@1.0.0 has SHA-256", "expected " + self.pack["sources"][0]["sha256"])
        self.assertFalse(self.installed.exists())
        self.assertEqual([], list((self.root / "cache").rglob("*.tgz")))

    def test_wrong_hash_of_a_file_in_it(self):
        self.pack["sources"][0]["files"][0]["sha256"] = "0" * 64
        self.assert_refused(MEMBER, "another SHA-256")
        self.pack["sources"][0]["files"][0].update(described(b"x"))
        self.assert_refused(MEMBER, "bytes, expected 1")
        self.assertFalse(self.installed.exists())

    def test_wrong_hash_of_the_result_keeps_the_old_pack(self):
        self.run_install()
        self.pack["models"][0]["networks"][0]["sha256"] = "0" * 64
        self.assert_refused("mobilefacenet.onnx came out with", "0" * 64)
        self.assertEqual(self.result, (self.installed / "mobilefacenet.onnx").read_bytes())
        self.assertEqual(["tiny"], os.listdir(self.destination))

    def test_npm_missing_or_failing(self):
        for code, word in (("ENOTFOUND", "check the network"), ("ETARGET", "does not have it")):
            self.environment["FAKE_NPM_FAILS"] = code
            self.assert_refused("npm could not fetch tiny@1.0.0", code, word)
        self.environment["PATH"] = str(self.root / "nothing")
        self.assert_refused("npm is missing", "apt-get install npm")
        self.assertFalse(self.installed.exists())

    def test_the_npm_of_the_set_up_will_do(self):
        own = self.root / "cache/vultus/node/bin"
        own.mkdir(parents=True)
        (self.root / "bin/npm").rename(own / "npm")
        # Another PATH for the shell: the machine may have an npm of its own.
        text = (own / "npm").read_text()
        (own / "npm").write_text(text.replace("\n", "\nPATH=/usr/bin:/bin\n", 1))
        self.environment["PATH"] = str(self.root / "bin")
        self.assertEqual((0, []), self.run_install("--quiet"))

    def test_places_that_cannot_be_written(self):
        (self.root / "file").write_text("")
        self.destination = self.root / "file" / "models"
        self.assert_refused("cannot write to", "choose another folder")
        self.destination = self.root / "models"
        self.environment["XDG_CACHE_HOME"] = str(self.root / "file")
        self.assert_refused("cannot keep tiny@1.0.0", "--cache")

    def test_wrong_usage_and_bad_descriptions(self):
        done = subprocess.run([sys.executable, str(TOOLS / "install.py")], capture_output=True,
                              text=True, check=False)
        self.assertEqual((2, 1), (done.returncode, len(done.stderr.splitlines())), done.stderr)
        source, network = self.pack["sources"][0], self.pack["models"][0]["networks"][0]
        for holder, key, value, word in (
                (self.pack, "format", 2, "format"), (self.pack, "name", "../up", "name"),
                (source, "package", "-g", "package"), (source, "version", "latest", "version"),
                (source, "sha256", "abc", "sha256"), (source, "registry", "ftp", "ftp"),
                (source, "bytes", 1 << 60, "bytes"), (source, "bytes", True, "bytes"),
                (source["files"][0], "path", "package/../../etc/passwd", "path"),
                (network, "file", "../evil.onnx", "file"), (network, "from", "other", "other"),
                (network, "file", "unknown.onnx", "unknown.onnx"), (self.pack, "models", {}, "models")):
            with self.subTest(key=key, value=value):
                old, holder[key] = holder[key], value
                self.assert_refused("pack.json", word, status=2)
                holder[key] = old
        self.assertFalse(self.installed.exists())

    def test_leftovers_of_a_killed_installation_go(self):
        (self.destination / ".tiny.part-dead" / "new").mkdir(parents=True)
        self.assertEqual(0, self.run_install()[0])
        self.assert_whole()

    def test_two_at_once(self):
        running = [subprocess.Popen(self.command("--quiet"), env=self.environment) for _ in range(3)]
        self.assertEqual([0, 0, 0], [process.wait(60) for process in running])
        self.assert_whole()
        self.assertEqual(1, len(self.npm_calls()))

    def manifest(self):
        return read_manifest(self.write_pack())

    def test_a_failing_disk_leaves_the_old_pack(self):
        self.destination.mkdir()
        files, manifest = {"mobilefacenet.onnx": self.result}, self.manifest()
        place.place(self.destination, manifest, files)
        self.assert_whole()
        full = OSError(28, "No space left on device")
        rename = os.rename

        def fails_to_place(source, target):
            if Path(source).name == "new":
                raise full
            rename(source, target)

        for name, replacement in (("place._write", mock.Mock(side_effect=full)),
                                  ("os.rename", fails_to_place)):
            with self.subTest(name), mock.patch(name, replacement), \
                    self.assertRaisesRegex(Problem, "No space left"):
                place.place(self.destination, manifest, files)
            self.assert_whole()

    def test_nobody_sees_half_a_pack(self):
        self.destination.mkdir()
        manifest, done, seen = self.manifest(), threading.Event(), set()

        def watch():
            while not done.is_set():
                try:
                    seen.add(tuple(sorted(os.listdir(self.installed))))
                except FileNotFoundError:
                    pass

        watcher = threading.Thread(target=watch)
        watcher.start()
        # Without the removal of old packs, whose folder the watcher may just have opened.
        with mock.patch("place.shutil.rmtree"):
            for _ in range(30):
                place.place(self.destination, manifest, {"mobilefacenet.onnx": self.result})
        done.set()
        watcher.join()
        seen.add(tuple(sorted(os.listdir(self.installed))))  # on a busy machine the watcher may have seen nothing
        self.assertEqual({("mobilefacenet.onnx", "pack.json")}, seen)
        place.place(self.destination, manifest, {"mobilefacenet.onnx": self.result})
        self.assert_whole()

    def test_interruption_is_one_line(self):
        lines = io.StringIO()
        with mock.patch("install.install", side_effect=KeyboardInterrupt), \
                mock.patch("sys.stderr", lines):
            self.assertEqual(130, install.main([str(self.write_pack()), str(self.destination)]))
        self.assertEqual(1, len(lines.getvalue().splitlines()))

    def test_pin_writes_the_hashes(self):
        text = self.write_pack().read_text()
        wrong = text.replace(hashlib.sha256(self.result).hexdigest(), "0" * 64)
        self.assertEqual(text, pin.pinned(wrong, "mobilefacenet.onnx", self.result))
        with self.assertRaises(Problem):
            pin.pinned(text, "other.onnx", self.result)


class ArchiveTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name, "a.tgz")
        self.wanted = {"package/a": (3, hashlib.sha256(b"abc").hexdigest())}

    def refuse(self, data, word, **more):
        self.path.write_bytes(data)
        with self.assertRaisesRegex(Problem, word):
            read_members(self.path, self.wanted, **more)

    def test_takes_what_is_wanted(self):
        self.path.write_bytes(package([("x", b"1"), ("package/a", b"abc"), ("package/a", b"xyz")]))
        self.assertEqual({"package/a": b"abc"}, read_members(self.path, self.wanted))

    def test_links_do_not_count(self):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as tar:
            info = tarfile.TarInfo("package/a")
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(info)
        self.refuse(out.getvalue(), "has no package/a")

    def test_bombs_and_damage(self):
        self.refuse(package([("zeros", bytes(1 << 20)), ("package/a", b"abc")]), "more than",
                    limit=1 << 16)
        whole = package([("package/a", b"abc")])
        self.refuse(whole[:len(whole) // 2], "cannot use")
        self.refuse(b"not an archive", "cannot use")
        self.refuse(b"", "cannot use")
        self.refuse(package([("package/a", b"abcd")]), "4 bytes")


if __name__ == "__main__":
    unittest.main()
